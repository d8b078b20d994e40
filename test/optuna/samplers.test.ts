// What every sampler must do.
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { contains, toInternal } from '../../src/optuna/distributions/distributions.js';
import {
  BruteForceSampler,
  categoricalDistribution,
  createStudy,
  createTrial,
  type Distribution,
  floatDistribution,
  GridSampler,
  intDistribution,
  type ParamValue,
  PartialFixedSampler,
  RandomSampler,
  type Sampler,
  type Study,
  TPESampler,
  type Trial,
} from '../../src/optuna/index.js';

const space: Record<string, Distribution> = {
  float: floatDistribution(-1, 3),
  tiny: floatDistribution(1, 1 + 1e-12),
  huge: floatDistribution(-1e300, 1e300),
  log: floatDistribution(1e-7, 1e5, { log: true }),
  stepped: floatDistribution(-0.3, 0.9, { step: 0.3 }),
  int: intDistribution(-3, 4),
  intStepped: intDistribution(1, 100, { step: 11 }),
  intLog: intDistribution(1, 1000, { log: true }),
  categorical: categoricalDistribution(['a', null, true, 0.5]),
  one: categoricalDistribution(['only']),
};

const gridValues: Record<string, ParamValue[]> = {
  float: [0, 1.5],
  tiny: [1],
  huge: [0],
  log: [1e-3, 1],
  stepped: [0.3],
  int: [-3, 4],
  intStepped: [12],
  intLog: [10, 100],
  categorical: ['a', null],
  one: ['only'],
};

const samplers: Record<string, (seed?: number) => Sampler> = {
  random: (seed) => new RandomSampler({ seed }),
  grid: (seed) => new GridSampler(gridValues, { seed }),
  'tpe v5': (seed) => new TPESampler({ seed, nStartupTrials: 4 }),
  'tpe v4': (seed) => new TPESampler({ seed, nStartupTrials: 4, version: 'v4' }),
  'tpe group': (seed) => new TPESampler({ seed, nStartupTrials: 4, group: true }),
  'tpe without start-up': (seed) => new TPESampler({ seed, nStartupTrials: 0, nEiCandidates: 1 }),
  'brute force': (seed) => new BruteForceSampler({ seed }),
  'partly fixed': (seed) =>
    new PartialFixedSampler({ int: 2, one: 'only' }, new TPESampler({ seed, nStartupTrials: 4 })),
};

const finite = ['stepped', 'int', 'intStepped', 'intLog', 'categorical', 'one'];

/** The parameters that the sampler can choose. */
function namesFor(sampler: string): string[] {
  return sampler === 'brute force' ? finite : Object.keys(space);
}

function suggestAll(trial: Trial, names: readonly string[]): number {
  let sum = 0;
  for (const name of names) {
    const value = trial.suggest(name, space[name]!);
    sum += typeof value === 'number' ? Math.tanh(value) : String(value).length;
  }
  return sum;
}

function checkParams(study: Awaited<ReturnType<Study['trials']>>): string[] {
  return study.flatMap(({ number, params }) =>
    Object.entries(params)
      .filter(([name, value]) => !contains(space[name]!, toInternal(space[name]!, value)))
      .map(([name, value]) => `trial ${number}: ${name} = ${value}`),
  );
}

const nTrials = 25;

for (const [name, make] of Object.entries(samplers)) {
  const names = namesFor(name);

  test(`${name}: values lie in their distributions`, async (t) => {
    const study = await createStudy({ sampler: make(1) });
    await study.optimize((trial) => suggestAll(trial, names), { nTrials });
    const trials = await study.trials();
    t.is(trials.length, nTrials);
    t.deepEqual(checkParams(trials), []);
    t.true(trials.every(({ params }) => Object.keys(params).length === names.length));
  });

  test(`${name}: the seed decides`, async (t) => {
    const run = async (seed?: number) => {
      const study = await createStudy({ sampler: make(seed) });
      await study.optimize((trial) => suggestAll(trial, names), { nTrials });
      return (await study.trials()).map(({ params }) => params);
    };
    t.deepEqual(await run(7), await run(7));
    t.notDeepEqual(await run(7), await run(8));
    if (name !== 'grid') t.notDeepEqual(await run(), await run());
  });

  test(`${name}: copes with NaN, infinite, pruned, failed and infeasible trials`, async (t) => {
    const study = await createStudy({ sampler: make(2), direction: 'maximize' });
    for (let i = 0; i < nTrials; i += 1) {
      const trial = await study.ask();
      const value = suggestAll(trial, names);
      if (i % 4 === 1) await trial.setConstraint('c', i - 10);
      if (i % 5 === 2) await trial.report(i % 2 === 0 ? Number.NaN : Infinity, i);
      const state = i % 5 === 2 ? 'pruned' : i % 5 === 3 ? 'fail' : undefined;
      const told = [value, Infinity, -Infinity][i % 3];
      await study.tell(trial, state ? undefined : told, { state });
    }
    t.deepEqual(checkParams(await study.trials()), []);
  });

  test(`${name}: parallel trials, finished out of order, some never`, async (t) => {
    const study = await createStudy({ sampler: make(4) });
    const running: Trial[] = [];
    for (let i = 0; i < nTrials; i += 1) {
      const trial = await study.ask();
      running.push(trial);
      suggestAll(trial, names);
      if (i % 3 === 2) await study.tell(running.splice((i * 7) % running.length, 1)[0]!, i % 5);
    }
    t.deepEqual(checkParams(await study.trials()), []);
  });

  test(`${name}: several objectives`, async (t) => {
    const study = await createStudy({
      sampler: make(5),
      directions: ['minimize', 'maximize', 'minimize'],
    });
    for (let i = 0; i < nTrials; i += 1) {
      const trial = await study.ask();
      const value = suggestAll(trial, names);
      await study.tell(trial, [value, i % 4 === 0 ? Infinity : -value, i % 3]);
    }
    t.deepEqual(checkParams(await study.trials()), []);
    t.true((await study.bestTrials()).length > 0);
  });

  test(`${name}: waiting trials come first and do not count`, async (t) => {
    const study = await createStudy({ sampler: make(7) });
    const enqueued = Object.fromEntries(names.map((one) => [one, gridValues[one]![0]!]));
    for (let i = 0; i < 3; i += 1) await study.enqueueTrial(enqueued);
    const first = await study.ask();
    suggestAll(first, names);
    t.deepEqual(first.params, enqueued);
    await study.tell(first, 0);
    await study.optimize((trial) => suggestAll(trial, names), { nTrials: 12 });
    const trials = await study.trials();
    t.is(trials.length, 13);
    t.deepEqual([trials[1]!.params, trials[2]!.params], [enqueued, enqueued]);
    t.deepEqual(checkParams(trials), []);
  });

  test(`${name}: trials added by others, before the first one is asked for`, async (t) => {
    const study = await createStudy({ sampler: make(8) });
    const params = Object.fromEntries(names.map((one) => [one, gridValues[one]![0]!]));
    const distributions = Object.fromEntries(names.map((one) => [one, space[one]!]));
    for (let i = 0; i < 12; i += 1) {
      await study.addTrial(createTrial({ values: i, params, distributions }));
    }
    await study.optimize((trial) => suggestAll(trial, names), { nTrials: 5 });
    const trials = await study.trials();
    t.is(trials.length, 17);
    t.deepEqual(checkParams(trials), []);
  });

  test(`${name}: one sampler can serve two studies`, async (t) => {
    const sampler = make(6);
    const [a, b] = [await createStudy({ sampler }), await createStudy({ sampler })];
    await a.optimize((trial) => suggestAll(trial, names), { nTrials: 8 });
    await b.optimize((trial) => suggestAll(trial, names.slice(0, 2)), { nTrials: 8 });
    await a.optimize((trial) => suggestAll(trial, names), { nTrials: 8 });
    t.deepEqual(checkParams([...(await a.trials()), ...(await b.trials())]), []);
  });
}

for (const [name, make] of Object.entries(samplers).filter(([name]) => name !== 'brute force')) {
  const names = namesFor(name);

  test(`${name}: conditional parameters in changing order`, async (t) => {
    const study = await createStudy({ sampler: make(3) });
    await study.optimize(
      (trial) => {
        const some = names.filter((_, i) => (trial.number >> (i % 3)) % 2 === 0);
        return suggestAll(trial, trial.number % 2 === 0 ? some.reverse() : some);
      },
      { nTrials },
    );
    t.deepEqual(checkParams(await study.trials()), []);
  });
}

for (const [name, make] of Object.entries(samplers).filter(([name]) => name !== 'grid')) {
  test(`${name}: any text is a name, and a single value needs no sampler`, async (t) => {
    const study = await createStudy({ sampler: make(10) });
    await study.optimize(
      (trial) => {
        const values = ['__proto__', 'constructor', '', 'é ü 😀', 'a\nb', 'x'.repeat(400)].map(
          (text) => trial.suggestFloat(text, 0, 1, { step: 0.25 }),
        );
        t.is(trial.suggestFloat('7', 3, 3), 3);
        t.is(trial.suggestCategorical('toString', [null]), null);
        t.is(Object.keys(trial.params).length, values.length + 2);
        return values.reduce((sum, value) => sum + value, 0);
      },
      { nTrials: 15 },
    );
    const trials = await study.trials();
    t.is(trials.length, 15);
    for (const { params } of trials) {
      t.true(
        Object.values(params).every((x) => [0, 0.25, 0.5, 0.75, 1, 3, null].includes(x as never)),
      );
    }
  });
}

const moving = ['grid', 'brute force'];
for (const [name, make] of Object.entries(samplers).filter(([name]) => !moving.includes(name))) {
  test(`${name}: ranges may move from trial to trial`, async (t) => {
    const study = await createStudy({ sampler: make(9) });
    for (let i = 0; i < nTrials; i += 1) {
      const trial = await study.ask();
      const low = i % 7 === 6 ? 1e9 : i;
      const x = trial.suggestFloat('x', low, low + 1);
      const n = trial.suggestInt('n', 1, 2 + (i % 5));
      t.true(Number.isFinite(x) && Number.isInteger(n));
      await study.tell(trial, x + n);
    }
  });
}

const refused: [string, () => unknown, RegExp][] = [
  ['a seed', () => new RandomSampler({ seed: -1 }), /seed must be an integer in 0\.\.4294967295/],
  ['a TPE seed', () => new TPESampler({ seed: 1.5 }), /seed must be .* 1\.5/],
  ['startup', () => new TPESampler({ nStartupTrials: -1 }), /nStartupTrials must be .* -1/],
  ['candidates', () => new TPESampler({ nEiCandidates: 0 }), /nEiCandidates must be .* 0/],
  ['NaN', () => new TPESampler({ nEiCandidates: Number.NaN }), /nEiCandidates must be .* NaN/],
  [
    'a switch',
    () => new TPESampler({ constantLiar: 1 as never }),
    /constantLiar must be a boolean/,
  ],
  ['a version', () => new TPESampler({ version: 'v3' as never }), /version must be one of v5, v4/],
  ['group', () => new TPESampler({ group: true, multivariate: false }), /multivariate must not/],
];

for (const [name, call, message] of refused) {
  test(`refuses ${name} out of range`, (t) => {
    t.throws(call, { instanceOf: InvalidArgumentError, message });
  });
}

test('a sampler of your own needs sampleIndependent alone', async (t) => {
  const study = await createStudy({ sampler: { sampleIndependent: () => 3 } });
  await study.optimize((trial) => trial.suggestInt('x', 1, 9), { nTrials: 2 });
  t.deepEqual(
    (await study.trials()).map(({ values }) => values),
    [[3], [3]],
  );
});

test('what is no sampler, no pruner or no choice of a sampler is refused by name', async (t) => {
  const study = await createStudy();
  const { sampler, pruner } = study;
  for (const wrong of [null, undefined, {}, 'TPE']) {
    t.throws(() => Object.assign(study, { sampler: wrong }), {
      message: /sampler must be a Sampler/,
    });
    t.throws(() => Object.assign(study, { pruner: wrong }), { message: /pruner must be a Pruner/ });
  }
  t.is(study.sampler, sampler);
  t.is(study.pruner, pruner);
  study.sampler = { sampleIndependent: () => 3, sampleRelative: () => ({ x: 3 }) as never };
  const trial = await study.ask();
  t.throws(() => trial.suggestInt('x', 1, 9), {
    instanceOf: InvalidArgumentError,
    message: /sampleRelative must be a Map/,
  });
});
