import process from 'node:process';
import type { Command } from 'commander';
import { NoBestTrialError } from '../../../optuna/index.js';
import { bestText, bestTrials } from '../../best-text.js';
import { exitCodesHelp } from '../../exit-codes.js';
import { shared } from '../../options.js';
import { findStudy, storageOption, withExistingStorage } from '../../storage-option.js';
import { jsonText, trialDocument } from '../../study-text.js';

interface BestOptions {
  storage: string;
  json?: boolean;
}

export function addBest(studies: Command): void {
  studies
    .command('best')
    .argument('<name>', 'of the study')
    .summary('the best trial, or the Pareto front of several objectives')
    .description(
      'Prints the best trial with its parameters, of several objectives all trials of the Pareto front. The JSON document is an array of trials. Fails if no trial is complete.',
    )
    .addOption(storageOption().makeOptionMandatory())
    .addOption(shared.json())
    .addHelpText(
      'after',
      "\nExample, the parameters for another program:\n  trialforge studies best tuning --storage studies.log --json | jq '.[0].params'",
    )
    .addHelpText('after', exitCodesHelp)
    .action(best);
}

async function best(name: string, { storage: url, json }: BestOptions): Promise<void> {
  const { directions, trials } = await withExistingStorage(url, async (storage) => {
    const { id, directions } = await findStudy(storage, name);
    await storage.sync(id);
    return { directions, trials: bestTrials(storage.peekTrials(id), directions) };
  });
  if (trials.length === 0) {
    throw new NoBestTrialError(`study '${name}' has no complete trial that keeps its constraints`);
  }
  process.stdout.write(
    json ? jsonText(trials.map(trialDocument)) : `${bestText(trials, directions)}\n`,
  );
}
