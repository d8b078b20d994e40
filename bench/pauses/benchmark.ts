import { textTable } from '../../src/cli/text-table.js';
import type { Benchmark } from '../command.js';
import { measurePauses, type PausesResults } from './measure.js';

/** How long the event loop waits while trials are suggested. */
export const pausesBenchmark: Benchmark<PausesResults, object> = {
  name: 'pauses',
  summary: 'how long the event loop waits while TPE suggests',
  description:
    'Fills studies with random trials, then runs twenty more with TPE and takes the time between the turns of the event loop. --threads, --rounds, --seconds and --repeats have no effect.',
  quick: 'with 1,000 trials only',
  options: [],
  measure: (settings, _, signal, startProgress) => measurePauses(settings, signal, startProgress),
  describe: describePauses,
};

function describePauses({ trialforge, cases }: PausesResults): string {
  const ms = (value: number) => value.toFixed(2);
  const table = textTable(
    ['ms', 'trials before', 'trial', 'first pause', 'median pause', 'longest pause'],
    cases.map(({ name, trials, trial, firstPause, medianPause, longestPause }) => [
      name,
      String(trials),
      ...[trial, firstPause, medianPause, longestPause].map(ms),
    ]),
  );
  return `trialforge ${trialforge}\n\n${table}`;
}
