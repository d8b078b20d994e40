import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  Domain,
  fmin,
  hp,
  JOB_STATE_DONE,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  type JobState,
  rand,
  type TrialResult,
  Trials,
  tpe,
} from '../../src/hyperopt/index.js';
import { adaptiveParzen } from '../../src/hyperopt/tpe/adaptive-parzen.js';
import { forgettingWeights, partedHistory } from '../../src/hyperopt/tpe/history.js';

const space = { x: hp.uniform('x', 0, 1), c: hp.choice('c', [0, { y: hp.normal('y', 0, 1) }]) };
const domain = new Domain(() => 0, space);

/** A history of random trials with the given outcomes. */
function history(outcomes: { state?: JobState; result: TrialResult; fromTid?: number }[]): Trials {
  const trials = new Trials();
  for (const { state = JOB_STATE_DONE, result, fromTid } of outcomes) {
    const [doc] = rand.suggest(trials.newTrialIds(1), domain, trials, trials.length);
    Object.assign(doc!, { state, result });
    if (fromTid !== undefined) doc!.misc.fromTid = fromTid;
    trials.insertTrialDocs([doc!]);
    trials.refresh();
  }
  return trials;
}

const ok = (loss: number) => ({ result: { status: 'ok', loss } as const });
const tidsOf = (docs: readonly { tid: number }[]) => docs.map(({ tid }) => tid);

test('the good trials are the ceil(gamma sqrt(n)) of the least losses, at most 25', (t) => {
  const losses = [5, 3, 4, 1, 2, 9, 8, 7, 6, 0];
  const trials = history(losses.map(ok));
  t.deepEqual(tidsOf(partedHistory(trials, 0.25, 0)!.below), [9]);
  t.deepEqual(tidsOf(partedHistory(trials, 0.5, 0)!.below), [3, 9]);
  t.deepEqual(tidsOf(partedHistory(trials, 0.5, 0)!.above), [0, 1, 2, 4, 5, 6, 7, 8]);
  t.is(partedHistory(trials, 100, 0)!.above.length, 0);
  const many = history(Array.from({ length: 60 }, (_, i) => ok(i)));
  t.is(partedHistory(many, 100, 0)!.below.length, 25);
});

test('new, running and failed trials count, at the end of the order; NaN does not', (t) => {
  const trials = history([
    { state: JOB_STATE_NEW, result: { status: 'new' } },
    { state: JOB_STATE_RUNNING, result: { status: 'running' } },
    { result: { status: 'fail' } },
    ok(Number.NaN),
    ok(Number.POSITIVE_INFINITY),
    ok(7),
  ]);
  t.is(partedHistory(trials, 0.25, 6), undefined);
  const { below, above } = partedHistory(trials, 0.25, 5)!;
  t.deepEqual([tidsOf(below), tidsOf(above)], [[5], [0, 1, 2, 4]]);
});

test('of several results of one trial the best counts', (t) => {
  const trials = history([ok(3), ok(4), { ...ok(1), fromTid: 0 }, { ...ok(9), fromTid: 1 }]);
  const { below, above } = partedHistory(trials, 0.25, 0)!;
  t.deepEqual([tidsOf(below), tidsOf(above)], [[2], [1]]);
});

test('random search until there are nStartupJobs trials, for all ids; then one document', (t) => {
  const trials = history(Array.from({ length: 20 }, (_, i) => ok(i)));
  const few = tpe.with({ nStartupJobs: 21 })([20, 21, 22], domain, trials, 5);
  t.deepEqual(few, rand.suggest([20, 21, 22], domain, trials, 5));
  t.deepEqual(tidsOf(tpe.suggest([20, 21, 22], domain, trials, 5)), [20]);
  t.deepEqual(tpe.suggest([], domain, trials, 5), []);
});

test('a history of nothing but failures, and none at all', (t) => {
  const failed = history(
    Array.from({ length: 25 }, () => ({ result: { status: 'fail' } as const })),
  );
  t.is(tpe.suggest([25], domain, failed, 1).length, 1);
  t.is(tpe.with({ nStartupJobs: 0 })([0], domain, new Trials(), 1).length, 1);
});

test('weights: the latest 25 count fully, older ones from 1/n up', (t) => {
  t.deepEqual([...forgettingWeights(0)], []);
  t.deepEqual([...forgettingWeights(25)], Array(25).fill(1));
  t.deepEqual([...forgettingWeights(26)], [1 / 26, ...Array(25).fill(1)]);
  const weights = forgettingWeights(30);
  t.is(weights[0], 1 / 30);
  t.is(weights[4], 1);
  t.true(Math.abs(weights[2]! - (1 / 30 + 1) / 2) < 1e-15);
});

const prior = { mu: 0, sigma: 10, weight: 1 };
const mixtures: [observed: number[], mus: number[], sigmas: number[]][] = [
  [[], [0], [10]],
  [[3], [0, 3], [10, 5]],
  [[-3], [-3, 0], [5, 10]],
  [[0], [0, 0], [5, 10]],
  [
    [4, -2],
    [-2, 0, 4],
    [2.5, 10, 4],
  ],
  [
    [1, 1],
    [0, 1, 1],
    [10, 2.5, 2.5],
  ],
  [
    [50, 51],
    [0, 50, 51],
    [10, 10, 2.5],
  ],
];
for (const [observed, mus, sigmas] of mixtures) {
  test(`the Parzen estimator of [${observed}]`, (t) => {
    const mixture = adaptiveParzen(Float64Array.from(observed), prior);
    t.deepEqual([...mixture.mus], mus);
    t.deepEqual([...mixture.sigmas], sigmas);
    t.deepEqual(
      [...mixture.weights],
      mus.map(() => 1 / mus.length),
    );
  });
}

test('any space is searched without end: 300 trials, all kinds', async (t) => {
  const trials = new Trials();
  await fmin({
    space: {
      u: hp.uniform('u', -1, 1),
      lu: hp.loguniform('lu', -20, 5),
      qu: hp.quniform('qu', 0, 1, 0.25),
      qlu: hp.qloguniform('qlu', -3, 3, 1),
      n: hp.normal('n', 0, 1),
      qn: hp.qnormal('qn', 0, 1, 1),
      ln: hp.lognormal('ln', 0, 3),
      qln: hp.qlognormal('qln', 0, 3, 1),
      one: hp.randint('one', 1),
      ri: hp.randint('ri', -10, 10),
      c: hp.choice('c', [
        hp.uniformint('ui', 1, 3),
        hp.pchoice('p', [
          [0, 'never'],
          [1, 'always'],
        ]),
      ]),
    },
    fn: ({ u, lu, n, c }) =>
      u * u + Math.abs(Math.log(lu)) + Math.abs(n) + (c === 'always' ? 1 : 0),
    trials,
    maxEvals: 300,
    rstate: 4,
    verbose: false,
  });
  t.is(trials.length, 300);
  for (const values of Object.values(trials.vals)) t.true(values.every(Number.isFinite));
  t.true(trials.vals['u']!.every((u) => u >= -1 && u < 1));
  t.true(trials.vals['p']!.every((p) => p === 1));
});

const badOptions: [options: object, message: RegExp][] = [
  [{ nStartupJobs: -1 }, /nStartupJobs must be a non-negative integer, not -1/],
  [{ nStartupJobs: 1.5 }, /nStartupJobs must be/],
  [{ nEICandidates: 0 }, /nEICandidates must be a positive integer, not 0/],
  [{ nEICandidates: Number.NaN }, /nEICandidates must be/],
  [{ gamma: 0 }, /gamma must be a positive number, not 0/],
  [{ gamma: '1' }, /gamma must be/],
  [{ priorWeight: -1 }, /priorWeight must be a positive number, not -1/],
  [{ n_startup_jobs: 1 }, /an option of TPE must be one of nStartupJobs, .*, not 'n_startup_jobs'/],
];
for (const [options, message] of badOptions) {
  test(`tpe.with(${JSON.stringify(options)}) is refused`, (t) => {
    t.throws(() => tpe.with(options), { instanceOf: InvalidArgumentError, message });
  });
}

for (const algo of [rand, tpe]) {
  test(`${algo === rand ? 'rand' : 'tpe'}: an impossible seed is refused`, (t) => {
    for (const seed of [-1, 0.5, Number.NaN, undefined]) {
      t.throws(() => algo.suggest([0], domain, new Trials(), seed as number), {
        instanceOf: InvalidArgumentError,
        message: /seed must be a non-negative integer/,
      });
    }
  });
}

test('a randint too large to count is refused by TPE, not by random search', (t) => {
  const wide = new Domain(() => 0, hp.randint('n', 1e12));
  const trials = new Trials();
  t.true(rand.suggest([0], wide, trials, 1)[0]!.misc.vals['n']![0]! > 1e6);
  t.throws(() => tpe.with({ nStartupJobs: 0 })([0], wide, trials, 1), {
    instanceOf: InvalidArgumentError,
    message: /at most 16777216 values/,
  });
});
