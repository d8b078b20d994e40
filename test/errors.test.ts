import test from 'ava';
import { invalidArgument, invalidInteger, show } from '../src/errors.js';

test('values are shown in a few words', (t) => {
  const cyclic: unknown[] = [1];
  cyclic.push(cyclic);
  const shown: [unknown, string][] = [
    ['a', "'a'"],
    ['x'.repeat(100), `'${'x'.repeat(57)}...'`],
    [3n, '3n'],
    [-0.5, '-0.5'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [new Float32Array(3), 'Float32Array(3)'],
    [new DataView(new ArrayBuffer(5)), 'DataView(5)'],
    [new Date(0), 'Date'],
    [Object.create(null), 'object'],
    [cyclic, '[1, [...]]'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], '[1, 2, 3, 4, 5, 6, 7, 8, ...]'],
  ];
  for (const [value, text] of shown) t.is(show(value), text);
});

test('no value makes its message throw', (t) => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  const thrower = {
    get constructor() {
      throw new Error('from a getter');
    },
  };
  for (const value of [proxy, thrower, { constructor: { name: Symbol('s') } }]) {
    t.regex(invalidArgument('x', 'a number', value).message, /^x must be a number, not \S+$/);
  }
});

test('an integer too large to be exact is told the limit, other values what is expected', (t) => {
  const message = (value: unknown) => invalidInteger('n', 'an integer from 0', value).message;
  t.is(message(2 ** 53), 'n must be an integer in -(2^53 - 1) .. 2^53 - 1, not 9007199254740992');
  for (const value of [-1, 0.5, Infinity])
    t.is(message(value), `n must be an integer from 0, not ${value}`);
});
