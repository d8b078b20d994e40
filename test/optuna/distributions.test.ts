import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { lastOnGrid } from '../../src/optuna/distributions/decimal.js';
import {
  checkCompatible,
  contains,
  isSingle,
  sameDistribution,
  singleValue,
  toExternal,
  toInternal,
} from '../../src/optuna/distributions/distributions.js';
import {
  categoricalDistribution,
  type Distribution,
  distributionFromJson,
  distributionToJson,
  floatDistribution,
  IncompatibleDistributionError,
  intDistribution,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

const grids: [low: number, high: number, step: number, last: number][] = [
  [0, 1, 0.3, 0.9],
  [0, 1, 0.1, 1],
  [0.1, 0.7, 0.2, 0.7],
  [-1, 1, 0.7, 0.4],
  [0, 0.05, 0.1, 0],
  [1e-7, 1e-6, 3e-7, 1e-6],
  [0, 1e20, 3e19, 9e19],
  [-0.3, 0.3, 0.25, 0.2],
  [5, 5, 1, 5],
];

for (const [low, high, step, last] of grids) {
  test(`a grid from ${low} by ${step} up to ${high} ends at ${last}`, (t) => {
    t.is(lastOnGrid(low, high, step), last);
  });
}

test.serial('high is lowered to the grid, with a warning', async (t) => {
  const messages = await warningsOf(() => {
    t.is(floatDistribution(0, 1, { step: 0.3 }).high, 0.9);
    t.is(intDistribution(1, 10, { step: 4 }).high, 9);
    t.is(floatDistribution(0, 1, { step: 0.1 }).high, 1);
  });
  t.is(messages.length, 2);
  t.regex(messages[0]!, /\[0, 1\] is not divisible by step 0.3/);
});

const refused: [string, () => unknown, RegExp][] = [
  ['low above high', () => floatDistribution(2, 1), /low is 2, high is 1/],
  ['low NaN', () => floatDistribution(Number.NaN, 1), /low must be a finite number, not NaN/],
  ['high Infinity', () => floatDistribution(0, Infinity), /high must be a finite number/],
  [
    'a grid without end',
    () => floatDistribution(-1e308, 1e308, { step: 1 }),
    /high - low must be finite/,
  ],
  ['low a string', () => floatDistribution('0' as never, 1), /low must be .* '0'/],
  [
    'log from 0',
    () => floatDistribution(0, 1, { log: true }),
    /low must be above 0 with log, not 0/,
  ],
  [
    'step with log',
    () => floatDistribution(1, 2, { log: true, step: 0.1 }),
    /step must be left out/,
  ],
  ['step 0', () => floatDistribution(0, 1, { step: 0 }), /step must be .* not 0/],
  ['step NaN', () => floatDistribution(0, 1, { step: Number.NaN }), /step must be .* not NaN/],
  ['log no boolean', () => floatDistribution(0, 1, { log: 1 as never }), /log must be a boolean/],
  ['int low 1.5', () => intDistribution(1.5, 3), /low must be an integer, not 1\.5/],
  [
    'int high 2^60',
    () => intDistribution(1, 2 ** 60),
    /high must be an integer in -\(2\^53 - 1\) \.\. 2\^53 - 1, not 1152921504606847000/,
  ],
  ['int step 2^53', () => intDistribution(1, 5, { step: 2 ** 53 }), /step must be .* 2\^53 - 1/],
  ['int low above high', () => intDistribution(3, 1), /low is 3, high is 1/],
  ['int log from 0', () => intDistribution(0, 5, { log: true }), /low must be 1 or more with log/],
  [
    'int log step 2',
    () => intDistribution(1, 5, { log: true, step: 2 }),
    /step must be 1 with log/,
  ],
  ['int step 0.5', () => intDistribution(1, 5, { step: 0.5 }), /step must be .* 0\.5/],
  ['no choices', () => categoricalDistribution([]), /choices must be .* at least one/],
  ['choices no array', () => categoricalDistribution('ab' as never), /choices must be an array/],
  ['a choice undefined', () => categoricalDistribution([1, undefined as never]), /choices\[1\]/],
  ['a choice object', () => categoricalDistribution([{} as never]), /choices\[0\] must be null/],
];

for (const [name, call, message] of refused) {
  test(`refuses ${name}`, (t) => {
    t.throws(call, { instanceOf: InvalidArgumentError, code: 'ERR_INVALID_ARGUMENT', message });
  });
}

const ranges: [string, Distribution, inside: number[], outside: number[]][] = [
  ['float', floatDistribution(0, 1), [0, 0.5, 1], [-1e-9, 1.0000001, Number.NaN, Infinity]],
  ['float step', floatDistribution(0, 0.9, { step: 0.3 }), [0, 0.3, 0.6, 0.9], [0.1, 1.2, -0.3]],
  ['int', intDistribution(1, 9, { step: 4 }), [1, 5, 9], [2, 13, 4.5, Number.NaN]],
  ['int log', intDistribution(2, 8, { log: true }), [2, 3, 8], [1, 9, 2.5]],
  ['categorical', categoricalDistribution(['a', 'b']), [0, 1], [-1, 2, Number.NaN]],
];

for (const [name, distribution, inside, outside] of ranges) {
  test(`contains what can come out: ${name}`, (t) => {
    t.true(inside.every((value) => contains(distribution, value)));
    t.false(outside.some((value) => contains(distribution, value)));
  });
}

test.serial('a single value needs no sampler', async (t) => {
  t.is(singleValue(floatDistribution(2, 2)), 2);
  t.is(singleValue(categoricalDistribution([null])), null);
  await warningsOf(() => {
    t.true(isSingle(floatDistribution(0, 0.05, { step: 0.1 })));
    t.true(isSingle(intDistribution(3, 5, { step: 3 })));
  });
  t.false(isSingle(intDistribution(3, 4)));
});

test('choices are indices inside, compared as Python compares', (t) => {
  const choices = categoricalDistribution([true, 1, 'a', null, Number.NaN]);
  t.deepEqual(
    [true, 1, 'a', null, Number.NaN].map((value) => toInternal(choices, value)),
    [0, 0, 2, 3, 4],
  );
  t.is(toExternal(choices, 2), 'a');
  t.throws(() => toInternal(choices, 'b', 'act'), {
    instanceOf: InvalidArgumentError,
    message: /act must be one of \[true, 1, 'a', null, NaN\], not 'b'/,
  });
});

test('numbers outside of a logarithm, and what is no number, have no internal value', (t) => {
  const log = floatDistribution(1, 2, { log: true });
  for (const value of [0, -1, Number.NaN, '1', null]) {
    t.throws(() => toInternal(log, value), { instanceOf: InvalidArgumentError });
  }
  t.is(toExternal(intDistribution(1, 5), 2.7), 2);
});

test('a name keeps its kind, scale and choices; ranges and steps may change', (t) => {
  const float = floatDistribution(0.5, 1);
  t.notThrows(() => checkCompatible('x', float, floatDistribution(-3, 9, { step: 1 })));
  t.notThrows(() => checkCompatible('x', intDistribution(1, 2), intDistribution(5, 9)));
  const broken: [Distribution, Distribution, RegExp][] = [
    [float, intDistribution(0, 1), /'x' must keep its kind: it was float \[0.5, 1\]/],
    [float, floatDistribution(0.5, 1, { log: true }), /its scale/],
    [categoricalDistribution(['a']), categoricalDistribution(['b']), /its choices/],
    [categoricalDistribution(['a']), categoricalDistribution(['a', 'b']), /its choices/],
  ];
  for (const [known, now, message] of broken) {
    t.throws(() => checkCompatible('x', known, now), {
      instanceOf: IncompatibleDistributionError,
      message,
    });
  }
});

// Texts of Optuna 5.0.0.
const texts: [Distribution, string][] = [
  [
    floatDistribution(0, 0.9, { step: 0.3 }),
    '{"name": "FloatDistribution", "attributes": {"step": 0.3, "low": 0.0, "high": 0.9, "log": false}}',
  ],
  [
    floatDistribution(1e-7, 1e22, { log: true }),
    '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-07, "high": 1e+22, "log": true}}',
  ],
  [
    intDistribution(1, 9, { step: 4 }),
    '{"name": "IntDistribution", "attributes": {"log": false, "step": 4, "low": 1, "high": 9}}',
  ],
  [
    categoricalDistribution([null, true, 1.5, NaN, 'é"\n', Infinity, 1e-5, 1e16, 123456789.123]),
    '{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 1.5, NaN, "\\u00e9\\"\\n", Infinity, 1e-05, 1e+16, 123456789.123]}}',
  ],
];

for (const [distribution, text] of texts) {
  test(`writes and reads ${text.slice(0, 90)}`, (t) => {
    t.is(distributionToJson(distribution), text);
    t.true(sameDistribution(distributionFromJson(text), distribution));
  });
}

const otherTexts: [string, Distribution][] = [
  ['{"attributes":{"high":2,"low":0},"name":"UniformDistribution"}', floatDistribution(0, 2)],
  [
    '{"name":"LogUniformDistribution","attributes":{"low":1,"high":8}}',
    floatDistribution(1, 8, { log: true }),
  ],
  [
    '{"name":"DiscreteUniformDistribution","attributes":{"low":0,"high":2,"q":0.5}}',
    floatDistribution(0, 2, { step: 0.5 }),
  ],
  [
    '{"name":"IntUniformDistribution","attributes":{"low":1,"high":7,"step":2}}',
    intDistribution(1, 7, { step: 2 }),
  ],
  ['{"name":"IntUniformDistribution","attributes":{"low":1,"high":8}}', intDistribution(1, 8)],
  [
    '{"name":"IntLogUniformDistribution","attributes":{"low":1,"high":8,"step":1}}',
    intDistribution(1, 8, { log: true }),
  ],
  ['{"type":"float","low":0,"high":1,"step":0.25}', floatDistribution(0, 1, { step: 0.25 })],
  ['{"type":"int","low":1,"high":8,"log":true}', intDistribution(1, 8, { log: true })],
  ['{"type":"categorical","choices":["a",-Infinity]}', categoricalDistribution(['a', -Infinity])],
];

for (const [text, distribution] of otherTexts) {
  test(`reads ${text}`, (t) => {
    t.deepEqual(distributionFromJson(text), distribution);
  });
}

const badTexts: [string, RegExp][] = [
  ['', /it is not JSON/],
  ['[1]', /it is no object/],
  ['{"name":"Foo","attributes":{}}', /no known distribution: 'Foo'/],
  ['{"name":"toString","attributes":{}}', /no known distribution/],
  ['{"type":"foo"}', /no known distribution: 'foo'/],
  ['{"name":"FloatDistribution"}', /attributes are no object/],
  ['{"type":"float","low":0}', /'high' is missing/],
  ['{"name":"FloatDistribution","attributes":{"low":1,"high":8,"x":2}}', /'x' is unknown/],
  [
    '{"name":"IntLogUniformDistribution","attributes":{"low":1,"high":8,"step":2}}',
    /step must be 1/,
  ],
  ['{"type":"categorical","choices":3}', /choices must be/],
];

for (const [text, message] of badTexts) {
  test(`refuses to read ${text}`, (t) => {
    t.throws(() => distributionFromJson(text), { instanceOf: InvalidArgumentError, message });
  });
}
