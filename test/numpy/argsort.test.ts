import test from 'ava';
import { argsort } from '../../src/numpy/argsort.js';

/** Few different values, so that most comparisons are ties. */
function manyTies(n: number, modulus: number): number[] {
  let state = 12345;
  return Array.from({ length: n }, () => {
    state = (16807 * state) % 2147483647;
    return state % modulus;
  });
}

// From numpy 2.4.6 with NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL".
const numpyOrders = [
  { values: manyTies(17, 3), order: [0, 13, 10, 9, 5, 8, 2, 1, 15, 14, 16, 6, 7, 3, 11, 12, 4] },
  {
    values: manyTies(40, 4),
    order: [
      20, 1, 2, 3, 36, 6, 17, 8, 16, 34, 33, 13, 18, 19, 11, 38, 35, 24, 25, 26, 27, 14, 12, 10, 7,
      37, 15, 30, 31, 32, 0, 28, 23, 22, 21, 9, 5, 4, 29, 39,
    ],
  },
  {
    values: manyTies(100, 2),
    order: [
      49, 36, 37, 40, 42, 43, 45, 47, 48, 98, 51, 56, 58, 59, 61, 62, 63, 66, 67, 68, 73, 74, 77,
      80, 82, 85, 90, 91, 92, 93, 34, 33, 99, 13, 12, 10, 14, 15, 16, 17, 8, 7, 6, 20, 30, 26, 1, 2,
      3, 27, 4, 97, 9, 75, 96, 95, 94, 76, 79, 81, 83, 72, 84, 5, 86, 87, 88, 89, 78, 71, 31, 69,
      35, 29, 28, 38, 39, 41, 25, 44, 24, 46, 23, 22, 70, 21, 52, 53, 54, 55, 19, 57, 18, 60, 64,
      65, 32, 11, 50, 0,
    ],
  },
  {
    values: Array.from({ length: 4 }, () => [NaN, 1, NaN, -Infinity, 3]).flat(),
    order: [3, 13, 8, 18, 1, 16, 6, 11, 9, 14, 19, 4, 7, 12, 5, 15, 2, 17, 10, 0],
  },
];

for (const { values, order } of numpyOrders) {
  test(`argsort orders ${values.length} values with ties as NumPy does`, (t) => {
    t.deepEqual([...argsort(values)], order);
  });
}

/** Makes every median of three the second smallest, so that quicksort alone would be quadratic. */
function medianOfThreeKiller(n: number): number[] {
  const values = new Array<number>(n).fill(0);
  for (let i = 1; i <= n / 2; i += 1) {
    if (i % 2 === 1) {
      values[i - 1] = i;
      values[i] = n / 2 + i;
    }
    values[n / 2 + i - 1] = 2 * i;
  }
  return values;
}

test('argsort sorts every shape of input, the ones that need heapsort included', (t) => {
  for (const n of [0, 1, 2, 15, 16, 17, 1000, 20000]) {
    for (const values of [
      Array.from({ length: n }, (_, i) => i),
      Array.from({ length: n }, (_, i) => -i),
      new Array<number>(n).fill(1),
      manyTies(n, 1000),
      medianOfThreeKiller(n),
    ]) {
      const order = argsort(values);
      t.deepEqual(
        [...order].sort((a, b) => a - b),
        [...values.keys()],
      );
      t.deepEqual(
        [...order].map((i) => values[i]),
        [...values].sort((a, b) => a - b),
      );
    }
  }
});
