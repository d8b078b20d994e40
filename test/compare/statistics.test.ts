import test from 'ava';
import { emptyResults, type Results, type TrialRecord } from '../../src/compare/results.js';
import { summarise, tellingTrials } from '../../src/compare/statistics.js';
import { analyticComparison } from '../helpers/comparison.js';

const epoch = { loss: 1, accuracy: 0.5, testLoss: 1, testAccuracy: 0.5 };

/** Results of random search with these values; undefined is a failed trial without a curve. */
function withValues(values: readonly (number | undefined)[]): Results {
  const results = emptyResults(analyticComparison('unused'));
  const random = results.strategies.find(({ name }) => name === 'random')!;
  random.trials = values.map(
    (value, number): TrialRecord => ({
      number,
      params: {},
      ...(value === undefined
        ? { state: 'failed', reason: 'none', epochs: [] }
        : { state: 'complete', value, epochs: [epoch] }),
    }),
  );
  results.times.trials.random = values.map(() => ({ seconds: 2, epochs: [2] }));
  return results;
}

function summary(values: readonly (number | undefined)[]) {
  return summarise(withValues(values)).find(({ name }) => name === 'random')!;
}

test('a summary counts, averages and finds the earliest best', (t) => {
  const { complete, failed, pruned, best, mean, deviation, seconds, progress } = summary([
    0.5,
    undefined,
    0.9,
    0.7,
    0.9,
  ]);
  t.deepEqual([complete, failed, pruned], [4, 1, 0]);
  t.is(best!.number, 2);
  t.true(Math.abs(mean! - 0.75) < 1e-12);
  t.true(Math.abs(deviation! - Math.sqrt((0.0625 + 0.0225 + 0.0025 + 0.0225) / 3)) < 1e-12);
  t.is(seconds, 10);
  t.deepEqual(progress, [
    { trial: 1, seconds: 2, best: 0.5 },
    { trial: 2, seconds: 4, best: 0.5 },
    { trial: 3, seconds: 6, best: 0.9 },
    { trial: 4, seconds: 8, best: 0.9 },
    { trial: 5, seconds: 10, best: 0.9 },
  ]);
});

test('without a complete trial there is no best, and no mean', (t) => {
  const { best, mean, deviation, progress } = summary([undefined]);
  t.deepEqual([best, mean, deviation], [undefined, undefined, undefined]);
  t.is(progress[0]!.best, undefined);
  t.is(summary([0.5]).deviation, undefined);
});

const cases: [string, (number | undefined)[], [number, string[]][]][] = [
  [
    'five trials',
    [0.1, 0.2, 0.3, 0.4, 0.5],
    [
      [0, ['first']],
      [2, ['middle']],
      [4, ['best']],
    ],
  ],
  [
    'four trials, the first the best',
    [0.9, 0.2, 0.3, 0.4],
    [
      [0, ['first', 'best']],
      [1, ['middle']],
    ],
  ],
  ['one trial', [0.1], [[0, ['first', 'middle', 'best']]]],
  [
    'a failed beginning',
    [undefined, 0.2, 0.3],
    [
      [1, ['first', 'middle']],
      [2, ['best']],
    ],
  ],
  ['no curve at all', [undefined], []],
];
for (const [title, values, expected] of cases) {
  test(`telling trials of ${title}`, (t) => {
    t.deepEqual(
      tellingTrials(summary(values)).map(({ trial, roles }) => [trial.number, roles]),
      expected,
    );
  });
}
