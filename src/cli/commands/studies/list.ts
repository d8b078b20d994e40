import process from 'node:process';
import type { Command } from 'commander';
import { bestTrials } from '../../best-text.js';
import { exitCodesHelp } from '../../exit-codes.js';
import { shared } from '../../options.js';
import { storageOption, withExistingStorage } from '../../storage-option.js';
import {
  countStates,
  directionsText,
  jsonText,
  lastChange,
  timeText,
  valuesText,
  visible,
} from '../../study-text.js';
import { textTable } from '../../text-table.js';

interface ListOptions {
  storage: string;
  json?: boolean;
}

const columns = ['complete', 'pruned', 'fail', 'running', 'waiting'] as const;

export function addList(studies: Command): void {
  studies
    .command('list')
    .summary('the studies: directions, trials by state, best value, last change')
    .description('Lists the studies of a storage. Times are UTC.')
    .addOption(storageOption().makeOptionMandatory())
    .addOption(shared.json())
    .addHelpText('after', '\nExample:\n  trialforge studies list --storage sqlite:///studies.db')
    .addHelpText('after', exitCodesHelp)
    .action(list);
}

async function list({ storage: url, json }: ListOptions): Promise<void> {
  const found = await withExistingStorage(url, async (storage) => {
    const rows = [];
    for (const { id, name, directions } of await storage.studies()) {
      await storage.sync(id);
      const trials = storage.peekTrials(id);
      const best = bestTrials(trials, directions);
      rows.push({
        name,
        directions,
        nTrials: trials.length,
        states: countStates(trials),
        bestValue: directions.length === 1 ? (best[0]?.values?.[0] ?? null) : null,
        nBestTrials: best.length,
        lastChange: lastChange(trials),
      });
    }
    return rows;
  });
  if (json) {
    process.stdout.write(jsonText(found));
    return;
  }
  if (found.length === 0) {
    process.stdout.write('no studies\n');
    return;
  }
  const table = textTable(
    ['study', 'directions', 'trials', ...columns, 'best', 'last change'],
    found.map(({ name, directions, nTrials, states, bestValue, nBestTrials, lastChange }) => [
      visible(name),
      directionsText(directions),
      `${nTrials}`,
      ...columns.map((state) => `${states[state] ?? ''}`),
      directions.length > 1
        ? `front of ${nBestTrials}`
        : valuesText(bestValue === null ? null : [bestValue]),
      timeText(lastChange),
    ]),
  );
  process.stdout.write(`${table}\n`);
}
