import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  type Direction,
  HyperbandPruner,
  MedianPruner,
  MultiObjectiveError,
  NopPruner,
  PatientPruner,
  PercentilePruner,
  type Pruner,
  RandomSampler,
  SuccessiveHalvingPruner,
  ThresholdPruner,
  WilcoxonPruner,
} from '../../src/optuna/index.js';
import { camelCase } from '../helpers/camel-case.js';
import { fixture } from '../helpers/paths.js';
import { warningsOf } from '../helpers/warnings.js';

interface PrunerCase {
  pruner: string;
  study_name: string;
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
  sha: () => new SuccessiveHalvingPruner(),
  'sha-auto': () => new SuccessiveHalvingPruner({ reductionFactor: 3 }),
  'sha-rate1-boot2': () =>
    new SuccessiveHalvingPruner({ minResource: 2, reductionFactor: 2, minEarlyStoppingRate: 1 }),
  hyperband: () => new HyperbandPruner({ maxResource: 9 }),
  'hyperband-auto': () => new HyperbandPruner(),
  threshold: () => new ThresholdPruner({ lower: 0.1, upper: 1.4 }),
  'patient-median': () =>
    new PatientPruner(new MedianPruner({ nStartupTrials: 1 }), 2, { minDelta: 0.01 }),
  'patient-none': () => new PatientPruner(null, 1),
  wilcoxon: () => new WilcoxonPruner(),
};

const { cases } = fixture<{ cases: PrunerCase[] }>('optuna/pruners-seed0.json');

for (const { pruner, study_name, direction, trials } of cases) {
  test(`prunes what Optuna pruned: ${pruner}, ${direction}`, async (t) => {
    const study = await createStudy({
      studyName: study_name,
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

interface RandomCurves {
  kind: string;
  /** By Optuna's names. */
  args: Record<string, unknown>;
  studyName: string;
  direction: Direction;
  trials: {
    /** Values that are not finite are text. */
    steps: [step: number, value: number | string, prune: boolean][];
    end: 'complete' | 'pruned' | 'fail' | 'running';
  }[];
}

function prunerOf(kind: string, args: Record<string, unknown>): Pruner {
  const { percentile, wrapped, patience, ...options } = camelCase(args);
  switch (kind) {
    case 'median':
      return new MedianPruner(options);
    case 'percentile':
      return new PercentilePruner(percentile as number, options);
    case 'sha':
      return new SuccessiveHalvingPruner(options);
    case 'hyperband':
      return new HyperbandPruner(options);
    case 'threshold':
      return new ThresholdPruner(options);
    case 'wilcoxon':
      return new WilcoxonPruner(options);
    default: {
      const inner = wrapped as [string, Record<string, unknown>] | undefined;
      return new PatientPruner(inner ? prunerOf(...inner) : null, patience as number, options);
    }
  }
}

const curves = fixture<{ cases: RandomCurves[] }>('optuna/pruners-random-curves.json').cases;

test.serial(
  'decides as Optuna on curves out of order, with gaps, ties, NaN, infinities',
  async (t) => {
    await warningsOf(async () => {
      for (const { kind, args, studyName, direction, trials } of curves) {
        const study = await createStudy({
          studyName,
          direction,
          pruner: prunerOf(kind, args),
          sampler: new RandomSampler({ seed: 0 }),
        });
        for (const { steps, end } of trials) {
          const trial = await study.ask();
          for (const [step, value, prune] of steps) {
            await trial.report(Number(value), step);
            const decision = await trial.shouldPrune();
            t.is(decision, prune, `${studyName}, trial ${trial.number}, step ${step}`);
          }
          if (end === 'complete') await study.tell(trial, Number(steps.at(-1)![1]));
          else if (end !== 'running') await study.tell(trial, undefined, { state: end });
        }
      }
    });
  },
);

test('a pruner that another one wraps may answer later', async (t) => {
  const study = await createStudy({
    pruner: new PatientPruner({ prune: async () => true }, 0),
  });
  const trial = await study.ask();
  await trial.report(1, 0);
  t.false(await trial.shouldPrune());
  await trial.report(2, 1);
  t.true(await trial.shouldPrune());
});

test('a pruner for one trial has the options, and nothing learned from others', async (t) => {
  const resource = async (pruner: Pruner) => {
    const study = await createStudy({ pruner });
    const long = await study.ask();
    await long.report(0, 1000);
    await study.tell(long, 0);
    const trial = await study.ask();
    const steps = [1, 3, 9, 10, 11];
    for (const step of steps) {
      await trial.report(1, step);
      await trial.shouldPrune();
      if ('completed_rung_0' in trial.systemAttrs) return step;
    }
    return undefined;
  };
  const learned = new SuccessiveHalvingPruner();
  const study = await createStudy({ pruner: learned });
  const short = await study.ask();
  await short.report(0, 100);
  await study.tell(short, 0);
  const next = await study.ask();
  await next.report(0, 1);
  await next.shouldPrune();
  t.is(await resource(learned), 1);
  t.is(await resource(learned.forTrial()), 10);
  t.is(await resource(new PatientPruner(learned, 0).forTrial()), undefined);
  t.is(await resource(new HyperbandPruner({ minResource: 9, maxResource: 9 }).forTrial()), 9);
});

test('several trials at a rung at the same time compete with each other', async (t) => {
  const study = await createStudy({
    pruner: new SuccessiveHalvingPruner({ minResource: 1, reductionFactor: 2 }),
  });
  const trials = [await study.ask(), await study.ask(), await study.ask()];
  for (const [i, trial] of trials.entries()) await trial.report([2, 1, 3][i]!, 1);
  const decisions = await Promise.all(trials.map((trial) => trial.shouldPrune()));
  t.deepEqual(decisions, [false, false, true]);
  t.deepEqual(trials[2]!.systemAttrs, { completed_rung_0: 3 });
});

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
  [
    'a resource 0',
    () => new SuccessiveHalvingPruner({ minResource: 0 }),
    /minResource must be .* not 0/,
  ],
  [
    "a resource 'all'",
    () => new SuccessiveHalvingPruner({ minResource: 'all' as never }),
    /minResource must be .* 'all'/,
  ],
  [
    'a factor 1',
    () => new SuccessiveHalvingPruner({ reductionFactor: 1 }),
    /reductionFactor must be .* from 2, not 1/,
  ],
  [
    'a rate -1',
    () => new SuccessiveHalvingPruner({ minEarlyStoppingRate: -1 }),
    /minEarlyStoppingRate must be .* -1/,
  ],
  [
    'bootstrapping without a resource',
    () => new SuccessiveHalvingPruner({ bootstrapCount: 1 }),
    /bootstrapCount must be 0 with minResource 'auto', not 1/,
  ],
  [
    'bootstrapping of Hyperband without a resource',
    () => new HyperbandPruner({ bootstrapCount: 1 }),
    /bootstrapCount must be 0 with maxResource 'auto', not 1/,
  ],
  [
    'a maximum 2.5',
    () => new HyperbandPruner({ maxResource: 2.5 }),
    /maxResource must be .* not 2\.5/,
  ],
  [
    'another view',
    () => new HyperbandPruner({ samplerView: 'none' as never }),
    /samplerView must be one of study, bracket, not 'none'/,
  ],
  ['no bounds', () => new ThresholdPruner({}), /lower or upper must be given/],
  [
    'bounds the wrong way round',
    () => new ThresholdPruner({ lower: 2, upper: 1 }),
    /lower is 2, upper is 1/,
  ],
  ['a bound NaN', () => new ThresholdPruner({ upper: Number.NaN }), /upper must be .* NaN/],
  ['patience -1', () => new PatientPruner(null, -1), /patience must be .* -1/],
  [
    'a negative minDelta',
    () => new PatientPruner(null, 1, { minDelta: -1 }),
    /minDelta must be .* -1/,
  ],
  [
    'a wrapped number',
    () => new PatientPruner(3 as never, 1),
    /wrappedPruner must be a Pruner or null, not 3/,
  ],
  ['a p-value 2', () => new WilcoxonPruner({ pThreshold: 2 }), /pThreshold must be .* 2/],
  ['-1 steps', () => new WilcoxonPruner({ nStartupSteps: -1 }), /nStartupSteps must be .* -1/],
  [
    'a misspelt option',
    () => new MedianPruner({ nStartUpTrials: 1 } as never),
    /an option of .* must be one of nStartupTrials.* not 'nStartUpTrials'/,
  ],
  ['minimum 0', () => new MedianPruner({ nMinTrials: 0 }), /nMinTrials must be .* 0/],
];

for (const [name, call, message] of refused) {
  test(`refuses ${name}`, (t) => {
    t.throws(call, { instanceOf: InvalidArgumentError, message });
  });
}
