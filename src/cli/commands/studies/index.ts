import type { Command } from 'commander';
import { addBest } from './best.js';
import { addDelete } from './delete.js';
import { addExport } from './export.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addShow } from './show.js';

const help = `
Examples:
  trialforge studies list --storage sqlite:///studies.db
  trialforge studies best tuning --storage studies.log --json
  trialforge studies export tuning --storage studies.log --out tuning.json
  trialforge studies import tuning.json --storage postgresql://me@localhost/studies`;

export function addStudies(program: Command): void {
  const studies = program
    .command('studies')
    .summary('list, show, export, import and delete the studies of a storage')
    .description(
      'Works on the studies of a storage, which may be in use meanwhile, by trialforge or by Optuna.',
    )
    .addHelpText('after', help);
  for (const add of [addList, addShow, addBest, addExport, addImport, addDelete]) add(studies);
}
