import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { dumps, type Json, loads, PythonFloat, toJson } from '../../src/optuna/python-json.js';

// json.dumps of Python 3.11.
const floats: [number, string][] = [
  [1, '1.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [123456789.123, '123456789.123'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.25e300, '1.25e+300'],
  [5e-324, '5e-324'],
  [Number.NaN, 'NaN'],
  [-Infinity, '-Infinity'],
];

test('writes floats as Python does', (t) => {
  for (const [value, text] of floats) t.is(dumps(new PythonFloat(value)), text);
});

test('writes and reads what Python reads', (t) => {
  const value: Json = { a: [1, 2.5, null, true], 'b"': 'ü😀 NaN "Infinity"', c: { d: [] } };
  const text =
    '{"a": [1, 2.5, null, true], "b\\"": "\\u00fc\\ud83d\\ude00 NaN \\"Infinity\\"", "c": {"d": []}}';
  t.is(dumps(value), text);
  t.deepEqual(loads(text), value);
  t.deepEqual(loads('[NaN, Infinity, -Infinity, 1e-05]'), [Number.NaN, Infinity, -Infinity, 1e-5]);
  t.deepEqual(Object.keys(loads('{"__proto__": 1}') as object), ['__proto__']);
  const marks: Json = ['\u0000NaN', Number.NaN, '\u0000NaNN', -0];
  t.deepEqual(loads(dumps(marks)), marks);
  for (const broken of ['', '{', 'nan', '[1,]'])
    t.throws(() => loads(broken), { instanceOf: SyntaxError });
});

test('copies what JSON can hold, and refuses the rest by its path', (t) => {
  const given = { a: [1, { b: 'c' }] };
  const copy = toJson('attr', given) as typeof given;
  given.a.push(2);
  t.deepEqual(copy, { a: [1, { b: 'c' }] });
  t.true(Object.isFrozen(copy.a));
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const refused: [unknown, RegExp][] = [
    [{ a: [undefined] }, /attr\.a\[0\] must be what JSON can hold, not undefined/],
    [() => 1, /attr must be what JSON can hold/],
    [{ a: 1n }, /attr\.a must be .* 1n/],
    [new Map(), /attr must be .* Map/],
    [cyclic, /attr\[0\] must be free of cycles/],
  ];
  for (const [value, message] of refused) {
    t.throws(() => toJson('attr', value), { instanceOf: InvalidArgumentError, message });
  }
});

test('reads strings of any length, and what is beside them', (t) => {
  const long = 'é"\\x'.repeat(2e6);
  for (const value of [long, [long, Number.NaN, '\\', Infinity]] as Json[]) {
    // Comparing by t.deepEqual would format both on failure.
    t.true(JSON.stringify(loads(dumps(value))) === JSON.stringify(value));
  }
  t.throws(() => loads('["\\"NaN'), { instanceOf: SyntaxError });
});

test('refuses to copy what is nested deeper than Python reads', (t) => {
  let value: unknown = 1;
  for (let i = 0; i < 500; i++) value = i % 2 ? [value] : { a: value };
  t.is(dumps(toJson('attr', value)), dumps(value as Json));
  for (let i = 0; i < 20_000; i++) value = [value];
  t.throws(() => toJson('attr', value), {
    instanceOf: InvalidArgumentError,
    message: /^attr must be nested at most 500 deep/,
  });
});
