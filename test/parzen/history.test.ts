import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative } from '../../src/native/addon.js';
import { RandomState } from '../../src/numpy/random-state.js';
import {
  categoricalDistribution,
  type Distribution,
  type FloatDistribution,
  floatDistribution,
  intDistribution,
} from '../../src/optuna/distributions/distributions.js';
import { ParzenEstimator } from '../../src/optuna/samplers/tpe/parzen-estimator.js';
import {
  equalWeights,
  forgettingWeights,
  mixtureWeights,
  WeightsMemory,
} from '../../src/optuna/samplers/tpe/weights.js';
import {
  above,
  below,
  knownWeights,
  ParzenHistory,
  type ParzenHistoryOptions,
} from '../../src/parzen/history.js';
import { naturalLogs } from '../../src/parzen/mixture.js';

const usual: ParzenHistoryOptions = { priorWeight: 1, magicClip: true, endpoints: false };

const spaces: Record<string, Distribution[]> = {
  floats: [floatDistribution(-5, 5), floatDistribution(1e-5, 10, { log: true })],
  'one float': [floatDistribution(-5, 5)],
  'ten floats': Array.from({ length: 10 }, () => floatDistribution(0, 1)),
  'small grids': [intDistribution(0, 7), floatDistribution(0, 1, { step: 0.25 })],
  'large grids': [intDistribution(0, 5000), intDistribution(1, 3000, { log: true })],
  choices: [categoricalDistribution(['a', 'b', 'c']), categoricalDistribution([1, 2])],
  mixed: [
    floatDistribution(0, 1),
    categoricalDistribution(['a', 'b', 'c']),
    intDistribution(1, 64, { log: true }),
    intDistribution(0, 9, { step: 3 }),
  ],
};

function dimension(distribution: Distribution) {
  if (distribution.kind === 'categorical') {
    return { nChoices: distribution.choices.length, low: 0, high: 0, step: 0, log: false };
  }
  const { low, high, log, step } = distribution;
  return { nChoices: 0, low, high, log, step: step ?? 0 };
}

function drawn(rng: RandomState, distribution: Distribution): number {
  if (distribution.kind === 'categorical') return rng.integer(distribution.choices.length - 1);
  const { low, high, log, step } = distribution;
  if (step === null) {
    // Now and then a value again, or an end of the range.
    const u = rng.random();
    const x = u < 0.1 ? 0 : u > 0.95 ? 1 : u;
    return log ? low * (high / low) ** x : low + (high - low) * x;
  }
  return low + step * rng.integer(Math.round((high - low) / step));
}

type Row = { number: number; side: number; values: number[] };

/** What an estimator built from scratch says of the points. */
function fromScratch(
  distributions: readonly Distribution[],
  rows: readonly Row[],
  points: readonly (readonly number[])[],
  options: ParzenHistoryOptions,
): Float64Array {
  const space = new Map(distributions.map((distribution, p) => [`${p}`, distribution]));
  const columns = (of: readonly (readonly number[])[]) =>
    new Map([...space.keys()].map((name, p) => [name, Float64Array.from(of, (row) => row[p]!)]));
  const sorted = [...rows].sort((a, b) => a.number - b.number).map(({ values }) => values);
  return new ParzenEstimator(space, columns(sorted), rows.length, options).logPdf(columns(points));
}

function close(actual: number, expected: number): boolean {
  return (
    Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-12 * (1 + Math.abs(expected))
  );
}

const variants: Record<string, ParzenHistoryOptions> = {
  '': usual,
  ' without prior': { ...usual, priorWeight: 0 },
  ' without magic clip': { ...usual, magicClip: false },
  ' with end points': { ...usual, endpoints: true, priorWeight: 0.3 },
};

for (const [name, distributions] of Object.entries(spaces)) {
  for (const [variant, options] of Object.entries(variants)) {
    test(`a history of ${name}${variant} that grows, moves and shrinks is one built from scratch`, (t) => {
      const rng = new RandomState(7);
      const history = new ParzenHistory(distributions.map(dimension), options);
      const rows = new Map<number, Row>();
      for (let round = 0; round < 60; round += 1) {
        // Mostly one at the end, as trials come; sometimes many, out of order, moved or taken out.
        const n = round % 20 === 19 ? 90 : 1 + rng.integer(3);
        const changes = Array.from({ length: n }, (): Row => {
          const isNew = rng.random() < 0.8;
          const number = isNew ? rows.size + 5 * rng.integer(3) : rng.integer(rows.size + 1);
          const side = isNew ? 1 + Number(rng.random() < 0.2) : rng.integer(2);
          const known = rows.get(number)?.values;
          return { number, side, values: known ?? distributions.map((of) => drawn(rng, of)) };
        });
        for (const change of changes) {
          if (change.side === 0) rows.delete(change.number);
          else rows.set(change.number, change);
        }
        history.update(
          Float64Array.from(changes, ({ number }) => number),
          Int32Array.from(changes, ({ side }) => side),
          Float64Array.from(changes.flatMap(({ values }) => values)),
        );
        if (round % 4 !== 3) continue;
        const points = Array.from({ length: 9 }, () => distributions.map((of) => drawn(rng, of)));
        for (const side of [above, below] as const) {
          const own = [...rows.values()].filter((row) => row.side === side);
          const weights = mixtureWeights(forgettingWeights, options.priorWeight, own.length);
          const actual = history.logPdf(
            side,
            naturalLogs(weights),
            Float64Array.from(points.flat()),
          );
          const expected = fromScratch(distributions, own, points, options);
          for (const [i, value] of actual.entries()) {
            if (!close(value, expected[i]!)) {
              t.fail(
                `round ${round}, side ${side}, ${own.length} rows, [${points[i]}]: ${value}, not ${expected[i]}`,
              );
              return;
            }
          }
        }
      }
      t.true(rows.size > 20);
    });
  }
}

test('points are drawn as often as their density says', (t) => {
  const distributions = [
    categoricalDistribution(['a', 'b', 'd']),
    intDistribution(1, 9, { step: 4 }),
    intDistribution(1, 6, { log: true }),
  ];
  const all: number[][] = [];
  for (const c of [0, 1, 2])
    for (const x of [1, 5, 9]) for (const l of [1, 2, 3, 4, 5, 6]) all.push([c, x, l]);
  const n = 50_000;
  const uniforms = new Float64Array(n * 4);
  new RandomState(0).fill(uniforms);
  for (const observed of [
    [],
    [
      [0, 1, 6],
      [0, 5, 2],
      [2, 5, 2],
    ],
  ]) {
    const history = new ParzenHistory(distributions.map(dimension), usual);
    history.update(
      Float64Array.from(observed, (_, number) => number),
      new Int32Array(observed.length).fill(below),
      Float64Array.from(observed.flat()),
    );
    const weights = new WeightsMemory(forgettingWeights, 1).of(observed.length);
    const points = history.sample(uniforms, weights, n);
    const counts = new Map<string, number>(all.map((point) => [point.join(), 0]));
    for (let i = 0; i < n; i += 1) {
      const point = points.subarray(3 * i, 3 * i + 3).join();
      counts.set(point, counts.get(point)! + 1);
    }
    const logs = history.logPdf(below, weights.logs, Float64Array.from(all.flat()));
    for (const [i, point] of all.entries()) {
      const p = Math.exp(logs[i]!);
      const off = Math.abs(counts.get(point.join())! - n * p);
      t.true(off < 5 * Math.sqrt(n * p) + 1, `[${point}]: ${counts.get(point.join())} of ${n * p}`);
    }
  }
});

test('what is chosen is the best of what is drawn from the same stream', (t) => {
  for (const [name, distributions] of Object.entries(spaces)) {
    const rng = new RandomState(3);
    const history = new ParzenHistory(distributions.map(dimension), usual);
    const rows = Array.from({ length: 150 }, (_, number): Row => {
      const side = number % 10 === 0 ? below : above;
      return { number, side, values: distributions.map((of) => drawn(rng, of)) };
    });
    history.update(
      Float64Array.from(rows, ({ number }) => number),
      Int32Array.from(rows, ({ side }) => side),
      Float64Array.from(rows.flatMap(({ values }) => values)),
    );
    const good = rows.filter(({ side }) => side === below);
    const bad = rows.filter(({ side }) => side === above);
    for (let seed = 0; seed < 10; seed += 1) {
      const m = 24;
      const uniforms = new Float64Array(m * (distributions.length + 1));
      new RandomState(seed).fill(uniforms);
      const memory = new WeightsMemory(forgettingWeights, 1);
      const chosen = history.choose(
        uniforms,
        memory.of(good.length),
        memory.of(bad.length).logs,
        m,
      );
      const d = distributions.length;
      const drawnPoints = history.sample(uniforms, memory.of(good.length), m);
      const points = Array.from({ length: m }, (_, i) => [
        ...drawnPoints.subarray(i * d, (i + 1) * d),
      ]);
      const l = fromScratch(distributions, good, points, usual);
      const g = fromScratch(distributions, bad, points, usual);
      let best = 0;
      for (let i = 1; i < m; i += 1) if (l[i]! - g[i]! > l[best]! - g[best]!) best = i;
      t.deepEqual([...chosen], points[best], `${name}, seed ${seed}`);
      const logs = [memory.of(good.length).logs, memory.of(bad.length).logs] as const;
      t.deepEqual([...chosen], points[history.best(drawnPoints, ...logs)]);
    }
  }
});

test('weights that a history knows by itself are those of forgetting', (t) => {
  const rng = new RandomState(11);
  for (const distributions of Object.values(spaces)) {
    for (const n of [0, 1, 2, 24, 25, 26, 27, 60, 300]) {
      for (const priorWeight of [0, 1e-30, 0.5, 1, 3]) {
        if (n === 0 && priorWeight === 0) continue;
        for (const magicClip of [true, false]) {
          const options = { ...usual, priorWeight, magicClip };
          const history = new ParzenHistory(distributions.map(dimension), options);
          const row = () => distributions.map((of) => drawn(rng, of));
          // Those above are in clusters, so that without a least width much is far from all of them.
          const rows = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? row() : undefined));
          const values = rows.map((own, i) => own ?? rows[i - (i % 3)]!);
          const sides = Array.from({ length: 2 * n }, (_, i) => (i < n ? above : below));
          history.update(
            Float64Array.from(sides, (_, number) => number),
            Int32Array.from(sides),
            Float64Array.from([...values, ...values.map(row)].flat()),
          );
          const points = Float64Array.from(Array.from({ length: 5 }, row).flat());
          const of = new WeightsMemory(forgettingWeights, priorWeight).of(n);
          const expected = history.logPdf(above, of.logs, points);
          const actual = history.logPdf(above, knownWeights, points);
          const what = `${n} rows, prior ${priorWeight}, clip ${magicClip}`;
          t.true(
            actual.every((value, i) => close(value, expected[i]!)),
            `${what}: [${actual}], not [${expected}]`,
          );
          const uniforms = new Float64Array(24 * (distributions.length + 1));
          rng.fill(uniforms);
          const byLogs = history.choose(uniforms, of, of.logs, 24);
          const byItself = history.choose(
            uniforms,
            { ...of, logs: knownWeights },
            knownWeights,
            24,
          );
          // Of choices and small grids, scores may tie.
          if (distributions.some((one) => one.kind === 'float' && one.step === null)) {
            t.deepEqual(byItself, byLogs, what);
          }
        }
      }
    }
  }
});

test('observations far out, and widths next to nothing, do not spoil a density', (t) => {
  const wide = floatDistribution(-1e300, 1e307);
  const unit = floatDistribution(0, 1);
  const cases: [Distribution[], number[][], ParzenHistoryOptions][] = [
    [
      [unit, unit],
      [
        [20, 0.5],
        [0.5, -1e3],
        [0.25, 0.25],
        [3, 3],
      ],
      usual,
    ],
    [
      [unit, unit],
      [
        [0.5, 0.5],
        [0.5 + 1e-15, 0.5],
        [0.25, 0.25],
      ],
      { ...usual, magicClip: false },
    ],
    [[unit], [[0.5], [0.5 + 1e-15], [7], [-1e3], [0.25]], { ...usual, magicClip: false }],
    [
      [wide, unit],
      [
        [1e306, 0.5],
        [-1e300, 0.1],
        [0, 1],
      ],
      usual,
    ],
  ];
  for (const [distributions, values, options] of cases) {
    const history = new ParzenHistory(distributions.map(dimension), options);
    history.update(
      Float64Array.from(values, (_, number) => number),
      new Int32Array(values.length).fill(above),
      Float64Array.from(values.flat()),
    );
    const rows = values.map((row, number): Row => ({ number, side: above, values: row }));
    const inside = values.filter((row) =>
      row.every((x, p) => {
        const { low, high } = distributions[p] as FloatDistribution;
        return low <= x && x <= high;
      }),
    );
    const { logs } = new WeightsMemory(forgettingWeights, 1).of(values.length);
    const actual = history.logPdf(above, logs, Float64Array.from(inside.flat()));
    const expected = fromScratch(distributions, rows, inside, options);
    t.true(
      actual.every((value, i) => close(value, expected[i]!)),
      `[${actual}], not [${expected}]`,
    );
  }
});

test('a choice on a thread is the same, and calls in the meantime wait for it', async (t) => {
  const history = new ParzenHistory(spaces['floats']!.map(dimension), usual);
  const memory = new WeightsMemory(equalWeights, 1);
  const uniforms = Float64Array.from({ length: 24 * 3 }, (_, i) => (i + 0.5) / 72);
  const now = history.choose(uniforms, memory.of(0), memory.of(0).logs, 24);
  const later = history.chooseLater(uniforms, memory.of(0), memory.of(0).logs, 24);
  uniforms.fill(0.5);
  history.update(Float64Array.of(0), Int32Array.of(1), Float64Array.of(0, 1));
  t.deepEqual(await later, now);
});

test('updates on threads follow each other, and calls after them see what they change', async (t) => {
  const rng = new RandomState(5);
  const distributions = spaces['mixed']!;
  const dimensions = distributions.map(dimension);
  const [later, atOnce] = [
    new ParzenHistory(dimensions, usual),
    new ParzenHistory(dimensions, usual),
  ];
  const point = Float64Array.from(distributions, (of) => drawn(rng, of));
  const memory = new WeightsMemory(forgettingWeights, 1);
  const pending: Promise<unknown>[] = [];
  for (let round = 0; round < 20; round += 1) {
    const n = 100;
    const numbers = Float64Array.from({ length: n }, (_, i) => n * round + i);
    const sides = new Int32Array(n).fill(above);
    const rows = Float64Array.from(
      Array.from({ length: n }, () => distributions.map((of) => drawn(rng, of))).flat(),
    );
    atOnce.update(numbers, sides, rows);
    pending.push(later.updateLater(numbers, sides, rows));
    // The next one has the same numbers: only the order of the calls decides what they are.
    pending.push(later.updateLater(numbers, sides.fill(round % 3 === 0 ? below : above), rows));
    atOnce.update(numbers, sides, rows);
    for (const array of [numbers, sides, rows]) array.fill(0);
  }
  const uniforms = Float64Array.from({ length: 24 * 5 }, (_, i) => (i + 0.5) / 120);
  const args = [uniforms, memory.of(700), memory.of(1300).logs, 24] as const;
  const chosen = later.chooseLater(...args);
  const { logs } = memory.of(1300);
  t.deepEqual(later.logPdf(above, logs, point), atOnce.logPdf(above, logs, point));
  t.deepEqual(await chosen, atOnce.choose(...args));
  t.deepEqual(await Promise.all(pending), new Array(40).fill(undefined));
});

test('what is wrong with an update on a thread is the reason for which its promise is rejected', async (t) => {
  const history = new ParzenHistory([dimension(floatDistribution(0, 1))], usual);
  const update = (numbers: number[], sides: number[], rows: number[]) =>
    history.updateLater(
      Float64Array.from(numbers),
      Int32Array.from(sides),
      Float64Array.from(rows),
    );
  const refused = (promise: Promise<void>, message: RegExp) =>
    t.throwsAsync(promise, { instanceOf: InvalidArgumentError, message });
  await refused(update([0], [3], [0]), /sides must be/);
  await refused(update([0, 1], [1, 1], [0.5, Number.NaN]), /rows\[1\] must be finite/);
  await refused(update([0], [1], []), /rows must have 1 element/);
  await refused(
    history.updateLater([] as never, new Int32Array(0), new Float64Array(0)),
    /numbers must be a Float64Array/,
  );
  await update([], [], []);
  // None of them has changed anything.
  t.is(history.logPdf(above, Float64Array.of(0), Float64Array.of(0.5)).length, 1);
});

test('what is no history is refused, and nothing has changed then', (t) => {
  const refused = (body: () => unknown, message: RegExp) =>
    t.throws(body, { instanceOf: InvalidArgumentError, message });
  const unit = { nChoices: 0, low: 0, high: 1, step: 0, log: false };
  refused(() => new ParzenHistory([], usual), /dimensions must not be empty/);
  refused(() => new ParzenHistory([{ ...unit, high: 0 }], usual), /low < high/);
  refused(() => new ParzenHistory([{ ...unit, high: Infinity }], usual), /finite/);
  refused(() => new ParzenHistory([{ ...unit, log: true }], usual), /above 0 with log/);
  refused(() => new ParzenHistory([{ ...unit, nChoices: -1 }], usual), /nChoices must be/);
  refused(() => new ParzenHistory([unit], { ...usual, priorWeight: -1 }), /priorWeight must be/);

  const history = new ParzenHistory([unit, { ...unit, nChoices: 3 }], usual);
  const update = (numbers: number[], sides: number[], rows: number[]) =>
    history.update(Float64Array.from(numbers), Int32Array.from(sides), Float64Array.from(rows));
  refused(() => update([0], [3], [0, 0]), /sides must be/);
  refused(() => update([Number.NaN], [1], [0, 0]), /numbers must be finite/);
  refused(
    () => update([0, 1], [1, 1], [0, 0, 0, 3]),
    /rows\[3\] must be an integer in 0..2, not 3/,
  );
  refused(() => update([0], [1], [Number.NaN, 0]), /rows\[0\] must be finite/);
  refused(() => update([0], [1], [0]), /rows must have 2 elements/);
  const logs = (n: number) => new Float64Array(n);
  t.is(history.logPdf(above, logs(1), Float64Array.of(0.5, 1)).length, 1);
  refused(() => history.logPdf(above, logs(2), Float64Array.of(0.5, 1)), /logAbove must have 1/);
  refused(() => history.logPdf(above, logs(1), Float64Array.of(0.5, 7)), /points\[1\]/);
  const one = { weights: Float64Array.of(1), logs: logs(1) };
  const uniforms = new Float64Array(3);
  refused(() => history.choose(uniforms, one, one.logs, 2), /uniforms must have 6/);
  refused(() => history.choose(uniforms, one, one.logs, 0), /nCandidates must be/);
  refused(() => history.choose(uniforms.fill(1), one, one.logs, 1), /uniforms must be in \[0, 1\)/);
  const half = { ...one, weights: Float64Array.of(0.5) };
  refused(() => history.choose(uniforms.fill(0), half, one.logs, 1), /below must sum to 1/);
  refused(() => history.sample(uniforms, half, 1), /below must sum to 1/);
  refused(() => history.sample(uniforms, one, 2), /uniforms must have 6/);
  t.is(history.sample(uniforms.subarray(0, 0), one, 0).length, 0);
  refused(() => history.best(logs(0), one.logs, one.logs), /points must not be empty/);
  refused(() => history.best(logs(3), one.logs, one.logs), /points must have 2/);
  refused(() => history.best(Float64Array.of(0, 3), one.logs, one.logs), /points\[1\] must be an/);
  refused(() => history.best(logs(2), logs(2), one.logs), /logBelow must have 1/);
  refused(() => history.best(logs(2), one.logs, logs(2)), /logAbove must have 1/);
});

test('no arguments crash the addon, also while a choice runs on a thread', async (t) => {
  const rng = new RandomState(11);
  const oneOf = <T>(values: readonly T[]): T => values[rng.integer(values.length - 1)]!;
  const gone = new Float64Array(3);
  structuredClone(gone, { transfer: [gone.buffer] });
  const numbers = [0, -0, 1, -1, 0.5, 2, 5e-324, 1e308, -1e308, Infinity, -Infinity, Number.NaN];
  const odd = (): never =>
    oneOf<unknown>([
      ...numbers,
      undefined,
      null,
      'x',
      2n,
      {},
      [1, 2, 3],
      gone,
      new Float32Array(3),
      new Int32Array(1),
      new DataView(new ArrayBuffer(8)),
      new Float64Array(new SharedArrayBuffer(24)),
      Float64Array.from({ length: rng.integer(6) }, () => oneOf(numbers)),
    ]) as never;
  const mostly = <T>(value: T): T => (rng.integer(5) === 0 ? odd() : value);
  const reals = (n: number) => Float64Array.from({ length: n }, () => oneOf(numbers));
  const attempts: [body: () => unknown, ended: string][] = [];
  const jobs: Promise<unknown>[] = [];
  const attempt = (body: () => unknown) => {
    try {
      body();
      attempts.push([body, 'fine']);
    } catch (error) {
      attempts.push([body, error instanceof Error ? 'refused' : String(error)]);
    }
  };
  for (let round = 0; round < 150; round += 1) {
    const fields = [0, oneOf(numbers), oneOf(numbers), oneOf([0, 0, 1, oneOf(numbers)]), 0];
    const sound = oneOf([
      [0, 0, 1, 0, 0],
      [0, 1, 9, 1, 1],
      [3, 0, 0, 0, 0],
    ]);
    const dimensions = Float64Array.from(oneOf([sound, sound, fields]));
    attempt(() => {
      const history = callNative(
        (addon) => new addon.NativeParzenHistory(mostly(dimensions), mostly(1), true, false),
      );
      attempt(() => history.update.call(odd(), reals(1), Int32Array.of(1), reals(1)));
      for (let n = 0; n < 6; n += 1) {
        attempt(() =>
          history.update(mostly(Float64Array.of(n)), mostly(Int32Array.of(2)), reals(1)),
        );
        attempt(() =>
          jobs.push(
            history
              .updateLater(mostly(Float64Array.of(n)), Int32Array.of(2), mostly(reals(1)))
              .promise.catch(() => {}),
          ),
        );
        for (const size of [0, 1, 2, 3, 4, 5, 6]) {
          const weights = new Float64Array(size + 1).fill(1 / (size + 1));
          const uniforms = Float64Array.from({ length: 4 }, () => rng.uniform(0, 1));
          const args = [uniforms, weights, weights, weights.subarray(0, 1), 2, reals(1)] as const;
          attempt(() => history.choose(...(args.map(mostly) as unknown as typeof args)));
          attempt(() => jobs.push(history.chooseLater(...args).promise.catch(() => {})));
          attempt(() => history.logPdf(mostly(2), mostly(weights), reals(2), reals(2)));
          attempt(() => history.sample(mostly(uniforms), mostly(weights), mostly(reals(2))));
          attempt(() => history.best(mostly(reals(2)), mostly(weights), mostly(weights)));
        }
      }
    });
  }
  await Promise.all(jobs);
  const count = (what: string) => attempts.filter(([, ended]) => ended === what).length;
  t.is(count('fine') + count('refused'), attempts.length);
  t.true(count('fine') > 500 && count('refused') > 500, `${count('fine')} of ${attempts.length}`);
});
