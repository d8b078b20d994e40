import test from 'ava';
import { defaultRng } from '../../src/numpy/generator.js';
import { sum } from '../../src/numpy/sum.js';

// numpy.random.default_rng(0).random(n).sum() of NumPy 2.4.6
const sums: [n: number, expected: number][] = [
  [0, 0],
  [1, 0.6369616873214543],
  [7, 3.2969111527952224],
  [8, 4.0264077137792205],
  [9, 4.5700327052446434],
  [15, 7.94434248164707],
  [16, 8.119998102249628],
  [100, 54.829098257852365],
  [127, 68.46163667913726],
  [128, 68.68750610755461],
  [129, 68.8120608133899],
  [137, 73.13023039338545],
  [255, 136.86663484164038],
  [256, 137.28926323806516],
  [300, 162.08186170192477],
  [1000, 516.9063382672537],
  [4099, 2034.4771592791863],
];

for (const [n, expected] of sums) {
  test(`the sum of ${n} numbers rounds as NumPy's`, (t) => {
    const rng = defaultRng(0);
    t.is(sum(Float64Array.from({ length: n }, () => rng.random())), expected);
  });
}
