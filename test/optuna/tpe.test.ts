import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { RandomState } from '../../src/numpy/random-state.js';
import {
  categoricalDistribution,
  createStudy,
  type Direction,
  type Distribution,
  floatDistribution,
  InMemoryStorage,
  intDistribution,
  RDBStorage,
  TPESampler,
  type TPESamplerOptions,
} from '../../src/optuna/index.js';
import { drawAhead } from '../../src/optuna/samplers/tpe/draws-ahead.js';
import { ParzenEstimator } from '../../src/optuna/samplers/tpe/parzen-estimator.js';
import { type Keyed, Ranking } from '../../src/optuna/samplers/tpe/ranking.js';
import { TrialHistory } from '../../src/optuna/samplers/tpe/trial-history.js';
import { forgettingWeights } from '../../src/optuna/samplers/tpe/weights.js';
import { createTrial, type FrozenTrial } from '../../src/optuna/trial/frozen-trial.js';
import { splitTrials } from '../helpers/slow-split.js';

test('repeats the published first suggestions of Optuna 5.0', async (t) => {
  const run = async (sampler: TPESampler) => {
    const study = await createStudy({ sampler });
    await study.optimize(
      (trial) =>
        (trial.suggestFloat('x', -10, 10) - 2) ** 2 +
        trial.suggestFloat('y', 1e-3, 1, { log: true }),
      { nTrials: 15 },
    );
    return (await study.trials()).map(
      ({ params }) => [params['x'], params['y']] as [number, number],
    );
  };
  const close = ([x, y]: [number, number], expected: [number, number]) => {
    t.true(Math.abs(x - expected[0]) <= 1e-9 * Math.abs(expected[0]), `${x}, not ${expected[0]}`);
    t.true(Math.abs(y - expected[1]) <= 1e-9 * Math.abs(expected[1]), `${y}, not ${expected[1]}`);
  };
  const joint = await run(new TPESampler({ seed: 42 }));
  close(joint[0]!, [-2.50919762305275, 0.711447600934342]);
  close(joint[10]!, [3.476194616289888, 0.9162902842818924]);
  close(joint[14]!, [2.2383273389035163, 0.15549048474649668]);
  const independent = await run(new TPESampler({ seed: 42, multivariate: false }));
  close(independent[10]!, [2.2306738340492207, 0.001042297146664846]);
  close(independent[11]!, [1.8526591593630604, 0.0010894806019879513]);
});

test('repeats Optuna 5.0 where the prior has no weight and kernels no least width', async (t) => {
  const expected: [number, number[]][] = [
    [
      19,
      [
        1.0541600422869197, 1.3360158783892984, 2.5609329433394366, -1.8074439229427912,
        2.8151475684322227, -1.9566836979023114, -1.271057134047712, -0.25565548560988116,
      ],
    ],
    [
      21,
      [
        2.537924596341841, 2.7033129325639917, 0.48140656548735716, -1.7633935073056626,
        0.524641846627485, 0.41629780193330373, 0.5714237406325802, -0.011009965977049285,
      ],
    ],
    [
      24,
      [
        2.8404297537794534, 2.8800571249226294, 0.48935674407088037, -1.3868293625598929,
        0.41232218103798274, 0.900143206182843, -1.9542368916367576, 0.3519460480120435,
      ],
    ],
  ];
  for (const [seed, values] of expected) {
    const options = { nStartupTrials: 0, multivariate: false, priorWeight: 0 };
    const sampler = new TPESampler({ seed, ...options, considerMagicClip: false });
    const study = await createStudy({ sampler });
    await study.optimize((trial) => Math.sin(trial.suggestFloat('f', -2, 3) * 9), { nTrials: 8 });
    for (const [i, { params }] of (await study.trials()).entries()) {
      const x = params['f'] as number;
      t.true(Math.abs(x - values[i]!) <= 1e-9 * Math.abs(values[i]!), `${x}, not ${values[i]}`);
    }
  }
});

test('what is chosen jointly is noted, so that parallel trials know of it', async (t) => {
  const study = await createStudy({ sampler: new TPESampler({ seed: 0, nStartupTrials: 1 }) });
  const names = Array.from({ length: 120 }, (_, i) => `parameter-with-a-long-name-${i}`);
  const suggest = (trial: Awaited<ReturnType<typeof study.ask>>, n: number) =>
    names.slice(0, n).map((name) => trial.suggestFloat(name, 0, 1));
  const first = await study.ask();
  suggest(first, names.length);
  await study.tell(first, 1);
  const second = await study.ask();
  const values = suggest(second, 1);
  const pieces = Object.keys(second.systemAttrs).map((key) => second.systemAttrs[key] as string);
  t.true(pieces.length > 1 && pieces.every((piece) => piece.length <= 2045));
  const noted = JSON.parse(pieces.join('')) as Record<string, number>;
  t.deepEqual(Object.keys(noted).length, names.length);
  t.is(noted[names[0]!], values[0]!);
});

test('weights forget: ones for 25, a ramp for older ones', (t) => {
  t.deepEqual([...forgettingWeights(3)], [1, 1, 1]);
  t.deepEqual([...forgettingWeights(25)], new Array(25).fill(1));
  t.deepEqual([...forgettingWeights(26)], [1 / 26, ...new Array(25).fill(1)]);
  t.deepEqual([...forgettingWeights(28)].slice(0, 4), [1 / 28, (1 - 1 / 28) / 2 + 1 / 28, 1, 1]);
});

test('an estimator integrates to 1 over its space', (t) => {
  const space = new Map<string, Distribution>([
    ['c', categoricalDistribution(['a', 'b', 'd'])],
    ['n', intDistribution(1, 9, { step: 4 })],
    ['l', intDistribution(1, 6, { log: true })],
  ]);
  const observations = new Map([
    ['c', Float64Array.of(0, 0, 2)],
    ['n', Float64Array.of(1, 5, 5)],
    ['l', Float64Array.of(6, 2, 2)],
  ]);
  for (const n of [0, 3]) {
    const seen = new Map([...observations].map(([name, values]) => [name, values.subarray(0, n)]));
    const estimator = new ParzenEstimator(space, seen, n);
    const points: number[][] = [];
    for (const c of [0, 1, 2])
      for (const x of [1, 5, 9]) for (const l of [1, 2, 3, 4, 5, 6]) points.push([c, x, l]);
    const columns = new Map(
      ['c', 'n', 'l'].map((name, i) => [name, Float64Array.from(points, (point) => point[i]!)]),
    );
    const total = estimator.logPdf(columns).reduce((sum, value) => sum + Math.exp(value), 0);
    t.true(Math.abs(total - 1) < 1e-12, `${n}: ${total}`);
  }
});

function trial(number: number, options: Parameters<typeof createTrial>[0]): FrozenTrial {
  return { ...createTrial(options), id: number, number };
}

function below(trials: FrozenTrial[], directions: Direction[], n: number): number[] {
  const split = splitTrials(trials, directions, n);
  const numbers = [...split.below, ...split.above].map(({ number }) => number);
  if (numbers.length !== trials.length) throw new Error('a trial was lost');
  return split.below.map(({ number }) => number);
}

test('the good trials are complete before pruned before infeasible; running ones never', (t) => {
  const bad = { 'constraints:c': 2, 'constraints:d': -9 };
  const trials = [
    trial(0, { values: -50, systemAttrs: { 'constraints:c': 0.5 } }),
    trial(1, { state: 'pruned', intermediateValues: [[3, 9]] }),
    trial(2, { state: 'running' }),
    trial(3, { values: 7 }),
    trial(4, { state: 'pruned' }),
    trial(5, {
      state: 'pruned',
      intermediateValues: [
        [3, 8],
        [1, 0],
      ],
    }),
    trial(6, { values: 7 }),
    trial(7, { values: -60, systemAttrs: bad }),
    trial(8, { values: Infinity }),
    trial(9, { state: 'pruned', intermediateValues: [[3, Number.NaN]] }),
    trial(10, { values: -70, systemAttrs: { constraints: [1, 0] } }),
    trial(11, { state: 'pruned', intermediateValues: [[4, 99]] }),
  ];
  const order = [3, 6, 8, 11, 5, 1, 9, 4, 0, 10, 7];
  for (let n = 0; n <= 12; n += 1) {
    t.deepEqual(
      below(trials, ['minimize'], n),
      order.slice(0, n).sort((a, b) => a - b),
    );
  }
  t.deepEqual(below(trials, ['maximize'], 5), [1, 3, 6, 8, 11]);
});

test('with several objectives whole ranks are good, and of the next the widest spread', (t) => {
  const values = [
    [0, 9],
    [1, 8.9],
    [5, 5],
    [9, 0],
    [9, 9],
    [5, 5],
    [10, 10],
  ];
  const trials = values.map((row, number) => trial(number, { values: row }));
  t.deepEqual(below(trials, ['minimize', 'minimize'], 5), [0, 1, 2, 3, 5]);
  t.deepEqual(below(trials, ['minimize', 'minimize'], 1), [2]);
  t.deepEqual(below(trials, ['maximize', 'maximize'], 2), [4, 6]);
});

test('a parameter seen in no good trial is drawn from the prior', async (t) => {
  const study = await createStudy({ sampler: new TPESampler({ seed: 0, nStartupTrials: 2 }) });
  for (let i = 0; i < 12; i += 1) await study.tell(await study.ask(), i);
  const x = (await study.ask({ x: floatDistribution(0, 1) })).params['x'] as number;
  t.true(x >= 0 && x <= 1);
});

test.serial(
  'draws on a thread before the trial give the study that draws in suggest give',
  async (t) => {
    const run = async (from: number, { directions, inDatabase, ...options }: DrawCase) => {
      const before = drawAhead.from;
      drawAhead.from = from;
      try {
        const sampler = new TPESampler({ seed: 5, ...options });
        const storage = inDatabase ? new RDBStorage('sqlite:///:memory:') : new InMemoryStorage();
        const study = await createStudy({
          sampler,
          storage,
          directions: directions ?? ['minimize'],
        });
        await study.enqueueTrial({ x: 0.25, k: 'b' });
        for (let i = 0; i < 60; i += 1) {
          if (i % 9 === 4) await study.enqueueTrial({ x: 0.5 });
          const trial = await study.ask();
          // A trial that suggests nothing leaves the stream alone.
          if (i % 11 === 10) {
            await study.tell(trial, directions ? [100, 100] : 100);
            continue;
          }
          // Now and then in another order, or within another range, than the trial before.
          const y = i % 7 === 3 ? trial.suggestInt('y', 0, 9) : 0;
          const x = trial.suggestFloat('x', -1, i % 13 === 5 ? 2 : 1);
          // The database's trials take the place of those that have not finished.
          if (i % 3 === 0) await study.trials();
          const k = trial.suggestCategorical('k', ['a', 'b', 'c']);
          const z = k === 'b' ? trial.suggestFloat('z', 0.1, 1, { log: true }) : 1;
          const loss = x ** 2 + y + z + Number(k === 'a') + trial.suggestInt('y', 0, 9);
          await study.tell(trial, directions ? [loss, -x] : loss);
        }
        const trials = await study.trials();
        await study.close();
        return trials.map(({ params, systemAttrs }) => [params, systemAttrs]);
      } finally {
        drawAhead.from = before;
      }
    };
    for (const options of drawCases)
      t.deepEqual(await run(0, options), await run(Infinity, options));
  },
);

test.serial('without draws ahead a trial that is left draws nothing', async (t) => {
  const before = drawAhead.from;
  drawAhead.from = 0;
  try {
    const run = async (leaves: boolean) => {
      const sampler = new TPESampler({ seed: 5, drawAhead: false });
      const study = await createStudy({ sampler });
      const values: number[] = [];
      for (let i = 0; i < 30; i += 1) {
        if (leaves && i % 7 === 3) await study.ask();
        const trial = await study.ask();
        const x = trial.suggestFloat('x', -1, 1);
        values.push(x);
        await study.tell(trial, x ** 2);
      }
      return values;
    };
    // Running trials without parameters do not count.
    t.deepEqual(await run(true), await run(false));
  } finally {
    drawAhead.from = before;
  }
});

type DrawCase = TPESamplerOptions & { directions?: Direction[]; inDatabase?: boolean };
const drawCases: DrawCase[] = [
  {},
  { group: true },
  { constantLiar: false },
  { version: 'v4' },
  { version: 'v4', constantLiar: true },
  { version: 'v4', inDatabase: true },
  { group: true, inDatabase: true },
  { directions: ['minimize', 'maximize'] },
  { directions: ['minimize', 'maximize'], multivariate: true },
];

test('a study that others have filled is looked at a part at a time', async (t) => {
  for (const options of drawCases.filter(({ inDatabase }) => !inDatabase)) {
    const { directions = ['minimize'], inDatabase, ...samplerOptions } = options;
    const study = await createStudy({
      sampler: new TPESampler({ seed: 0, ...samplerOptions }),
      directions,
    });
    const distributions = { x: floatDistribution(0, 1), n: intDistribution(1, 9) };
    await study.addTrials(
      Array.from({ length: 5000 }, (_, i) =>
        createTrial({
          params: { x: (i * 0.618) % 1, n: 1 + (i % 9) },
          distributions,
          values: directions.map((_, k) => Math.sin(i + 9 * k)),
        }),
      ),
    );
    let turns = 0;
    const count = () => {
      turns += 1;
      clock = setImmediate(count);
    };
    let clock = setImmediate(count);
    const trial = await study.ask();
    clearImmediate(clock);
    t.true(turns >= 10, `${turns} turns with ${JSON.stringify(options)}`);
    for (const [name, distribution] of Object.entries(distributions)) {
      trial.suggest(name, distribution);
    }
  }
});

test('a ranking gives the best, however many are asked for and in whatever order they come', (t) => {
  const rng = new RandomState(3);
  for (let round = 0; round < 20; round += 1) {
    const ranking = new Ranking<Keyed>();
    const all: Keyed[] = [];
    for (let i = 0; i < 400; i += 1) {
      const item: Keyed = { number: (i * 171) % 400, key: [rng.integer(9), rng.integer(1) / 2] };
      all.push(item);
      ranking.add(item);
      if (rng.integer(3) > 0) continue;
      const n = rng.integer(round % 2 === 0 ? 30 : all.length);
      const sorted = [...all].sort(
        (a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.number - b.number,
      );
      t.deepEqual(ranking.best(n), sorted.slice(0, n));
      t.is(ranking.size, all.length);
    }
    t.deepEqual(ranking.best(-1), []);
  }
});

test('a batch is drawn at once, spreads, and starts with the trials that wait', async (t) => {
  for (const version of ['v5', 'v4'] as const) {
    const sampler = new TPESampler({ seed: 0, version, multivariate: true });
    const study = await createStudy({ sampler });
    await study.optimize((trial) => trial.suggestFloat('x', -1, 1) ** 2, { nTrials: 30 });
    await study.enqueueTrial({ x: 0.75 });
    const trials = await study.askBatch(5);
    t.deepEqual(
      trials.map(({ number }) => number),
      [30, 31, 32, 33, 34],
    );
    for (const { systemAttrs } of trials.slice(1)) t.true('tpe:relative_params:0' in systemAttrs);
    const xs = trials.map((trial) => trial.suggestFloat('x', -1, 1));
    t.is(xs[0], 0.75);
    t.is(new Set(xs).size, 5);
  }
  const study = await createStudy({ sampler: new TPESampler({ seed: 0 }) });
  for (const size of [0, 1.5, Number.NaN]) {
    await t.throwsAsync(study.askBatch(size), { message: /size must be an integer from 1/ });
  }
});

test("a sampler for a trial depends on the seed and the trial's number alone", async (t) => {
  const first = async (sampler: TPESampler) => {
    const study = await createStudy({ sampler });
    return (await study.ask({ x: floatDistribution(0, 1) })).params['x'];
  };
  const sampler = new TPESampler({ seed: 4 });
  const x = await first(sampler.forTrial(7));
  await first(sampler);
  t.is(await first(sampler.forTrial(7)), x);
  t.is(await first(new TPESampler({ seed: 4 }).forTrial(7)), x);
  t.not(await first(sampler.forTrial(8)), x);
  t.not(await first(new TPESampler({ seed: 5 }).forTrial(7)), x);
  const unseeded = new TPESampler();
  t.is(await first(unseeded.forTrial(0)), await first(unseeded.forTrial(0)));
});

test('constraints of a function are noted before the trial ends, and null if it throws', async (t) => {
  const sampler = new TPESampler({
    constraintsFunc: ({ params }) => {
      if ((params['x'] as number) > 2) throw new Error('too large');
      return (params['x'] as number) > 1 ? [Number.NaN] : [(params['x'] as number) - 0.5, -1];
    },
  });
  const study = await createStudy({ sampler });
  const run = async (x: number) => {
    await study.enqueueTrial({ x });
    return study.tell(await study.ask({ x: floatDistribution(0, 9) }), 0);
  };
  t.deepEqual((await run(0.75)).systemAttrs['constraints'], [0.25, -1]);
  await t.throwsAsync(run(1.5), { message: /numbers that are not NaN/ });
  await t.throwsAsync(run(3), { message: 'too large' });
  t.is((await study.trials())[2]!.systemAttrs['constraints'], null);
});

test('options that cannot be are refused by name', async (t) => {
  const refused = (options: object, message: RegExp) =>
    t.throws(() => new TPESampler(options), { instanceOf: InvalidArgumentError, message });
  refused({ priorWeight: -1 }, /priorWeight must be a finite number from 0/);
  refused({ gamma: 3 }, /gamma must be a function/);
  refused({ weights: [] }, /weights must be a function/);
  refused({ considerEndpoints: 1 }, /considerEndpoints must be a boolean/);
  refused({ nEiCandidates: 0 }, /nEiCandidates/);
  t.notThrows(() => new TPESampler(TPESampler.hyperoptParameters()));
  const study = async (options: TPESamplerOptions) => {
    const s = await createStudy({ sampler: new TPESampler({ nStartupTrials: 2, ...options }) });
    for (let i = 0; i < 3; i += 1) await s.tell(await s.ask({ x: floatDistribution(0, 1) }), i);
  };
  await t.throwsAsync(study({ gamma: () => 0.5 }), { message: /gamma\(2\) must be an integer/ });
  await t.throwsAsync(study({ weights: () => [-1, -1] }), { message: /weights\(1\) must be 1/ });
});

test('a study that changes behind the history is looked at anew', (t) => {
  const history = new TrialHistory(['minimize'], (n) => Math.ceil(n / 4), true);
  const trials = [3, 1, 2].map((value, number) => trial(number, { values: value }));
  const good = () => history.observations.filter(({ below }) => below).map(({ number }) => number);
  history.sync(trials, true);
  t.deepEqual(good(), [1]);
  history.sync([...trials, trial(3, { values: 0 })], true);
  t.deepEqual(good(), [3]);
  t.is(history.generation, 0);
  history.sync(trials, true);
  t.deepEqual([history.generation, good()], [1, [1]]);
  history.sync([trial(0, { values: -1 }), ...trials.slice(1)], true);
  t.deepEqual([history.generation, good()], [2, [0]]);
});
