import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { defaultRng, Generator } from '../../src/numpy/generator.js';
import { seedSequence } from '../../src/numpy/seed-sequence.js';
import { fixture } from '../helpers/paths.js';

interface Case {
  seed: string;
  state: string[];
  random: number[];
  normal: number[];
  normals200000: { sum: number; sumOfSquares: number; min: number; max: number; last: number[] };
  integers: [low: number, high: number, drawn: number][];
  mixed: number[];
  categorical: number[];
  binomial: [p: number, drawn: number][];
  geometric: [p: number, drawn: number][];
  randomAfter: number;
  geometrics100000: { sum: number; last: number[] };
}

const { cases } = fixture<{ cases: Case[] }>('numpy/generator.json');
const probabilities = [
  [0.2, 0.5, 0.3],
  [0.1, 0.9],
  [1],
  [0, 0, 1],
  [0.25, 0, 0.75],
  [0.6, 0.3, 0.05, 0.05],
];

for (const expected of cases) {
  const seed = BigInt(expected.seed);
  const title = (what: string) => `seed ${seed}: ${what} as NumPy`;

  test(title('SeedSequence'), (t) => {
    const words = seedSequence(seed, 8);
    const state = expected.state.map(
      (_, i) => (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]!),
    );
    t.deepEqual(state.map(String), expected.state);
  });

  test(title('random, normal'), (t) => {
    const doubles = defaultRng(seed);
    t.deepEqual(
      expected.random.map(() => doubles.random()),
      expected.random,
    );
    const normals = defaultRng(seed);
    t.deepEqual(
      expected.normal.map(() => normals.normal(1.5, 2)),
      expected.normal,
    );
  });

  test(title('200,000 normals, tails and wedges among them'), (t) => {
    const rng = defaultRng(seed);
    const drawn = Float64Array.from({ length: 200_000 }, () => rng.normal());
    const close = (actual: number, wanted: number) =>
      t.true(
        Math.abs(actual - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
        `${actual} ${wanted}`,
      );
    close(
      drawn.reduce((sum, x) => sum + x, 0),
      expected.normals200000.sum,
    );
    close(
      drawn.reduce((sum, x) => sum + x * x, 0),
      expected.normals200000.sumOfSquares,
    );
    close(
      drawn.reduce((a, b) => Math.min(a, b)),
      expected.normals200000.min,
    );
    close(
      drawn.reduce((a, b) => Math.max(a, b)),
      expected.normals200000.max,
    );
    t.deepEqual([...drawn.slice(-3)], expected.normals200000.last);
  });

  test(title('integers, with the half word they keep'), (t) => {
    const rng = defaultRng(seed);
    t.deepEqual(
      expected.integers.map(([low, high]) => [low, high, rng.integers(low, high)]),
      expected.integers,
    );
    const mixed = defaultRng(seed);
    t.deepEqual(
      Array.from({ length: 6 }, () => [mixed.integers(10), mixed.random(), mixed.normal()]).flat(),
      expected.mixed,
    );
  });

  test(title('categorical, bernoulli, geometric'), (t) => {
    const categories = defaultRng(seed);
    t.deepEqual(
      expected.categorical.map((_, i) => categories.categorical(probabilities[i % 6]!)),
      expected.categorical,
    );
    const flips = defaultRng(seed);
    t.deepEqual(
      expected.binomial.map(([p]) => [p, flips.bernoulli(p)]),
      expected.binomial,
    );
    const waits = defaultRng(seed);
    t.deepEqual(
      expected.geometric.map(([p]) => [p, waits.geometric(p)]),
      expected.geometric,
    );
    t.is(waits.random(), expected.randomAfter);
    const many = defaultRng(seed);
    const drawn = Array.from({ length: 100_000 }, () => many.geometric(0.05));
    t.is(
      drawn.reduce((sum, x) => sum + x, 0),
      expected.geometrics100000.sum,
    );
    t.deepEqual(drawn.slice(-3), expected.geometrics100000.last);
  });
}

test('seed 0: published values', (t) => {
  const doubles = defaultRng(0);
  t.deepEqual([doubles.random(), doubles.random()], [0.6369616873214543, 0.2697867137638703]);
  const normals = defaultRng(0);
  t.deepEqual([normals.normal(), normals.normal()], [0.1257302210933933, -0.1321048632913019]);
  const seeds = defaultRng(0);
  t.deepEqual(
    [1, 2, 3].map(() => seeds.integers(2 ** 31 - 1)),
    [1826701614, 1367864806, 1097657231],
  );
});

test('a number and a bigint seed alike; no seed is another stream each time', (t) => {
  t.is(defaultRng(42).random(), defaultRng(42n).random());
  t.not(defaultRng().random(), defaultRng().random());
});

for (const seed of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1n, '1', null]) {
  test(`seed ${typeof seed} ${String(seed)} is refused`, (t) => {
    t.throws(() => new Generator(seed as number), {
      instanceOf: InvalidArgumentError,
      message: /seed must be a non-negative integer/,
    });
  });
}

test('a seed too large for a number is asked for as a bigint', (t) => {
  t.throws(() => new Generator(2 ** 53), {
    message: /above 2\^53 - 1 a bigint, not 9007199254740992/,
  });
});

for (const bounds of [
  [0],
  [-3],
  [1.5],
  [Number.NaN],
  [5, 5],
  [6, 5],
  [0.5, 3],
  [0, 2 ** 53],
] as const) {
  test(`integers(${bounds.join(', ')}) is refused and draws nothing`, (t) => {
    const rng = defaultRng(3);
    t.throws(() => rng.integers(...(bounds as readonly [number, number])), {
      instanceOf: InvalidArgumentError,
    });
    t.is(rng.integers(1000), defaultRng(3).integers(1000));
  });
}

for (const p of [-0.1, 1.1, Number.NaN]) {
  test(`bernoulli(${p}) and geometric(${p}) are refused`, (t) => {
    t.throws(() => defaultRng(0).bernoulli(p), { instanceOf: InvalidArgumentError });
    t.throws(() => defaultRng(0).geometric(p), { instanceOf: InvalidArgumentError });
  });
}
