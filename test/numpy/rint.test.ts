import test from 'ava';
import { rint } from '../../src/numpy/rint.js';

const cases: [x: number, expected: number][] = [
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [-2.5, -2],
  [0.49999999999999994, 0],
  [-0.3, 0],
  [2.4999, 2],
  [2.5001, 3],
  [4503599627370495.5, 4503599627370496],
  [4503599627370497, 4503599627370497],
  [-(2 ** 53), -(2 ** 53)],
  [1e300, 1e300],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [Number.NaN, Number.NaN],
];

for (const [x, expected] of cases) test(`rint(${x}) = ${expected}`, (t) => t.is(rint(x), expected));
