import test from 'ava';
import { createStudy, RandomSampler, WilcoxonPruner } from '../../src/optuna/index.js';
import { wilcoxonPValue } from '../../src/optuna/pruners/wilcoxon-test.js';
import { fixture } from '../helpers/paths.js';
import { warningsOf } from '../helpers/warnings.js';

interface Row {
  differences: number[];
  greater: number;
  less: number;
}

test("p-values are SciPy's, with ties, with zeros, around the limits of the exact test", (t) => {
  for (const { differences, ...expected } of fixture<{ rows: Row[] }>('optuna/wilcoxon.json')
    .rows) {
    for (const alternative of ['greater', 'less'] as const) {
      const p = wilcoxonPValue(differences, alternative);
      const error = Math.abs(p - expected[alternative]) / expected[alternative];
      t.true(error < 1e-12, `${alternative} ${differences.join()}: ${p}`);
    }
  }
});

async function studyWithBest(reports: readonly number[]) {
  const study = await createStudy({
    pruner: new WilcoxonPruner(),
    sampler: new RandomSampler({ seed: 0 }),
  });
  const best = await study.ask();
  for (const [step, value] of reports.entries()) await best.report(value, step);
  await study.tell(best, 0);
  return study;
}

test.serial('what cannot be compared is kept, with a warning', async (t) => {
  const kept: [best: number[], own: [value: number, step: number][], warning: RegExp][] = [
    [[], [[1, 0]], /the best trial, 0, which has no reports/],
    [[0, Number.NaN], [[1, 0]], /the best trial, 0, which has reports that are not finite/],
    [[0, 0], [[Infinity, 0]], /trial 1 is kept/],
    [
      [0, 0],
      [
        [9, 0],
        [9, 7],
      ],
      /ignores steps of trial 1/,
    ],
  ];
  for (const [best, own, warning] of kept) {
    const study = await studyWithBest(best);
    const trial = await study.ask();
    const messages = await warningsOf(async () => {
      for (const [value, step] of own) await trial.report(value, step);
      t.false(await trial.shouldPrune());
    });
    t.regex(messages.join(), warning);
  }
});

test('a trial that is worse at nearly every step is pruned, one of a better mean is not', async (t) => {
  const study = await studyWithBest([1, 1, 1, 1, 1, 1]);
  const worse = await study.ask();
  for (const step of [5, 3, 1, 0]) await worse.report(2 + step, step);
  t.true(await worse.shouldPrune());
  const better = await study.ask();
  for (const step of [0, 1, 2, 3, 4]) await better.report(step === 4 ? -90 : 2 + step, step);
  t.false(await better.shouldPrune());
});
