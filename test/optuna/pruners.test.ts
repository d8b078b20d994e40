import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  type Direction,
  MedianPruner,
  MultiObjectiveError,
  NopPruner,
  PercentilePruner,
  type Pruner,
  RandomSampler,
} from '../../src/optuna/index.js';
import { fixture } from '../helpers/paths.js';

interface PrunerCase {
  pruner: string;
  direction: Direction;
  trials: {
    number: number;
    steps: [step: number, value: number | null, prune: boolean][];
    state: 'COMPLETE' | 'PRUNED' | 'FAIL';
  }[];
}

/** The arguments with which the cases were made. */
const pruners: Record<string, () => Pruner> = {
  nop: () => new NopPruner(),
  median: () => new MedianPruner(),
  'median-warm': () => new MedianPruner({ nStartupTrials: 3, nWarmupSteps: 2, intervalSteps: 2 }),
  percentile25: () => new PercentilePruner(25, { nStartupTrials: 4 }),
};

const { cases } = fixture<{ cases: PrunerCase[] }>('optuna/pruners-seed0.json');

for (const { pruner, direction, trials } of cases.filter((one) => one.pruner in pruners)) {
  test(`prunes what Optuna pruned: ${pruner}, ${direction}`, async (t) => {
    const study = await createStudy({
      direction,
      pruner: pruners[pruner]!(),
      sampler: new RandomSampler({ seed: 0 }),
    });
    for (const { number, steps, state } of trials) {
      const trial = await study.ask();
      t.is(trial.number, number);
      for (const [step, value, prune] of steps) {
        await trial.report(value ?? Number.NaN, step);
        t.is(await trial.shouldPrune(), prune, `trial ${number}, step ${step}`);
      }
      const last = steps.at(-1)![1]!;
      if (state === 'COMPLETE') await study.tell(trial, last);
      else await study.tell(trial, undefined, { state: state === 'PRUNED' ? 'pruned' : 'fail' });
    }
  });
}

test('a trial without reports, and one before the warm-up, is kept', async (t) => {
  const study = await createStudy({
    pruner: new MedianPruner({ nStartupTrials: 1, nWarmupSteps: 2 }),
  });
  const good = await study.ask();
  for (const step of [0, 1, 2]) await good.report(0, step);
  await study.tell(good, 0);
  const bad = await study.ask();
  t.false(await bad.shouldPrune());
  await bad.report(9, 1);
  t.false(await bad.shouldPrune());
  await bad.report(9, 2);
  t.true(await bad.shouldPrune());
});

test('reports and pruning are for one objective', async (t) => {
  const study = await createStudy({ directions: ['minimize', 'maximize'] });
  const trial = await study.ask();
  await t.throwsAsync(trial.report(1, 0), { instanceOf: MultiObjectiveError });
  await t.throwsAsync(trial.shouldPrune(), { instanceOf: MultiObjectiveError });
});

const refused: [string, () => unknown, RegExp][] = [
  ['a percentile above 100', () => new PercentilePruner(101), /percentile must be .* 101/],
  ['a percentile NaN', () => new PercentilePruner(Number.NaN), /percentile must be .* NaN/],
  ['startup -1', () => new MedianPruner({ nStartupTrials: -1 }), /nStartupTrials must be .* -1/],
  ['warm-up 1.5', () => new MedianPruner({ nWarmupSteps: 1.5 }), /nWarmupSteps must be .* 1\.5/],
  ['interval 0', () => new MedianPruner({ intervalSteps: 0 }), /intervalSteps must be .* 0/],
  ['minimum 0', () => new MedianPruner({ nMinTrials: 0 }), /nMinTrials must be .* 0/],
];

for (const [name, call, message] of refused) {
  test(`refuses ${name}`, (t) => {
    t.throws(call, { instanceOf: InvalidArgumentError, message });
  });
}
