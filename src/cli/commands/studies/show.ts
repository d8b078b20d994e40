import process from 'node:process';
import { type Command, Option } from 'commander';
import type { Distribution, FrozenTrial, TrialState } from '../../../optuna/index.js';
import { trialStates } from '../../../optuna/trial/frozen-trial.js';
import { bestText, bestTrials } from '../../best-text.js';
import { exitCodesHelp } from '../../exit-codes.js';
import { listOf, shared, wholeNumber } from '../../options.js';
import { findStudy, storageOption, withExistingStorage } from '../../storage-option.js';
import {
  directionsText,
  durationOf,
  jsonText,
  number,
  paramText,
  rangeText,
  timeText,
  trialDocument,
  trialsText,
  valuesText,
  visible,
} from '../../study-text.js';
import { textTable } from '../../text-table.js';

interface ShowOptions {
  storage: string;
  last: number;
  all?: boolean;
  states?: TrialState[];
  json?: boolean;
}

const help = `
Examples:
  trialforge studies show tuning --storage studies.log
  trialforge studies show tuning --storage studies.log --states complete,pruned --all --json`;

export function addShow(studies: Command): void {
  studies
    .command('show')
    .argument('<name>', 'of the study')
    .summary('one study: best trial, parameters with ranges, its last trials')
    .description(
      'Shows a study. A parameter is shown with its latest range. Times are UTC. In the JSON document numbers that JSON lacks are the texts "NaN", "Infinity" and "-Infinity".',
    )
    .addOption(storageOption().makeOptionMandatory())
    .addOption(new Option('--last <n>', 'trials to show').argParser(wholeNumber(1)).default(20))
    .addOption(new Option('--all', 'show all trials'))
    .addOption(
      new Option('--states <list>', `only trials in these: ${trialStates.join(', ')}`).argParser(
        listOf(trialStates),
      ),
    )
    .addOption(shared.json())
    .addHelpText('after', help)
    .addHelpText('after', exitCodesHelp)
    .action(show);
}

async function show(
  name: string,
  { storage: url, last, all, states, json }: ShowOptions,
): Promise<void> {
  const { record, trials } = await withExistingStorage(url, async (storage) => {
    const record = await findStudy(storage, name);
    await storage.sync(record.id);
    return { record, trials: [...storage.peekTrials(record.id)] };
  });
  const { directions } = record;
  const best = bestTrials(trials, directions);
  const ranges = latestRanges(trials);
  const chosen = states ? trials.filter(({ state }) => states.includes(state)) : trials;
  const shown = all ? chosen : chosen.slice(-last);
  if (json) {
    const { userAttrs, systemAttrs } = record;
    const document = {
      ...{ name, directions, userAttrs, systemAttrs },
      nTrials: trials.length,
      distributions: Object.fromEntries(ranges),
      bestTrials: best.map(({ number }) => number),
      trials: shown.map(trialDocument),
    };
    process.stdout.write(jsonText(document));
    return;
  }
  const attrs = Object.entries(record.userAttrs).map(
    ([key, value]) => `${visible(key)}: ${visible(JSON.stringify(value))}`,
  );
  const parts = [
    [`study ${visible(name)}: ${directionsText(directions)}, ${trialsText(trials)}`, ...attrs],
    [bestText(best, directions)],
    ranges.size === 0 ? [] : [parametersTable(ranges)],
    shown.length === 0 ? [] : [trialsTable(shown, [...ranges.keys()])],
    shown.length < chosen.length
      ? [`the last ${shown.length} of ${chosen.length} trials; --all shows all`]
      : [],
  ];
  const text = parts.filter((part) => part.length > 0).map((part) => part.join('\n'));
  process.stdout.write(`${text.join('\n\n')}\n`);
}

/** In the order in which the parameters first occurred. */
function latestRanges(trials: readonly FrozenTrial[]): Map<string, Distribution> {
  const ranges = new Map<string, Distribution>();
  for (const { distributions } of trials) {
    for (const [name, distribution] of Object.entries(distributions))
      ranges.set(name, distribution);
  }
  return ranges;
}

function parametersTable(ranges: ReadonlyMap<string, Distribution>): string {
  return textTable(
    ['parameter', 'kind', 'range'],
    [...ranges].map(([name, distribution]) => [
      visible(name),
      distribution.kind,
      rangeText(distribution),
    ]),
  );
}

function trialsTable(trials: readonly FrozenTrial[], names: readonly string[]): string {
  const used = names.filter((name) => trials.some(({ params }) => Object.hasOwn(params, name)));
  return textTable(
    ['trial', 'state', 'value', 'started', 'seconds', ...used.map(visible)],
    trials.map((trial) => {
      const seconds = durationOf(trial);
      return [
        `${trial.number}`,
        trial.state,
        valuesText(trial.values),
        timeText(trial.datetimeStart),
        seconds === null ? '' : number(seconds),
        ...used.map((name) =>
          Object.hasOwn(trial.params, name) ? paramText(trial.params[name]) : '',
        ),
      ];
    }),
  );
}
