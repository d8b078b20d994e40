import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { AbortError, BusyError, InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  NotOptimizingError,
  type OptimizeOptions,
  RandomSampler,
  type Study,
  TPESampler,
  type Trial,
  TrialPruned,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

const study = (): Promise<Study> => createStudy({ sampler: new RandomSampler({ seed: 0 }) });
const square = (trial: Trial): number => trial.suggestFloat('x', -1, 1) ** 2;
const states = async (s: Study) => (await s.trials()).map(({ state }) => state);

test('runs as many trials as asked for, of synchronous and asynchronous objectives', async (t) => {
  const s = await study();
  await s.optimize(square, { nTrials: 3 });
  await s.optimize(async (trial) => square(trial), { nTrials: 2 });
  await s.optimize(square, { nTrials: 0 });
  t.deepEqual(await states(s), new Array(5).fill('complete'));
});

test('finds the minimum of a parabola better than chance', async (t) => {
  const s = await createStudy({ sampler: new TPESampler({ seed: 1 }) });
  await s.optimize(
    (trial) =>
      (trial.suggestFloat('x', -10, 10) - 2) ** 2 + trial.suggestFloat('y', 1e-3, 1, { log: true }),
    { nTrials: 60 },
  );
  t.true((await s.bestValue()) < 0.05);
});

test('the same seed gives the same study, another seed another', async (t) => {
  const run = async (seed: number, nJobs: number) => {
    const s = await createStudy({ sampler: new TPESampler({ seed }) });
    await s.optimize(square, { nTrials: 30, nJobs });
    return (await s.trials()).map(({ params }) => params['x']);
  };
  t.deepEqual(await run(3, 1), await run(3, 1));
  t.deepEqual(await run(3, 4), await run(3, 4));
  t.notDeepEqual(await run(3, 1), await run(4, 1));
});

test('a pruned trial goes on to the next', async (t) => {
  const s = await study();
  await s.optimize(
    async (trial) => {
      await trial.report(trial.number, 0);
      throw new TrialPruned();
    },
    { nTrials: 2 },
  );
  t.deepEqual(await states(s), ['pruned', 'pruned']);
  t.deepEqual((await s.trials())[1]!.values, [1]);
});

test('an error fails its trial and ends the optimization, unless it is caught', async (t) => {
  const s = await study();
  const objective = () => {
    throw new RangeError('boom');
  };
  await t.throwsAsync(s.optimize(objective, { nTrials: 3 }), { message: 'boom' });
  await s.optimize(objective, { nTrials: 2, catch: [TypeError, RangeError] });
  await s.optimize(objective, { nTrials: 1, catch: Error });
  await t.throwsAsync(s.optimize(objective, { nTrials: 3, catch: TypeError }), { message: 'boom' });
  t.deepEqual(await states(s), new Array(5).fill('fail'));
  await s.optimize(square, { nTrials: 1 });
  t.is((await states(s)).at(-1), 'complete');
});

test('even what is no error can be thrown', async (t) => {
  const s = await study();
  // biome-ignore lint/complexity/useArrowFunction: a plain function, as JavaScript writes it
  const promise = s.optimize(function () {
    throw 'text';
  });
  t.is(await promise.catch((error) => error), 'text');
  t.deepEqual(await states(s), ['fail']);
});

test.serial('a value that is NaN, or none, fails the trial, not the study', async (t) => {
  const s = await study();
  const results = [Number.NaN, undefined, 'x', [1, 2], 1] as number[];
  const messages = await warningsOf(() =>
    s.optimize((trial) => results[trial.number]!, { nTrials: 5 }),
  );
  t.deepEqual(await states(s), ['fail', 'fail', 'fail', 'fail', 'complete']);
  t.is(messages.length, 4);
});

test('callbacks see every trial that finished, in order', async (t) => {
  const s = await study();
  const seen: string[] = [];
  await s.optimize(
    (trial) => {
      if (trial.number === 1) throw new TrialPruned();
      if (trial.number === 2) throw new TypeError();
      return 1;
    },
    {
      nTrials: 4,
      catch: TypeError,
      callbacks: [
        async (of, trial) => {
          t.is(of, s);
          await setTimeout(1);
          seen.push(`a${trial.number}${trial.state}`);
        },
        (_, trial) => {
          seen.push(`b${trial.number}`);
        },
      ],
    },
  );
  t.deepEqual(seen, ['a0complete', 'b0', 'a1pruned', 'b1', 'a2fail', 'b2', 'a3complete', 'b3']);
});

test('an error in a callback ends the optimization; the trial stays as it is', async (t) => {
  const s = await study();
  const callback = () => {
    throw new Error('callback');
  };
  await t.throwsAsync(s.optimize(square, { nTrials: 3, callbacks: [callback] }), {
    message: 'callback',
  });
  t.deepEqual(await states(s), ['complete']);
});

test('stop ends after the trial, from the objective and from a callback', async (t) => {
  const s = await study();
  t.throws(() => s.stop(), { instanceOf: NotOptimizingError });
  await s.optimize((trial) => {
    if (trial.number === 1) s.stop();
    return 0;
  });
  t.is((await s.trials()).length, 2);
  await s.optimize(square, { callbacks: [(of) => of.stop()] });
  t.is((await s.trials()).length, 3);
  t.throws(() => s.stop(), { instanceOf: NotOptimizingError });
});

test('a timeout starts no more trials, even if the objective never waits', async (t) => {
  const s = await study();
  const begin = Date.now();
  await s.optimize(square, { timeout: 0.5 });
  t.true(Date.now() - begin < 5000);
  t.true((await s.trials()).length > 1);
  await s.optimize(square, { timeout: 0 });
  t.true((await states(s)).every((state) => state === 'complete'));
});

test('nJobs trials run at a time, each with a number of its own', async (t) => {
  const s = await createStudy({ sampler: new TPESampler({ seed: 0, nStartupTrials: 3 }) });
  let running = 0;
  let most = 0;
  await s.optimize(
    async (trial) => {
      running += 1;
      most = Math.max(most, running);
      const value = square(trial);
      await setTimeout(2);
      running -= 1;
      return value;
    },
    { nTrials: 13, nJobs: 4 },
  );
  t.is(most, 4);
  t.deepEqual(
    (await s.trials()).map(({ number, state }) => `${number}${state}`),
    Array.from({ length: 13 }, (_, i) => `${i}complete`),
  );
});

test('with nJobs an error waits for the trials that run, and no other starts', async (t) => {
  const s = await study();
  const objective = async (trial: Trial) => {
    await setTimeout(trial.number === 1 ? 1 : 20);
    if (trial.number === 1) throw new Error('one');
    return 1;
  };
  await t.throwsAsync(s.optimize(objective, { nTrials: 9, nJobs: 3 }), { message: 'one' });
  t.deepEqual(await states(s), ['complete', 'fail', 'complete']);
});

test('an abort marks the running trials failed and rejects, whatever the objective does', async (t) => {
  const s = await study();
  const controller = new AbortController();
  const reason = new Error('enough');
  const waiting: Promise<unknown>[] = [];
  const objective = async (trial: Trial) => {
    if (trial.number < 2) return 1;
    if (trial.number === 3) controller.abort(reason);
    waiting.push(setTimeout(20).then(() => t.throws(() => trial.suggestFloat('late', 0, 1))));
    await waiting.at(-1);
    return 1;
  };
  const error = await t.throwsAsync(
    s.optimize(objective, { nTrials: 9, nJobs: 2, signal: controller.signal }),
    { instanceOf: AbortError, code: 'ERR_ABORTED' },
  );
  t.is(error.cause, reason);
  t.deepEqual(await states(s), ['complete', 'complete', 'fail', 'fail']);
  await Promise.all(waiting);
  await s.optimize(square, { nTrials: 1 });
  t.is((await states(s)).at(-1), 'complete');
});

test('an abort interrupts objectives that never wait, and one before the start does nothing', async (t) => {
  const s = await study();
  await t.throwsAsync(s.optimize(square, { signal: AbortSignal.timeout(50) }), {
    instanceOf: AbortError,
  });
  t.true((await states(s)).every((state) => state !== 'running'));
  const before = (await s.trials()).length;
  await t.throwsAsync(s.optimize(square, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  t.is((await s.trials()).length, before);
});

test('an abort while a trial is asked for does not wait for its objective', async (t) => {
  const controller = new AbortController();
  const sampler = new RandomSampler();
  const aborting = Object.assign(sampler, { beforeTrial: async () => controller.abort() });
  const s = await createStudy({ sampler: aborting });
  const endless = () => new Promise<number>(() => {});
  await t.throwsAsync(s.optimize(endless, { signal: controller.signal }), {
    instanceOf: AbortError,
  });
  t.deepEqual(await states(s), ['fail']);
});

test('a trial that the sampler refuses to begin has failed', async (t) => {
  let refusals = 0;
  const refuse = async () => {
    refusals += 1;
    if (refusals % 3 === 0) throw new RangeError('no more');
  };
  const sampler = Object.assign(new RandomSampler(), { beforeTrial: refuse });
  const s = await createStudy({ sampler });
  await t.throwsAsync(
    s.optimize(() => 1, { nTrials: 3 }),
    { message: 'no more' },
  );
  await t.throwsAsync(s.askBatch(5), { message: 'no more' });
  t.deepEqual(await states(s), ['complete', 'complete', 'fail', 'fail', 'fail', 'fail']);
});

test('a study optimizes one objective at a time', async (t) => {
  const s = await study();
  const error = await t.throwsAsync(
    s.optimize(async () => {
      await s.optimize(square, { nTrials: 1 });
      return 1;
    }),
    { instanceOf: BusyError },
  );
  t.is(error.code, 'ERR_BUSY');
  t.deepEqual(await states(s), ['fail']);
});

test('an objective may tell its trial itself, if it fails then', async (t) => {
  const s = await study();
  const objective = async (trial: Trial) => {
    await s.tell(trial, 7);
    throw new Error('told');
  };
  await t.throwsAsync(s.optimize(objective), { message: 'told' });
  t.deepEqual(await states(s), ['complete']);
});

test('trialArray gives the objective several trials at once and takes an outcome of each', async (t) => {
  const s = await study();
  const sizes: number[] = [];
  const told: number[] = [];
  await s.optimize(
    async (trials) => {
      sizes.push(trials.length);
      const values = trials.map(square);
      return values.map((value, i) => {
        if (i === 1) return new TrialPruned();
        return i === 2 ? new RangeError('too far') : value;
      });
    },
    {
      nTrials: 7,
      trialArray: 3,
      catch: RangeError,
      callbacks: [(_, { number }) => void told.push(number)],
    },
  );
  t.deepEqual(sizes, [3, 3, 1]);
  t.deepEqual(told, [0, 1, 2, 3, 4, 5, 6]);
  const three = ['complete', 'pruned', 'fail'];
  t.deepEqual(await states(s), [...three, ...three, 'complete']);
});

test('an error of an objective for several trials fails all of them', async (t) => {
  const s = await study();
  const broken = () => Promise.reject(new Error('no memory'));
  await t.throwsAsync(s.optimize(broken, { nTrials: 2, trialArray: 2 }), { message: 'no memory' });
  t.deepEqual(await states(s), ['fail', 'fail']);
  const caught = { nTrials: 3, trialArray: 2, catch: Error };
  await s.optimize(broken, caught);
  t.is((await states(s)).length, 5);
  await t.throwsAsync(
    s.optimize(() => [1], { nTrials: 2, trialArray: 2 }),
    { instanceOf: InvalidArgumentError, message: /an array of 2 outcomes, one for each trial/ },
  );
  await t.throwsAsync(
    s.optimize(() => [1], { nTrials: 2, trialArray: 0 }),
    { message: /trialArray must be an integer from 1, not 0/ },
  );
});

test('several trials are told before a callback, a hole or an error of ask can lose them', async (t) => {
  const values = (trials: readonly Trial[]) => trials.map(square);
  const called = await study();
  const callbacks = [
    (_: unknown, { number }: { number: number }) => {
      if (number === 1) throw new Error('callback');
    },
  ];
  const options = { nTrials: 8, trialArray: 4 };
  await t.throwsAsync(called.optimize(values, { ...options, callbacks }), { message: 'callback' });
  t.deepEqual(await states(called), new Array(4).fill('complete'));

  const holed = await study();
  await warningsOf(() => holed.optimize(() => new Array(2), { nTrials: 2, trialArray: 2 }));
  t.deepEqual(await states(holed), ['fail', 'fail']);

  const broken = await study();
  let asked = 0;
  broken.sampler = {
    beforeTrial: () => {
      if (++asked === 3) throw new Error('ask');
    },
    sampleIndependent: () => 0,
  };
  await t.throwsAsync(broken.optimize(values, options), { message: 'ask' });
  t.deepEqual(await states(broken), ['fail', 'fail', 'fail']);
});

test('an error of one of several trials is thrown after the others have been told', async (t) => {
  const s = await study();
  const objective = () => [1, new Error('second'), 3];
  await t.throwsAsync(s.optimize(objective, { nTrials: 9, trialArray: 3 }), { message: 'second' });
  t.deepEqual(await states(s), ['complete', 'fail', 'complete']);
});

const refused: [string, OptimizeOptions, RegExp][] = [
  ['nTrials -1', { nTrials: -1 }, /nTrials must be an integer from 0, not -1/],
  ['nTrials 1.5', { nTrials: 1.5 }, /nTrials must be/],
  ['nTrials NaN', { nTrials: Number.NaN }, /nTrials must be/],
  ['timeout -1', { timeout: -1 }, /timeout must be seconds from 0/],
  ['timeout NaN', { timeout: Number.NaN }, /timeout must be/],
  ['nJobs 0', { nJobs: 0 }, /nJobs must be an integer in 1\.\.65536, or -1, not 0/],
  ['nJobs -2', { nJobs: -2 }, /nJobs must be/],
  ['catch', { catch: [Error, 'Error' as never] }, /catch must be error classes, not 'Error'/],
  ['no class', { catch: [undefined as never] }, /catch must be error classes, not undefined/],
  ['an arrow function', { catch: (() => 1) as never }, /catch must be error classes/],
  ['callbacks', { callbacks: [1 as never] }, /callbacks must be functions, not 1/],
  ['no callback', { callbacks: [undefined as never] }, /callbacks must be functions/],
  ['one callback', { callbacks: (() => {}) as never }, /callbacks must be an array/],
  ['endless jobs', { nJobs: 2 ** 40 }, /nJobs must be an integer in 1\.\.65536, or -1/],
  ['signal', { signal: {} as never }, /signal must be an AbortSignal/],
];

for (const [name, options, message] of refused) {
  test(`refuses ${name}`, async (t) => {
    const s = await study();
    await t.throwsAsync(s.optimize(square, { ...options }), {
      instanceOf: InvalidArgumentError,
      message,
    });
    t.deepEqual(await s.trials(), []);
  });
}

test('refuses an objective that is no function', async (t) => {
  const s = await study();
  await t.throwsAsync(s.optimize('x' as never), { message: /objective must be a function/ });
});

test.serial('the progress bar is a line a trial where there is no terminal', async (t) => {
  const s = await study();
  const { write } = process.stderr;
  const lines: string[] = [];
  process.stderr.write = ((text: string) => lines.push(text) > 0) as typeof write;
  try {
    await s.optimize((trial) => (trial.number === 1 ? Promise.reject(new TrialPruned()) : 0.5), {
      nTrials: 3,
      showProgressBar: true,
    });
  } finally {
    process.stderr.write = write;
  }
  t.deepEqual(lines, [
    '[1/3] trial 0: complete 0.5; best 0.5 (trial 0)\n',
    '[2/3] trial 1: pruned; best 0.5 (trial 0)\n',
    '[3/3] trial 2: complete 0.5; best 0.5 (trial 0)\n',
  ]);
});
