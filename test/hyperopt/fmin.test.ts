import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { AbortError, BusyError, InvalidArgumentError } from '../../src/errors.js';
import {
  type Algorithm,
  AllTrialsFailed,
  type Ctrl,
  DuplicateLabel,
  defaultRng,
  type FminOptions,
  fmin,
  hp,
  InvalidLoss,
  InvalidResultStatus,
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  noProgressLoss,
  type ObjectiveResult,
  rand,
  type TrialDocument,
  Trials,
  tpe,
} from '../../src/hyperopt/index.js';

const space = {
  x: hp.uniform('x', -5, 5),
  act: hp.choice('act', ['relu', { tanh: hp.normal('t', 0, 1) }]),
};
const square = ({ x }: { x: number }) => x * x;
const quiet = { space, fn: square, algo: rand.suggest, rstate: 1, verbose: false } as const;

/** Every document, hidden ones too, as they were when the algorithm proposed them. */
function recording(algo: Algorithm, into: TrialDocument[]): Algorithm {
  return async (...args) => {
    const docs = await algo(...args);
    into.push(...docs);
    return docs;
  };
}

test('finds the minimum and resolves to the argmin', async (t) => {
  const trials = new Trials();
  const best = await fmin({ ...quiet, algo: tpe.suggest, maxEvals: 60, trials });
  t.is(trials.length, 60);
  t.true(Math.abs(best['x']!) < 0.3);
  t.deepEqual(best, trials.argmin);
  t.deepEqual(Object.keys(best).sort(), best['act'] === 0 ? ['act', 'x'] : ['act', 't', 'x']);
});

test('a number, a generator and a bigint seed alike', async (t) => {
  const runs = await Promise.all(
    [7, 7n, defaultRng(7)].map((rstate) => fmin({ ...quiet, rstate, maxEvals: 5 })),
  );
  t.deepEqual(runs[1], runs[0]);
  t.deepEqual(runs[2], runs[0]);
});

test('a generator goes on where the last fmin left it; a seed begins anew', async (t) => {
  const whole = new Trials();
  await fmin({ ...quiet, algo: tpe.suggest, rstate: 3, maxEvals: 30, trials: whole });
  const rstate = defaultRng(3);
  const parts = new Trials();
  await fmin({ ...quiet, algo: tpe.suggest, rstate, maxEvals: 12, trials: parts });
  await fmin({ ...quiet, algo: tpe.suggest, rstate, maxEvals: 30, trials: parts });
  t.deepEqual(parts.vals, whole.vals);
  const anew = new Trials();
  for (const maxEvals of [1, 2]) await fmin({ ...quiet, rstate: 3, maxEvals, trials: anew });
  t.is(anew.vals['x']![0], anew.vals['x']![1]);
});

test.serial('HYPEROPT_FMIN_SEED seeds a search without rstate', async (t) => {
  process.env['HYPEROPT_FMIN_SEED'] = '1';
  try {
    const best = await fmin({ ...quiet, rstate: undefined, maxEvals: 3 });
    t.deepEqual(best, await fmin({ ...quiet, maxEvals: 3 }));
    process.env['HYPEROPT_FMIN_SEED'] = '-1';
    await t.throwsAsync(fmin({ ...quiet, rstate: undefined, maxEvals: 3 }), {
      instanceOf: InvalidArgumentError,
      message: /HYPEROPT_FMIN_SEED must be a non-negative integer/,
    });
  } finally {
    delete process.env['HYPEROPT_FMIN_SEED'];
  }
  const unseeded = await Promise.all(
    [1, 2].map(() => fmin({ ...quiet, rstate: undefined, maxEvals: 3 })),
  );
  t.notDeepEqual(unseeded[0], unseeded[1]);
});

test('algo is asked with one seed a call, as Hyperopt draws them', async (t) => {
  const seeds: number[] = [];
  const algo: Algorithm = (newIds, domain, trials, seed) => {
    seeds.push(seed);
    return rand.suggest(newIds, domain, trials, seed);
  };
  await fmin({ ...quiet, algo, rstate: 0, maxEvals: 3 });
  t.deepEqual(seeds, [1826701614, 1367864806, 1097657231]);
  seeds.length = 0;
  await fmin({ ...quiet, algo, rstate: 0, maxEvals: 8, maxQueueLen: 4 });
  t.deepEqual(seeds, [1826701614, 1367864806]);
});

test('the default algorithm is TPE', async (t) => {
  const [unnamed, named] = [new Trials(), new Trials()];
  await fmin({ ...quiet, algo: undefined, maxEvals: 25, trials: unnamed });
  await fmin({ ...quiet, algo: tpe.suggest, maxEvals: 25, trials: named });
  t.deepEqual(unnamed.vals, named.vals);
});

test('the objective gets the configuration and its trial', async (t) => {
  const trials = new Trials();
  await fmin({
    ...quiet,
    trials,
    maxEvals: 4,
    fn: async (config, ctrl) => {
      t.is(typeof config.x, 'number');
      t.true(config.act === 'relu' || typeof config.act.tanh === 'number');
      t.is(ctrl.trials, trials);
      t.is(ctrl.trial.state, JOB_STATE_RUNNING);
      t.true(ctrl.trial.bookTime instanceof Date);
      ctrl.attachments.set('note', ctrl.trial.tid);
      await sleep(1);
      return config.x;
    },
  });
  t.is(trials.attachments.get('ATTACH::3::note'), 3);
  const [trial] = trials.trials;
  t.is(trial!.state, JOB_STATE_DONE);
  t.true(trial!.refreshTime! >= trial!.bookTime!);
});

test('results: numbers, objects, failures, attachments', async (t) => {
  const given: ObjectiveResult[] = [
    2,
    { status: 'ok', loss: 1, lossVariance: 0.1, history: [3, 2, 1], attachments: { model: 'abc' } },
    { status: 'fail' },
    { status: 'ok', loss: Number.NaN },
    Number.POSITIVE_INFINITY,
  ];
  const trials = new Trials();
  const best = await fmin({
    ...quiet,
    trials,
    maxEvals: 5,
    fn: (_, { trial }) => given[trial.tid]!,
  });
  t.deepEqual(trials.results, [
    { status: 'ok', loss: 2 },
    { status: 'ok', loss: 1, lossVariance: 0.1, history: [3, 2, 1] },
    { status: 'fail' },
    { status: 'ok', loss: Number.NaN },
    { status: 'ok', loss: Number.POSITIVE_INFINITY },
  ]);
  t.is(trials.trialAttachments(trials.trials[1]!).get('model'), 'abc');
  t.true('attachments' in (given[1] as object), 'the given object is left alone');
  t.is(best['x'], trials.vals['x']![1]!);
});

const badResults: [what: string, result: unknown, error: typeof InvalidLoss, message: RegExp][] = [
  [
    'undefined',
    undefined,
    InvalidResultStatus,
    /must return a number or an object with a status, not undefined/,
  ],
  ['null', null, InvalidResultStatus, /not null/],
  ['a string', '0.5', InvalidResultStatus, /not '0.5'/],
  ['a boolean', true, InvalidResultStatus, /not true/],
  ['a bigint', 1n, InvalidResultStatus, /not 1n/],
  [
    'no status',
    { loss: 1 },
    InvalidResultStatus,
    /must be one of new, running, suspended, ok, fail, not undefined/,
  ],
  ['an unknown status', { loss: 1, status: 'okay' }, InvalidResultStatus, /not 'okay'/],
  [
    'ok without a loss',
    { status: 'ok' },
    InvalidLoss,
    /must be a number when its status is 'ok', not undefined/,
  ],
  ['ok with a loss that is none', { status: 'ok', loss: '1' }, InvalidLoss, /not '1'/],
  ['ok with null', { status: 'ok', loss: null }, InvalidLoss, /not null/],
];
for (const [what, result, error, message] of badResults) {
  test(`refused result: ${what}`, async (t) => {
    const trials = new Trials();
    const docs: TrialDocument[] = [];
    const options = { ...quiet, trials, maxEvals: 3, algo: recording(rand.suggest, docs) };
    await t.throwsAsync(fmin({ ...options, fn: () => result as number }), {
      instanceOf: error,
      message,
    });
    t.is(trials.length, 0);
    t.is(docs[0]!.state, JOB_STATE_ERROR);
    t.is(docs[0]!.misc.error![0], error.name);
    await fmin({ ...options, fn: square });
    t.is(trials.length, 3, 'the trials are usable afterwards');
  });
}

test('an exception marks its trial and is thrown on', async (t) => {
  const trials = new Trials();
  const docs: TrialDocument[] = [];
  const boom = new RangeError('boom');
  const fn = (_: unknown, { trial }: Ctrl) => {
    if (trial.tid === 2) throw boom;
    return trial.tid;
  };
  const options = { ...quiet, fn, trials, maxEvals: 5, algo: recording(rand.suggest, docs) };
  t.is(await t.throwsAsync(fmin(options)), boom);
  t.deepEqual(trials.tids, [0, 1]);
  t.is(docs[2]!.state, JOB_STATE_ERROR);
  t.deepEqual(docs[2]!.misc.error, ['RangeError', 'boom']);
  t.deepEqual(docs[2]!.result, { status: 'new' });
  await fmin(options);
  t.deepEqual(trials.tids, [0, 1, 3, 4, 5]);
});

test('caught exceptions count as evaluations, but not as trials', async (t) => {
  const trials = new Trials();
  const fn = (_: unknown, { trial }: Ctrl) => {
    if (trial.tid % 2 === 1) throw new Error('odd');
    return -trial.tid;
  };
  await fmin({ ...quiet, fn, trials, maxEvals: 6, catchEvalExceptions: true });
  t.deepEqual(trials.tids, [0, 2, 4]);
  t.is(trials.bestTrial.tid, 4);
});

test('a rejection with something that is no Error is kept too', async (t) => {
  const docs: TrialDocument[] = [];
  const options = { ...quiet, maxEvals: 1, algo: recording(rand.suggest, docs) };
  const thrown = await fmin({ ...options, fn: () => Promise.reject('plain') }).catch(
    (error: unknown) => error,
  );
  t.is(thrown, 'plain');
  t.deepEqual(docs[0]!.misc.error, ['', "'plain'"]);
});

test('no loss at all is AllTrialsFailed, and null for a configuration of no trial', async (t) => {
  const failing = { ...quiet, fn: () => ({ status: 'fail' }) as const, maxEvals: 3 };
  await t.throwsAsync(fmin(failing), { instanceOf: AllTrialsFailed });
  await t.throwsAsync(fmin({ ...quiet, maxEvals: 0 }), { instanceOf: AllTrialsFailed });
  t.is(await fmin({ ...quiet, maxEvals: 0, returnArgmin: false }), null);
});

test('returnArgmin: false resolves to the configuration', async (t) => {
  const trials = new Trials();
  const best = await fmin({ ...quiet, trials, maxEvals: 10, returnArgmin: false });
  t.is(best!.x, trials.argmin['x']!);
  const act: 'relu' | { tanh: number } = best!.act;
  t.deepEqual(act, trials.argmin['act'] === 0 ? 'relu' : { tanh: trials.argmin['t']! });
});

test('maxEvals counts the trials that are there already', async (t) => {
  const trials = new Trials();
  await fmin({ ...quiet, trials, maxEvals: 3 });
  await fmin({ ...quiet, trials, maxEvals: 5 });
  t.is(trials.length, 5);
  await fmin({ ...quiet, trials, maxEvals: 4 });
  t.is(trials.length, 5);
});

test('queued trials are evaluated even when no further ones are due', async (t) => {
  const trials = new Trials();
  const ask = recording(rand.suggest, []);
  const stop = new Error('stop');
  const fn = (_: unknown, { trial }: Ctrl) => {
    if (trial.tid === 1) throw stop;
    return 1;
  };
  await t.throwsAsync(fmin({ ...quiet, fn, algo: ask, trials, maxEvals: 4, maxQueueLen: 4 }), {
    is: stop,
  });
  t.deepEqual(
    trials.trials.map(({ tid, state }) => [tid, state]),
    [
      [0, JOB_STATE_DONE],
      [2, JOB_STATE_NEW],
      [3, JOB_STATE_NEW],
    ],
  );
  await fmin({ ...quiet, fn, trials, maxEvals: 3 });
  t.is(trials.countByStateSynced(JOB_STATE_DONE), 3);
});

test('maxQueueLen: TPE proposes one trial a call and leaves ids out', async (t) => {
  const trials = new Trials();
  await fmin({ ...quiet, algo: tpe.suggest, trials, maxEvals: 25, maxQueueLen: 4 });
  t.deepEqual(trials.tids.slice(20), [20, 24, 27, 29, 30]);
});

test.serial('timeout, in seconds, lets no further round begin', async (t) => {
  const trials = new Trials();
  const fn = async () => {
    await sleep(20);
    return 1;
  };
  const began = performance.now();
  await fmin({ ...quiet, fn, trials, timeout: 0.15 });
  t.true(performance.now() - began >= 149);
  t.true(trials.length >= 1 && trials.length <= 8, `${trials.length} trials`);
  t.is(trials.countByStateSynced(JOB_STATE_DONE), trials.length);
});

test('lossThreshold ends the search once a loss is below it', async (t) => {
  const trials = new Trials();
  await fmin({
    ...quiet,
    fn: (_, { trial }) => 5 - trial.tid,
    trials,
    lossThreshold: 3,
    maxEvals: 50,
  });
  t.deepEqual(trials.losses(), [5, 4, 3, 2]);
});

test('earlyStopFn gets what it returned', async (t) => {
  const trials = new Trials();
  const seen: unknown[] = [];
  await fmin({
    ...quiet,
    trials,
    maxEvals: 50,
    earlyStopFn: async (given, ...state) => {
      t.is(given, trials);
      seen.push(state);
      return [seen.length === 3, ['state', seen.length]];
    },
  });
  t.is(trials.length, 3);
  t.deepEqual(seen, [[], ['state', 1], ['state', 2]]);
});

const noProgress: [
  losses: (number | undefined)[],
  count: number,
  percent: number,
  stopsAfter: number,
][] = [
  [[1, 1, 1, 1, 1], 3, 0, 3],
  [[3, 2, 1, 1, 1, 1, 1], 2, 0, 5],
  [[100, 89, 85, 81, 5], 2, 10, 4],
  [[-100, -111, -115, -120, -200], 2, 10, 4],
  [[5, undefined, 9, 9, 9, 9, 9], 4, 0, 6],
  [[1, Number.NaN, Number.NaN, Number.NaN], 3, 0, 3],
];
for (const [losses, count, percent, stopsAfter] of noProgress) {
  test(`noProgressLoss(${count}, ${percent}) stops ${losses} after ${stopsAfter}`, async (t) => {
    const trials = new Trials();
    await fmin({
      ...quiet,
      trials,
      maxEvals: losses.length,
      returnArgmin: false,
      fn: (_, { trial }) => {
        const loss = losses[trial.tid];
        return loss === undefined ? { status: 'fail' } : loss;
      },
      earlyStopFn: noProgressLoss(count, percent),
    }).catch(() => {});
    t.is(trials.length, stopsAfter);
  });
}

test('noProgressLoss refuses impossible limits', (t) => {
  for (const count of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => noProgressLoss(count), {
      instanceOf: InvalidArgumentError,
      message: /iterationStopCount must be/,
    });
  }
  t.throws(() => noProgressLoss(3, -1), {
    instanceOf: InvalidArgumentError,
    message: /percentIncrease must be/,
  });
});

test('pointsToEvaluate come first and in addition', async (t) => {
  const trials = new Trials();
  const points = [
    { x: 1, act: 0 },
    { x: -2, act: 1, t: 0.5 },
    { x: 3, act: 0, t: 9 },
  ];
  await fmin({ ...quiet, trials, maxEvals: 4, pointsToEvaluate: points });
  t.is(trials.length, 7);
  t.deepEqual(
    trials.miscs.slice(0, 3).map(({ vals }) => vals),
    [
      { act: [0], t: [], x: [1] },
      { act: [1], t: [0.5], x: [-2] },
      { act: [0], t: [], x: [3] },
    ],
  );
  t.deepEqual(trials.losses().slice(0, 3), [1, 4, 9]);
  t.deepEqual(trials.tids, [0, 1, 2, 3, 4, 5, 6]);
});

test('an algorithm without proposals ends the search', async (t) => {
  const trials = new Trials();
  const algo: Algorithm = (...args) => (trials.length < 2 ? rand.suggest(...args) : []);
  await fmin({ ...quiet, algo, trials });
  t.is(trials.length, 2);
});

const badAlgorithms: [what: string, algo: Algorithm, message: RegExp][] = [
  [
    'too many documents',
    (_, ...rest) => rand.suggest([0, 1], ...rest),
    /what algo returns must be at most 1 trial documents/,
  ],
  [
    'no array',
    () => undefined as never,
    /what algo returns must be at most 1 trial documents, not undefined/,
  ],
  ['documents that are none', () => [{}] as never, /a trial must have the key 'state'/],
];
for (const [what, algo, message] of badAlgorithms) {
  test(`refused algorithm: ${what}`, async (t) => {
    const trials = new Trials();
    await t.throwsAsync(fmin({ ...quiet, algo, trials, maxEvals: 2 }), { message });
    t.is(trials.length, 0);
  });
}

const badOptions: [what: string, options: object, message: RegExp][] = [
  ['no fn', { fn: undefined }, /fn must be a function, not undefined/],
  ['fn: string', { fn: 'x' }, /fn must be a function, not 'x'/],
  ['algo: namespace', { algo: tpe }, /algo must be a function/],
  ['maxEvals: -1', { maxEvals: -1 }, /maxEvals must be a non-negative integer, not -1/],
  ['maxEvals: 1.5', { maxEvals: 1.5 }, /maxEvals must be/],
  ['maxEvals: NaN', { maxEvals: Number.NaN }, /maxEvals must be/],
  ["maxEvals: '5'", { maxEvals: '5' }, /maxEvals must be/],
  ['timeout: 0', { timeout: 0 }, /timeout must be a positive number of seconds, not 0/],
  ['timeout: true', { timeout: true }, /timeout must be/],
  ['lossThreshold: NaN', { lossThreshold: Number.NaN }, /lossThreshold must be a number, not NaN/],
  ["lossThreshold: 'x'", { lossThreshold: 'x' }, /lossThreshold must be/],
  ['maxQueueLen: 0', { maxQueueLen: 0 }, /maxQueueLen must be a positive integer, not 0/],
  ['trials: array', { trials: [] }, /trials must be a Trials/],
  ['rstate: -1', { rstate: -1 }, /seed must be a non-negative integer, not -1/],
  [
    'rstate: string',
    { rstate: '1' },
    /rstate must be a seed or an object with integers\(high\), not '1'/,
  ],
  ['signal: object', { signal: {} }, /signal must be an AbortSignal/],
  ['earlyStopFn: true', { earlyStopFn: true }, /earlyStopFn must be a function, not true/],
  ['verbose: 1', { verbose: 1 }, /verbose must be true or false, not 1/],
  ['max_evals', { max_evals: 5 }, /an option of fmin must be one of fn, .*, not 'max_evals'/],
  [
    'pointsToEvaluate: object',
    { pointsToEvaluate: {} },
    /pointsToEvaluate must be an array of assignments/,
  ],
  ['pointsToEvaluate: [1]', { pointsToEvaluate: [1] }, /pointsToEvaluate must be/],
  [
    'a point with an unknown label',
    { pointsToEvaluate: [{ x: 1, act: 0, y: 2 }] },
    /label must be one of the space's \(act, t, x\), not 'y'/,
  ],
  ['a point that lacks a label', { pointsToEvaluate: [{ x: 1 }] }, /the value of 'act'/],
  [
    'a point with an option instead of its index',
    { pointsToEvaluate: [{ x: 1, act: 'relu' }] },
    /the value of 'act' must be an integer in 0..1, not 'relu'/,
  ],
  [
    'a space that contains itself',
    {
      space: (() => {
        const s: unknown[] = [];
        s.push(s);
        return s;
      })(),
    },
    /contains itself/,
  ],
];
for (const [what, options, message] of badOptions) {
  test(`refused before anything is changed: ${what}`, async (t) => {
    const trials = new Trials();
    let called = 0;
    const fn = () => ++called;
    const all = { ...quiet, fn, trials, maxEvals: 2, ...options };
    await t.throwsAsync(fmin(all as FminOptions<unknown>), { message });
    t.is(called, 0);
    t.deepEqual(trials.newTrialIds(1), [0]);
  });
}

test('refused: no options, no space, one label twice', async (t) => {
  await t.throwsAsync(fmin(undefined as never), { instanceOf: InvalidArgumentError });
  await t.throwsAsync(fmin({ fn: () => 1, maxEvals: 1 } as never), {
    message: /space must be given/,
  });
  const twice = [hp.uniform('x', 0, 1), hp.uniform('x', 0, 1)];
  await t.throwsAsync(fmin({ fn: () => 1, space: twice, maxEvals: 1 }), {
    instanceOf: DuplicateLabel,
  });
});

test('an abort marks the running trial, rejects at once and leaves the trials usable', async (t) => {
  const trials = new Trials();
  const controller = new AbortController();
  const docs: TrialDocument[] = [];
  const reason = new Error('enough');
  let finish = () => {};
  const options = { ...quiet, trials, algo: recording(rand.suggest, docs), maxEvals: 6 };
  const search = fmin({
    ...options,
    signal: controller.signal,
    fn: ({ x }, { trial, signal }) => {
      t.is(signal, controller.signal);
      if (trial.tid < 2) return x;
      setTimeout(() => controller.abort(reason), 5);
      return new Promise((resolve) => {
        finish = () => resolve(-100);
      });
    },
  });
  const error = await t.throwsAsync(search, { instanceOf: AbortError, code: 'ERR_ABORTED' });
  t.is(error.name, 'AbortError');
  t.is(error.cause, reason);
  t.deepEqual(trials.tids, [0, 1]);
  t.is(docs[2]!.state, JOB_STATE_CANCEL);
  t.is(docs[2]!.misc.error![0], 'AbortError');
  finish();
  await sleep(1);
  t.deepEqual(docs[2]!.result, { status: 'new' }, 'a late result is not taken');
  await fmin(options);
  t.deepEqual(trials.tids, [0, 1, 3, 4, 5, 6]);
});

test('an objective that rejects when aborted is cancelled, not failed', async (t) => {
  const docs: TrialDocument[] = [];
  const signal = AbortSignal.timeout(10);
  const search = fmin({
    ...quiet,
    algo: recording(rand.suggest, docs),
    signal,
    catchEvalExceptions: true,
    fn: async (_, ctrl) => {
      await sleep(10_000, undefined, { signal: ctrl.signal });
      return 1;
    },
  });
  await t.throwsAsync(search, { instanceOf: AbortError });
  t.is(docs[0]!.state, JOB_STATE_CANCEL);
});

test('objectives that never wait can be aborted too', async (t) => {
  const trials = new Trials();
  const search = fmin({ ...quiet, trials, fn: () => 1, signal: AbortSignal.timeout(20) });
  await t.throwsAsync(search, { instanceOf: AbortError });
  t.true(trials.length > 0);
  t.is(trials.countByStateSynced(JOB_STATE_DONE), trials.length);
});

test('a signal that has fired already changes nothing', async (t) => {
  const trials = new Trials();
  const pointsToEvaluate = [{ x: 0, act: 0 }];
  const search = fmin({ ...quiet, trials, pointsToEvaluate, signal: AbortSignal.abort() });
  await t.throwsAsync(search, { instanceOf: AbortError });
  t.deepEqual(trials.newTrialIds(1), [0]);
});

test('listeners do not pile up on the signal', async (t) => {
  const { signal } = new AbortController();
  await fmin({ ...quiet, signal, maxEvals: 20 });
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('two searches at once, each as if alone', async (t) => {
  const alone = await fmin({ ...quiet, algo: tpe.suggest, maxEvals: 40 });
  const [first, second] = [new Trials(), new Trials()];
  const both = await Promise.all(
    [first, second].map((trials) =>
      fmin({
        ...quiet,
        algo: tpe.suggest,
        trials,
        maxEvals: 40,
        fn: async (config) => {
          await sleep(0);
          return square(config);
        },
      }),
    ),
  );
  t.deepEqual(both, [alone, alone]);
});

test('two searches over the same trials: the second is refused', async (t) => {
  const trials = new Trials();
  const slow = async () => {
    await sleep(5);
    return 1;
  };
  const first = fmin({ ...quiet, trials, fn: slow, maxEvals: 3 });
  await t.throwsAsync(fmin({ ...quiet, trials, maxEvals: 3 }), {
    instanceOf: BusyError,
    code: 'ERR_BUSY',
  });
  await first;
  t.is(trials.length, 3);
  await t.notThrowsAsync(fmin({ ...quiet, trials, maxEvals: 4 }));
});

test('an empty space and a space of one node', async (t) => {
  t.deepEqual(await fmin({ fn: () => 1, space: {}, maxEvals: 25, verbose: false }), {});
  const best = await fmin({
    fn: (x) => x,
    space: hp.uniform('x', 0, 1),
    maxEvals: 25,
    rstate: 0,
    verbose: false,
  });
  t.true(best['x']! < 0.1);
});
