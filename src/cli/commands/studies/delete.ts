import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { InvalidArgumentError } from '../../../errors.js';
import { exitCodes, exitCodesHelp } from '../../exit-codes.js';
import { finished } from '../../interrupt.js';
import { shared } from '../../options.js';
import { findStudy, storageOption, withExistingStorage } from '../../storage-option.js';
import { jsonText, trialsText, visible } from '../../study-text.js';

interface DeleteOptions {
  storage: string;
  yes?: boolean;
  json?: boolean;
}

export function addDelete(studies: Command): void {
  studies
    .command('delete')
    .argument('<name>', 'of the study')
    .summary('remove a study with all its trials')
    .description(
      'Removes a study with all its trials, for good. On a terminal it asks first; elsewhere it needs --yes.',
    )
    .addOption(storageOption().makeOptionMandatory())
    .addOption(new Option('--yes', 'do not ask'))
    .addOption(shared.json())
    .addHelpText('after', '\nExample:\n  trialforge studies delete old --storage studies.log --yes')
    .addHelpText('after', exitCodesHelp)
    .action(deleteStudy);
}

async function deleteStudy(name: string, { storage: url, yes, json }: DeleteOptions) {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  if (!yes && !isTerminal) {
    throw new InvalidArgumentError('studies delete needs --yes where it cannot ask');
  }
  await withExistingStorage(url, async (storage) => {
    const { id } = await findStudy(storage, name);
    await storage.sync(id);
    const trials = storage.peekTrials(id);
    const what = `${visible(name)}: ${trialsText(trials)}`;
    const nTrials = trials.length;
    if (!yes && !(await agrees(`Delete ${what}? [y/N] `))) {
      process.exitCode = exitCodes.failed;
      return;
    }
    await finished(() => storage.deleteStudy(id));
    process.stdout.write(json ? jsonText({ name, nTrials }) : `deleted ${what}\n`);
  });
}

async function agrees(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
