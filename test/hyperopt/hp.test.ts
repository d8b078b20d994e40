import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { fmin, hp, rand } from '../../src/hyperopt/index.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

test('nodes say what they draw from', (t) => {
  t.deepEqual(hp.uniform('x', -1, 1).distribution, { kind: 'uniform', low: -1, high: 1 });
  t.deepEqual(hp.uniformint('x', 1, 9).distribution, { kind: 'quniform', low: 1, high: 9, q: 1 });
  t.deepEqual(hp.randint('x', 5).distribution, { kind: 'randint', low: 0, high: 5 });
  t.deepEqual(hp.randint('x', -5, 5).distribution, { kind: 'randint', low: -5, high: 5 });
  t.deepEqual(hp.choice('x', ['a', 'b']).distribution, { kind: 'randint', low: 0, high: 2 });
  const pairs = [
    [0.25, 'a'],
    [0.75, 'b'],
  ] as const;
  t.deepEqual(hp.pchoice('x', pairs).distribution, { kind: 'categorical', p: [0.25, 0.75] });
  t.deepEqual(hp.pchoice('x', pairs).options, ['a', 'b']);
});

test('uniformint rounds what lies between fractional bounds, as Hyperopt does', async (t) => {
  const drawn = new Set<number>();
  await fmin({
    fn: ({ x }: { x: number }) => drawn.add(x).size,
    space: { x: hp.uniformint('x', 0.2, 2.7) },
    algo: rand.suggest,
    maxEvals: 100,
    rstate: 0,
  });
  t.deepEqual([...drawn].sort(), [0, 1, 2, 3]);
});

test('a choice keeps its own list of options', (t) => {
  const options = ['a', 'b'];
  const node = hp.choice('x', options);
  options.push('c');
  t.deepEqual(node.options, ['a', 'b']);
});

const refused: [what: string, make: () => unknown, message: RegExp][] = [
  ['a number as label', () => hp.uniform(1 as never, 0, 1), /label must be a string, not 1/],
  ['no label', () => hp.choice(undefined as never, [1]), /label must be a string, not undefined/],
  ['an array as label', () => hp.randint(['x'] as never, 3), /label must be a string/],
  [
    'a number as label of pchoice',
    () => hp.pchoice(1 as never, [[1, 1]]),
    /label must be a string/,
  ],
  ['low = high', () => hp.uniform('x', 1, 1), /high of 'x' must be greater than low = 1, not 1/],
  ['low > high', () => hp.uniform('x', 2, 1), /high of 'x' must be greater than low = 2, not 1/],
  [
    'low > high = 0',
    () => hp.loguniform('x', 1, 0),
    /high of 'x' must be greater than low = 1, not 0/,
  ],
  [
    'low = 0 > high',
    () => hp.quniform('x', 0, -1, 1),
    /high of 'x' must be greater than low = 0, not -1/,
  ],
  ['a NaN bound', () => hp.uniform('x', nan, 1), /low of 'x' must be a finite number, not NaN/],
  [
    'an infinite bound',
    () => hp.qloguniform('x', 0, infinity, 1),
    /high of 'x' must be a finite number/,
  ],
  [
    'a string bound',
    () => hp.uniform('x', '0' as never, 1),
    /low of 'x' must be a finite number, not '0'/,
  ],
  [
    'a missing bound',
    () => hp.uniform('x', 0, undefined as never),
    /high of 'x' must be a finite number/,
  ],
  [
    'an infinite width',
    () => hp.uniform('x', -1e308, 1e308),
    /high - low of 'x' must be a finite number/,
  ],
  [
    'a bound instead of its logarithm',
    () => hp.loguniform('x', 1, 1000),
    /natural logarithm below 709/,
  ],
  ['q = 0', () => hp.quniform('x', 0, 1, 0), /q of 'x' must be a positive number, not 0/],
  ['negative q', () => hp.qnormal('x', 0, 1, -1), /q of 'x' must be a positive number, not -1/],
  [
    'no q',
    () => hp.qlognormal('x', 0, 1, undefined as never),
    /q of 'x' must be a positive number/,
  ],
  ['sigma = 0', () => hp.normal('x', 0, 0), /sigma of 'x' must be a positive number, not 0/],
  ['NaN mu', () => hp.lognormal('x', nan, 1), /mu of 'x' must be a finite number, not NaN/],
  ['randint of 0', () => hp.randint('x', 0), /upper of 'x' must be positive, not 0/],
  [
    'randint of 2^53',
    () => hp.randint('x', 2 ** 53),
    /upper of 'x' must be an integer in .* 2\^53 - 1, not 9007199254740992/,
  ],
  ['randint of 2.5', () => hp.randint('x', 2.5), /upper of 'x' must be an integer, not 2.5/],
  [
    'randint, low = high',
    () => hp.randint('x', 3, 3),
    /high of 'x' must be greater than low = 3, not 3/,
  ],
  [
    'randint, fractional low',
    () => hp.randint('x', 0.5, 3),
    /low of 'x' must be an integer, not 0.5/,
  ],
  ['uniformint, low > high', () => hp.uniformint('x', 9, 1), /high of 'x' must be greater/],
  [
    'no options',
    () => hp.choice('x', []),
    /options of 'x' must be an array of at least one option/,
  ],
  [
    'options that are no array',
    () => hp.choice('x', 'ab' as never),
    /options of 'x' must be an array/,
  ],
  ['pchoice without options', () => hp.pchoice('x', []), /options of 'x' must be an array of/],
  [
    'pchoice of values',
    () => hp.pchoice('x', ['a'] as never),
    /array of \[probability, option\] pairs/,
  ],
  [
    'a negative probability',
    () =>
      hp.pchoice('x', [
        [-0.5, 1],
        [1, 2],
      ]),
    /a probability of 'x' must be in 0..1, not -0.5/,
  ],
  [
    'a NaN probability',
    () =>
      hp.pchoice('x', [
        [nan, 1],
        [1, 2],
      ]),
    /a probability of 'x' must be in 0..1, not NaN/,
  ],
  [
    'probabilities above 1',
    () =>
      hp.pchoice('x', [
        [0.9, 1],
        [0.9, 2],
        [0.1, 3],
      ]),
    /of sum 1/,
  ],
];

for (const [what, make, message] of refused) {
  test(`refused: ${what}`, (t) => {
    t.throws(make, { instanceOf: InvalidArgumentError, code: 'ERR_INVALID_ARGUMENT', message });
  });
}
