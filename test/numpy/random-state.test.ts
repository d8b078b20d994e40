import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { RandomState } from '../../src/numpy/random-state.js';

// From numpy 2.4.6: RandomState().seed(seed), then these calls in this order.
const streams = [
  {
    seed: 0,
    random: [0.5488135039273248, 0.7151893663724195, 0.6027633760716439],
    randint: [0, 1, 1, 3, 277, 1650906866],
    weighted: [2, 4, 4, 2, 3, 2],
    shuffled: [2, 6, 7, 9, 0, 3, 4, 10, 11, 5, 1, 8],
    choice: ['a', 'c', 'a', 'b'],
    uniform: [0.8459174490117274, 0.0007805291762864555],
    later: 0.39256878846215104,
  },
  {
    seed: 42,
    random: [0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
    randint: [0, 0, 0, 6, 121, 669991378],
    weighted: [0, 2, 2, 1, 3, 0],
    shuffled: [10, 2, 11, 6, 8, 9, 3, 0, 4, 1, 5, 7],
    choice: ['c', 'c', 'c', 'b'],
    uniform: [-0.8133373471455383, 0.0009737555188414591],
    later: 0.7215965507512772,
  },
  {
    seed: 4294967295,
    random: [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
    randint: [0, 0, 2, 9, 800, 2016512639],
    weighted: [2, 3, 3, 1, 3, 3],
    shuffled: [3, 11, 2, 6, 8, 1, 7, 0, 4, 10, 9, 5],
    choice: ['a', 'b', 'b', 'b'],
    uniform: [1.3220803737176978, 3.128285106392559e-5],
    later: 0.6166556352583313,
  },
];

for (const stream of streams) {
  test(`RandomState(${stream.seed}) repeats NumPy's stream`, (t) => {
    const rng = new RandomState(stream.seed);
    t.deepEqual([rng.random(), rng.random(), rng.random()], stream.random);
    t.deepEqual(
      [1, 2, 3, 10, 1000, 2 ** 31].map((n) => rng.integer(n - 1)),
      stream.randint,
    );
    const p = Float64Array.of(0.1, 0.2, 0.3, 0.25, 0.15);
    t.deepEqual([...rng.weightedIndices(p, 6)], stream.weighted);
    const list = Array.from({ length: 12 }, (_, i) => i);
    rng.shuffle(list);
    t.deepEqual(list, stream.shuffled);
    t.deepEqual(
      stream.choice.map(() => rng.choice(['a', 'b', 'c'])),
      stream.choice,
    );
    t.deepEqual([rng.uniform(-1, 3), rng.uniform(0, 1e-3)], stream.uniform);
    for (let i = 0; i < 700; i += 1) rng.random();
    t.is(rng.random(), stream.later);
    rng.seed(stream.seed);
    t.is(rng.random(), stream.random[0]!);
  });
}

test('without a seed every stream is another', (t) => {
  t.not(new RandomState().random(), new RandomState().random());
});

test('a choice of one draws nothing', (t) => {
  const rng = new RandomState(0);
  t.is(rng.choice(['only']), 'only');
  t.is(rng.random(), 0.5488135039273248);
});

for (const seed of [-1, 0.5, NaN, 2 ** 32, '1' as never]) {
  test(`refuses the seed ${String(seed)} of type ${typeof seed}`, (t) => {
    t.throws(() => new RandomState(seed), { instanceOf: InvalidArgumentError, message: /seed/ });
  });
}

test('refuses probabilities that do not sum to 1', (t) => {
  t.throws(() => new RandomState(0).weightedIndices(Float64Array.of(0.5, 0.4), 1), {
    instanceOf: InvalidArgumentError,
    message: /sum to 1/,
  });
});
