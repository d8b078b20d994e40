import test from 'ava';
import { RandomState } from '../../src/numpy/random-state.js';
import { Fronts, type Ranked } from '../../src/optuna/samplers/tpe/fronts.js';
import { dominates, onParetoFront } from '../../src/optuna/study/pareto.js';
import { slowBestByRank } from '../helpers/slow-split.js';

const lossesOf: Record<string, (rng: RandomState) => number> = {
  'any numbers': (rng) => rng.uniform(-1, 1),
  'few numbers, many duplicates': (rng) => rng.integer(5) - 2,
  'infinities among them': (rng) => [-Infinity, Infinity, 1, 0, 0.25, -1e300][rng.integer(5)]!,
  'close to a plane': (rng) => rng.uniform(0, 1) ** 0.25,
};

for (const [kind, draw] of Object.entries(lossesOf)) {
  test(`fronts kept up to date give the good ones of the plain rules: ${kind}`, (t) => {
    const rng = new RandomState(7);
    for (const m of [2, 3, 4]) {
      const fronts = new Fronts<Ranked>();
      const rows: number[][] = [];
      const n = m === 4 ? 60 : 150;
      for (let number = 0; number < n; number += 1) {
        rows.push(Array.from({ length: m }, () => draw(rng)));
        fronts.add({ losses: rows.at(-1)!, number });
        for (const nBelow of [1, Math.ceil(0.1 * rows.length), Math.ceil(0.7 * rows.length)]) {
          const best = fronts.best(nBelow).map((row) => row.number);
          t.deepEqual(
            best,
            slowBestByRank(rows, nBelow),
            `${m} objectives, ${nBelow} of ${number}`,
          );
        }
      }
      const isOn = onParetoFront(rows);
      t.deepEqual(
        isOn,
        rows.map((row) => !rows.some((other) => dominates(other, row))),
      );
    }
  });
}

test('ranks do not depend on the order in which rows come, or on how many come at once', (t) => {
  const rng = new RandomState(3);
  const rows = Array.from({ length: 80 }, () => [rng.integer(9), rng.integer(9), rng.integer(9)]);
  const fronts = new Fronts<Ranked>();
  const atOnce = new Fronts<Ranked>();
  for (const number of [...rows.keys()].sort((a, b) => ((a * 37) % 80) - ((b * 37) % 80))) {
    fronts.add({ losses: rows[number]!, number });
    fronts.best(1);
    atOnce.add({ losses: rows[number]!, number });
  }
  for (const some of [fronts, atOnce]) {
    t.deepEqual(
      some.best(30).map(({ number }) => number),
      slowBestByRank(rows, 30),
    );
  }
});

test('duplicates and endless losses do not upset the choice', (t) => {
  const best = (rows: number[][], n: number) => {
    const fronts = new Fronts<Ranked>();
    for (const [number, losses] of rows.entries()) fronts.add({ losses, number });
    return fronts.best(n).map(({ number }) => number);
  };
  const twice = [
    [1, 2],
    [1, 2],
    [2, 1],
  ];
  t.deepEqual(best(twice, 2), [0, 2]);
  t.deepEqual(best(twice, 5), [0, 1, 2]);
  t.deepEqual(best([...twice, [1, 2]], 3), [0, 1, 2]);
  t.deepEqual(best([], 3), []);
  t.deepEqual(best(twice, 0), []);
  const endless = [
    [0, 1, 0],
    [1, -Infinity, 1],
    [-Infinity, 2, 0],
  ];
  t.deepEqual(best(endless, 2), [0, 2]);
  t.deepEqual(best([...endless, [-Infinity, Infinity, -1]], 2), [2, 3]);
});

/** Rows of three losses, none of which dominates another. */
function sphere(n: number, seed: number): Ranked[] {
  const rng = new RandomState(seed);
  return Array.from({ length: n }, (_, number) => {
    const direction = Array.from({ length: 3 }, () => rng.uniform(0.01, 1));
    const length = Math.hypot(...direction);
    return { number, losses: direction.map((x) => 1 - x / length) };
  });
}

test('the best found on a thread are those found at once, whatever is called meanwhile', async (t) => {
  const rows = sphere(600, 1);
  const fronts = new Fronts<Ranked>();
  const expected = new Fronts<Ranked>();
  for (let n = 0; n < rows.length; n += 100) {
    for (const row of rows.slice(n, n + 100)) expected.add(row);
    for (const row of rows.slice(n, n + 50)) fronts.add(row);
    const first = fronts.bestLater(10);
    t.is(fronts.cost(10), Infinity);
    for (const row of rows.slice(n + 50, n + 100)) fronts.add(row);
    const second = fronts.bestLater(40);
    if (n % 200 === 0) t.deepEqual(fronts.best(10), expected.best(10));
    await Promise.all([first, second]);
    t.is(fronts.cost(40), 0);
    t.deepEqual(fronts.best(40), expected.best(40));
  }
  await new Fronts().bestLater(3);
});

test('the cost of the best falls to nothing once they are known', async (t) => {
  const fronts = new Fronts<Ranked>();
  for (const row of sphere(1000, 2)) fronts.add(row);
  t.true(fronts.cost(100) > 0);
  await fronts.bestLater(100);
  t.is(fronts.cost(100), 0);
  t.true(fronts.cost(101) > 0);
  t.is(fronts.best(100).length, 100);
  t.is(fronts.best(100), fronts.best(100));
});
