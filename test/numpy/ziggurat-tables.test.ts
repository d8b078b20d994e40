import test from 'ava';
import {
  exponentialZiggurat,
  normalZiggurat,
  type Ziggurat,
} from '../../src/numpy/ziggurat-tables.js';

const tables: [name: string, Ziggurat, bits: number, r: number, f: (x: number) => number][] = [
  ['normal', normalZiggurat, 52, 3.654152885361009, (x) => Math.exp(-0.5 * x * x)],
  ['exponential', exponentialZiggurat, 53, 7.69711747013105, (x) => Math.exp(-x)],
];

for (const [name, { accept, width, density }, bits, r, f] of tables) {
  test(`the ${name} ziggurat has 256 layers of one area`, (t) => {
    const x = width.map((w) => w * 2 ** bits);
    const area = x[0]! * f(r);
    t.is(x.length, 256);
    t.is(x[255], r);
    t.is(density[0], 1);
    t.is(accept[1], 0);
    for (let i = 1; i < 256; i++) {
      const above = i === 1 ? 1 : density[i - 1]!;
      t.true(Math.abs((x[i]! * (above - density[i]!)) / area - 1) < 1e-12, `layer ${i}`);
      t.true(Math.abs(density[i]! / f(x[i]!) - 1) < 1e-14, `density ${i}`);
      if (i > 1)
        t.true(Math.abs(accept[i]! - 2 ** bits * (x[i - 1]! / x[i]!)) < 100, `accept ${i}`);
    }
    t.true(Math.abs(accept[0]! - 2 ** bits * ((r * f(r)) / area)) < 100);
  });
}
