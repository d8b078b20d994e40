import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  type ArrayOptimizeOptions,
  createStudy,
  type FrozenTrial,
  GridSampler,
  HyperbandPruner,
  InMemoryStorage,
  loadStudy,
  MedianPruner,
  PatientPruner,
  type Pruner,
  RandomSampler,
  type Sampler,
  type Study,
  type StudyView,
  SuccessiveHalvingPruner,
  TPESampler,
  type TPESamplerOptions,
  type Trial,
  TrialPruned,
} from '../../src/optuna/index.js';

/** A TPE that starts anew, from the seed and its number, for every trial. */
const sampler = (options: TPESamplerOptions = {}): Sampler => ({
  forTrial: (number) => new TPESampler({ nStartupTrials: 4, ...options, seed: 5000 + number }),
  sampleIndependent: () => {
    throw new Error('only its samplers for trials are to be used');
  },
});

const pause = (longest = 4) => setTimeout(Math.random() * longest);

/** Conditional, with reports, pruning, attributes and an error that is caught. */
async function objective(trial: Trial): Promise<number> {
  const x = trial.suggestFloat('x', -5, 5);
  if (trial.number % 3 > 0) await pause();
  const kind = trial.suggestCategorical('kind', ['a', 'b']);
  if (trial.number % 11 === 7) throw new RangeError('one of them');
  let value = x * x;
  if (kind === 'a') {
    await pause();
    value += trial.suggestFloat('only a', 0.01, 1, { log: true });
  } else {
    value += trial.suggestInt('only b', 1, 9, { step: 2 });
  }
  for (let step = 0; step < 3; step += 1) {
    await trial.report(value + 5 / (step + 1), step);
    await pause(2);
    if (await trial.shouldPrune()) throw new TrialPruned();
  }
  await trial.setUserAttr('late', trial.suggestFloat('late', 0, 1));
  return trial.number % 13 === 5 ? Infinity : value;
}

const what = async (study: Study) =>
  (await study.trials()).map(
    ({ datetimeStart: _, datetimeComplete: __, id: ___, ...rest }) => rest,
  );

const pruner = () => new MedianPruner({ nStartupTrials: 3 });

/** Runs the same study several times; all must be equal. */
async function same(
  t: { deepEqual(a: unknown, b: unknown): unknown },
  run: () => Promise<unknown>,
  times = 4,
): Promise<unknown> {
  const runs = await Promise.all(Array.from({ length: times }, run));
  for (const other of runs.slice(1)) t.deepEqual(other, runs[0]);
  return runs[0];
}

for (const options of [{}, { group: true }, { version: 'v4' }] as const) {
  test(`several jobs give one study, whatever the timing: ${JSON.stringify(options)}`, async (t) => {
    const study = await same(t, async () => {
      const s = await createStudy({ sampler: sampler(options), pruner: pruner() });
      await s.optimize(objective, {
        nTrials: 30,
        nJobs: 4,
        deterministic: true,
        catch: RangeError,
      });
      return what(s);
    });
    const states = new Set((study as FrozenTrial[]).map(({ state }) => state));
    t.deepEqual([...states].sort(), ['complete', 'fail', 'pruned']);
  });
}

for (const Own of [RandomSampler, TPESampler].filter((one) => 'forTrial' in one.prototype)) {
  test(`${Own.name} draws by its seed and the trial's number`, async (t) => {
    const run = async (seed: number) => {
      const s = await createStudy({ sampler: new Own({ seed }), pruner: pruner() });
      const options = { nTrials: 25, nJobs: 3, deterministic: true, catch: RangeError };
      await s.optimize(objective, options);
      return what(s);
    };
    t.notDeepEqual(await same(t, () => run(1)), await run(2));
  });
}

test('several jobs really run, and as many as there are', async (t) => {
  const s = await createStudy({ sampler: sampler() });
  let running = 0;
  let most = 0;
  let allRun: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    allRun = resolve;
  });
  const options = { nTrials: 12, nJobs: 3, deterministic: true };
  await s.optimize(async (trial) => {
    running += 1;
    most = Math.max(most, running);
    if (running === 3) allRun();
    // Nothing would go on if they ran one after the other.
    await all;
    await pause();
    running -= 1;
    return trial.suggestFloat('x', 0, 1);
  }, options);
  t.is(most, 3);
  t.deepEqual(
    (await s.trials()).map(({ state }) => state),
    new Array(12).fill('complete'),
  );
});

/** Notes for every trial what its sampler sees of the others at every call. */
class Watching implements Sampler {
  readonly seen = new Map<number, Set<string>>();

  forTrial(number: number): Sampler {
    const seen = new Set<string>();
    this.seen.set(number, seen);
    const look = (study: StudyView, trial: FrozenTrial) => {
      if (study.trial(trial.id) !== trial || study.trials()[number] !== trial)
        seen.add('not itself');
      const others = study.trials().filter((other) => other.number !== number);
      seen.add(
        others
          .map((other) => {
            const details = [other.params, other.intermediateValues.size, other.userAttrs];
            return `${other.number} ${other.state} ${JSON.stringify([...details, other.systemAttrs])}`;
          })
          .join('; '),
      );
    };
    return {
      beforeTrial: look,
      inferRelativeSearchSpace: (study, trial) => {
        study.setTrialSystemAttr(trial.id, 'drawn', number);
        look(study, trial);
        return new Map();
      },
      sampleIndependent: (study, trial) => {
        look(study, trial);
        return number;
      },
      afterTrial: look,
    };
  }

  sampleIndependent(): never {
    throw new Error('only its samplers for trials are to be used');
  }
}

test('a trial sees the results up to k - nJobs, and those after as they were asked for', async (t) => {
  const watching = new Watching();
  const s = await createStudy({ sampler: watching });
  await s.optimize(
    async (trial) => {
      trial.suggestFloat('x', 0, 99);
      await pause(trial.number === 1 ? 40 : 2);
      await trial.report(1, 0);
      await trial.setUserAttr('a', 1);
      await pause();
      return trial.suggestFloat('y', 0, 99);
    },
    { nTrials: 8, nJobs: 3, deterministic: true },
  );
  for (const [number, seen] of watching.seen) {
    const others = Array.from({ length: number }, (_, other) =>
      other <= number - 3
        ? `${other} complete [{"x":${other},"y":${other}},1,{"a":1},{"drawn":${other}}]`
        : `${other} running [{},0,{},{"drawn":${other}}]`,
    );
    t.deepEqual([...seen], [others.join('; ')]);
  }
  t.is(watching.seen.size, 8);
});

test('callbacks run in the order of numbers, and what they do and see is the same every time', async (t) => {
  const numbers = await same(t, async () => {
    const s = await createStudy({ sampler: sampler() });
    const seen: unknown[] = [];
    await s.optimize(objective, {
      nTrials: 20,
      nJobs: 4,
      deterministic: true,
      catch: Error,
      callbacks: [
        async (_, { number }) => {
          const best = await s.bestValue().catch(() => undefined);
          const complete = (await s.trials({ states: ['complete'] })).length;
          seen.push([number, best, complete]);
          await pause();
          if (number % 5 === 0) await s.enqueueTrial({ x: number / 10 });
        },
      ],
    });
    seen.push(await what(s));
    return seen;
  });
  t.deepEqual(
    (numbers as [number][]).slice(0, 20).map(([number]) => number),
    Array.from({ length: 20 }, (_, i) => i),
  );
});

const remembering: (() => Pruner)[] = [
  () => new SuccessiveHalvingPruner({ reductionFactor: 2 }),
  () => new HyperbandPruner({ reductionFactor: 2 }),
  () => new HyperbandPruner({ maxResource: 4, reductionFactor: 2, samplerView: 'bracket' }),
  () => new PatientPruner(new SuccessiveHalvingPruner({ reductionFactor: 2 }), 0),
];

for (const [i, make] of remembering.entries()) {
  test(`what a pruner has found out depends on no timing: ${make().constructor.name} ${i}`, async (t) => {
    await same(t, async () => {
      const s = await createStudy({ sampler: sampler(), pruner: make(), studyName: 'named' });
      const options = { nTrials: 30, nJobs: 4, deterministic: true, catch: RangeError };
      await s.optimize(objective, options);
      return what(s);
    });
  });
}

test('a trial that runs does not look at the whole study for what is known', async (t) => {
  const tpe = new TPESampler({ seed: 0, version: 'v4', nStartupTrials: 4 });
  const looks: number[] = [];
  const one: Sampler = {
    forTrial: (number) => {
      const own = tpe.forTrial(number);
      return {
        beforeTrial: (view, trial) => own.beforeTrial(view, trial),
        sampleIndependent: (view, trial, name, distribution) => {
          let calls = 0;
          const counting = new Proxy(view, {
            get: (target, key) => {
              if (key === 'trials') calls += 1;
              const value = Reflect.get(target, key);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
          const drawn = own.sampleIndependent(counting, trial, name, distribution);
          if (number >= 20) looks.push(calls);
          return drawn;
        },
      };
    },
    sampleIndependent: () => 0,
  };
  const s = await createStudy({ sampler: one });
  await s.optimize(
    (trial) => {
      const x = trial.suggestFloat('x', 0, 1);
      return trial.number % 3 === 0 ? x + trial.suggestFloat('y', 0, 1) : x;
    },
    { nTrials: 40, nJobs: 2, deterministic: true },
  );
  t.is(looks.length, 27);
  // Once whether enough trials have finished.
  t.true(Math.max(...looks) <= 1);
});

test('what a pruner remembers is that of one trial', async (t) => {
  /** Decides by the first study that it sees with complete trials. */
  class Remembering {
    #nComplete: number | undefined;

    forTrial() {
      return new Remembering();
    }

    prune(study: StudyView, trial: FrozenTrial) {
      const { length } = study.trials({ states: ['complete'] });
      if (length > 0) this.#nComplete ??= length;
      return trial.number % 2 === 1 && (this.#nComplete ?? 0) % 3 === 1;
    }
  }
  const study = await same(t, async () => {
    const s = await createStudy({ sampler: sampler(), pruner: new Remembering() });
    const options = { nTrials: 25, nJobs: 4, deterministic: true, catch: RangeError };
    await s.optimize(objective, options);
    return what(s);
  });
  t.true((study as FrozenTrial[]).some(({ state }) => state === 'pruned'));
});

test('no trial starts nJobs after a stop, in a callback or in an objective', async (t) => {
  const stopping = (inCallback: boolean) => async () => {
    const s = await createStudy({ sampler: sampler() });
    await s.optimize(
      async (trial) => {
        if (!inCallback && trial.number === 5) s.stop();
        await pause(trial.number === 4 ? 20 : 3);
        return trial.suggestFloat('x', 0, 1);
      },
      {
        nJobs: 3,
        deterministic: true,
        callbacks: [(study, { number }) => (inCallback && number === 5 ? study.stop() : undefined)],
      },
    );
    return what(s);
  };
  for (const inCallback of [true, false]) {
    t.is(((await same(t, stopping(inCallback))) as unknown[]).length, 8);
  }
});

test('an error ends the study at the same trial every time, and the first one is thrown', async (t) => {
  const study = await same(t, async () => {
    const s = await createStudy({ sampler: sampler() });
    const failing = async (trial: Trial) => {
      const x = trial.suggestFloat('x', 0, 1);
      await pause(trial.number === 3 ? 30 : 2);
      if (trial.number === 3 || trial.number === 5) throw new Error(`trial ${trial.number}`);
      return x;
    };
    await t.throwsAsync(s.optimize(failing, { nTrials: 50, nJobs: 4, deterministic: true }), {
      message: 'trial 3',
    });
    return what(s);
  });
  t.deepEqual(
    (study as FrozenTrial[]).map(({ state }) => state),
    ['complete', 'complete', 'complete', 'fail', 'complete', 'fail', 'complete'],
  );
});

test('an error of the sampler fails its trial', async (t) => {
  const broken: Sampler = {
    forTrial: (number) => ({
      inferRelativeSearchSpace: () => {
        if (number === 2) throw new Error('no space');
        return new Map();
      },
      sampleIndependent: () => 0.5,
    }),
    sampleIndependent: () => 0.5,
  };
  const s = await createStudy({ sampler: broken });
  await t.throwsAsync(
    s.optimize((trial) => trial.suggestFloat('x', 0, 1), {
      nTrials: 9,
      nJobs: 2,
      deterministic: true,
    }),
    { message: 'no space' },
  );
  t.deepEqual(
    (await s.trials()).map(({ state }) => state),
    ['complete', 'complete', 'fail'],
  );
});

test('a study goes on from its history, with trials that wait and others that run', async (t) => {
  await same(t, async () => {
    const storage = new InMemoryStorage();
    const first = await createStudy({ storage, sampler: new RandomSampler({ seed: 1 }) });
    await first.optimize((trial) => trial.suggestFloat('x', -5, 5) ** 2, { nTrials: 6 });
    (await first.ask()).suggestFloat('x', -5, 5);
    const s = await loadStudy({ storage, sampler: sampler(), pruner: pruner() });
    await s.enqueueTrial({ x: 0.25, kind: 'b' });
    await s.enqueueTrial({ x: 1, kind: 'a', 'only a': 0.5, late: 0.75 });
    const options = { nTrials: 12, nJobs: 3, deterministic: true, catch: Error };
    await s.optimize(objective, options);
    await s.optimize(objective, options);
    const trials = await what(s);
    t.is(trials.length, 31);
    t.like(trials[7], { params: { x: 0.25, kind: 'b' } });
    return trials;
  });
});

test('arrays of trials are asked for together, and are the same every time', async (t) => {
  await same(t, async () => {
    const s = await createStudy({ sampler: sampler() });
    const options: ArrayOptimizeOptions = {
      nTrials: 17,
      trialArray: 3,
      nJobs: 2,
      deterministic: true,
    };
    await s.optimize(
      (trials) =>
        Promise.all(
          trials.map(async (trial) => {
            await pause();
            return trial.suggestFloat('x', 0, 1) + trial.suggestFloat('y', 0, 1);
          }),
        ),
      options,
    );
    return what(s);
  });
});

test('a single job draws from the stream of the sampler itself', async (t) => {
  const xs = async (deterministic: boolean) => {
    const s = await createStudy({ sampler: new TPESampler({ seed: 3 }) });
    await s.optimize((trial) => trial.suggestFloat('x', -1, 1) ** 2, {
      nTrials: 15,
      deterministic,
    });
    return (await s.trials()).map(({ params }) => params['x']);
  };
  t.deepEqual(await xs(true), await xs(false));
});

test('an abort fails the trials that run', async (t) => {
  const s = await createStudy({ sampler: sampler() });
  const controller = new AbortController();
  const { signal } = controller;
  const aborting = async (trial: Trial) => {
    if (trial.number === 4) controller.abort();
    await setTimeout(trial.number < 2 ? 1 : 10_000, undefined, { ref: false });
    return 1;
  };
  await t.throwsAsync(s.optimize(aborting, { nJobs: 3, deterministic: true, signal }), {
    name: 'AbortError',
  });
  t.deepEqual(
    (await s.trials()).map(({ state }) => state),
    ['complete', 'complete', 'fail', 'fail', 'fail'],
  );
});

const refused: [string, object, Sampler, RegExp][] = [
  [
    'a sampler whose numbers cannot belong to trials',
    { nJobs: 2 },
    new GridSampler({ x: [1, 2] }),
    /the sampler must be one that has forTrial.* not GridSampler/,
  ],
  ['as many jobs as there are cores', { nJobs: -1 }, sampler(), /nJobs must be .* not -1/],
  ['what is no boolean', { deterministic: 1 }, sampler(), /deterministic must be a boolean, not 1/],
];

for (const [name, options, refusedSampler, message] of refused) {
  test(`refuses ${name}`, async (t) => {
    const s = await createStudy({ sampler: refusedSampler });
    await t.throwsAsync(
      s.optimize(() => 1, { nTrials: 2, deterministic: true, ...options }),
      {
        instanceOf: InvalidArgumentError,
        message,
      },
    );
    t.deepEqual(await s.trials(), []);
  });
}
