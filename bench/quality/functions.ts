import type { Choice, Trial } from '../../src/optuna/index.js';

/** A function to minimize, with a grid of at most 100 points that covers its space. */
export interface TestFunction {
  readonly name: string;
  readonly dimensions: number;
  /** Its least value. */
  readonly minimum: number;
  readonly grid: Readonly<Record<string, readonly Choice[]>>;
  evaluate(trial: Trial): number;
}

const gridPoints = 100;

/** So many values for each parameter, as evenly as the number of points allows. */
function levels(dimensions: number, most: readonly number[] = []): number[] {
  const counts = Array.from({ length: dimensions }, () => 1);
  for (let grown = true; grown; ) {
    grown = false;
    for (let i = 0; i < dimensions; i++) {
      const points = counts.reduce((product, count) => product * count, 1);
      if (counts[i]! >= (most[i] ?? Number.POSITIVE_INFINITY)) continue;
      if ((points / counts[i]!) * (counts[i]! + 1) > gridPoints) continue;
      counts[i]! += 1;
      grown = true;
    }
  }
  return counts;
}

/** The middles of `count` equal parts. */
function middles(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.5)) / count);
}

/** A function of floats that all have the range [low, high]. */
function ofFloats(
  name: string,
  [low, high]: readonly [number, number],
  dimensions: number,
  minimum: number,
  f: (x: number[]) => number,
): TestFunction {
  const counts = levels(dimensions);
  const names = Array.from({ length: dimensions }, (_, i) => `x${i}`);
  return {
    ...{ name: `${name}, ${dimensions}`, dimensions, minimum },
    grid: Object.fromEntries(names.map((x, i) => [x, middles(low, high, counts[i]!)])),
    evaluate: (trial) => f(names.map((x) => trial.suggestFloat(x, low, high))),
  };
}

/** Distances from an optimum that lies in no point of a grid and differs between coordinates. */
function shifted(x: readonly number[], range: number): number[] {
  return x.map((value, i) => value - range * 0.6 * Math.sin(1 + 2.4 * i));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

function levy(x: readonly number[]): number {
  const w = x.map((value) => 1 + (value - 1) / 4);
  const last = w.at(-1)!;
  const middle = w
    .slice(0, -1)
    .map((value) => (value - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * value + 1) ** 2));
  return (
    Math.sin(Math.PI * w[0]!) ** 2 +
    sum(middle) +
    (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
  );
}

function ackley(x: readonly number[]): number {
  const distance = Math.sqrt(mean(x.map((value) => value ** 2)));
  const waves = mean(x.map((value) => Math.cos(2 * Math.PI * value)));
  return -20 * Math.exp(-0.2 * distance) - Math.exp(waves) + 20 + Math.E;
}

function griewank(x: readonly number[]): number {
  const product = x.reduce((total, value, i) => total * Math.cos(value / Math.sqrt(i + 1)), 1);
  return sum(x.map((value) => value ** 2)) / 4000 - product + 1;
}

function rosenbrock(x: readonly number[]): number {
  return sum(x.slice(1).map((next, i) => 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2));
}

const hartmannWeights = [1, 1.2, 3, 3.2];
const hartmannScales = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const hartmannCentres = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

function hartmann(x: readonly number[]): number {
  return -sum(
    hartmannWeights.map((weight, i) => {
      const scaled = x.map(
        (value, j) => hartmannScales[i]![j]! * (value - hartmannCentres[i]![j]!) ** 2,
      );
      return weight * Math.exp(-sum(scaled));
    }),
  );
}

/** Branin's, on [-5, 10] x [0, 15]. */
const branin: TestFunction = {
  ...{ name: 'Branin, 2', dimensions: 2, minimum: 0.39788735772973816 },
  grid: { a: middles(-5, 10, 10), b: middles(0, 15, 10) },
  evaluate(trial) {
    const [a, b] = [trial.suggestFloat('a', -5, 10), trial.suggestFloat('b', 0, 15)];
    const bend = b - (5.1 * a * a) / (4 * Math.PI ** 2) + (5 * a) / Math.PI - 6;
    return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
  },
};

/** As the loss of a small network might depend on its settings. */
const mixed: TestFunction = {
  ...{ name: 'mixed, 6', dimensions: 6, minimum: 0 },
  grid: {
    rate: [1e-4, 1e-3, 1e-2],
    decay: [1e-5, 1e-2],
    layers: [2, 5],
    units: [32, 128],
    activation: ['relu', 'elu'],
    norm: [true, false],
  },
  evaluate(trial) {
    const rate = Math.log10(trial.suggestFloat('rate', 1e-5, 1e-1, { log: true }));
    const decay = Math.log10(trial.suggestFloat('decay', 1e-6, 1e-1, { log: true }));
    const layers = trial.suggestInt('layers', 1, 8);
    const units = Math.log2(trial.suggestInt('units', 8, 512, { log: true }));
    const activation = trial.suggestCategorical('activation', ['relu', 'tanh', 'elu', 'linear']);
    const norm = trial.suggestCategorical('norm', [true, false]);
    const penalty = { relu: 0.1, tanh: 0.5, elu: 0, linear: 2 }[activation];
    return (
      (rate + 2.7) ** 2 +
      0.3 * (decay + 4.2) ** 2 +
      0.2 * (layers - (norm ? 6 : 3)) ** 2 +
      0.5 * (units - 7) ** 2 +
      penalty +
      (norm ? 0 : 0.3)
    );
  },
};

/** Which of the others there are depends on the first parameter. */
const conditional: TestFunction = {
  ...{ name: 'conditional, 7', dimensions: 7, minimum: 0 },
  grid: {
    model: ['linear', 'forest', 'network'],
    penalty: [0.1],
    depth: [4, 12],
    trees: [30, 100],
    rate: [1e-3, 1e-2],
    width: [32, 128],
    dropout: [0.2, 0.6],
  },
  evaluate(trial) {
    const model = trial.suggestCategorical('model', ['linear', 'forest', 'network']);
    if (model === 'linear') {
      return 3 + Math.log10(trial.suggestFloat('penalty', 1e-5, 1e2, { log: true })) ** 2;
    }
    if (model === 'forest') {
      const depth = trial.suggestInt('depth', 1, 20);
      const trees = trial.suggestInt('trees', 10, 500, { log: true });
      return 1 + 0.05 * (depth - 11) ** 2 + (Math.log10(trees) - 2.3) ** 2;
    }
    const rate = Math.log10(trial.suggestFloat('rate', 1e-5, 1e-1, { log: true }));
    const width = Math.log2(trial.suggestInt('width', 4, 512, { log: true }));
    const dropout = trial.suggestFloat('dropout', 0, 0.8);
    return (rate + 3.2) ** 2 + 0.4 * (width - 7) ** 2 + 8 * (dropout - 0.3) ** 2;
  },
};

/** Whole numbers and a step, with a valley across the coordinates. */
const stepped: TestFunction = {
  ...{ name: 'steps, 5', dimensions: 5, minimum: 0 },
  grid: { a: [-10, 0, 10], b: [-10, 0, 10], c: [16, 48], d: [0.2, 0.5], e: [25, 75] },
  evaluate(trial) {
    const a = trial.suggestInt('a', -20, 20);
    const b = trial.suggestInt('b', -20, 20);
    const c = trial.suggestInt('c', 0, 64, { step: 8 });
    const d = trial.suggestFloat('d', 0, 1, { step: 0.1 });
    const e = trial.suggestInt('e', 0, 100, { step: 5 });
    return (
      (a - b - 3) ** 2 / 10 +
      (a + 7) ** 2 / 20 +
      Math.abs(c - 40) / 8 +
      10 * Math.abs(d - 0.7) +
      ((e - 35) / 10) ** 2
    );
  },
};

/** Of 2 to 20 dimensions; see Surjanovic and Bingham, Virtual Library of Simulation Experiments. */
export const testFunctions: readonly TestFunction[] = [
  branin,
  ofFloats('Ackley', [-32, 32], 2, 0, (x) => ackley(shifted(x, 32))),
  ofFloats('Rosenbrock', [-5, 10], 4, 0, rosenbrock),
  stepped,
  mixed,
  ofFloats('Hartmann', [0, 1], 6, -3.322368011391339, hartmann),
  conditional,
  ofFloats('Levy', [-10, 10], 8, 0, levy),
  ofFloats('Rastrigin', [-5.12, 5.12], 10, 0, (x) =>
    sum(shifted(x, 5.12).map((value) => value ** 2 - 10 * Math.cos(2 * Math.PI * value) + 10)),
  ),
  ofFloats(
    'Styblinski-Tang',
    [-5, 5],
    10,
    -39.16616570377142 * 10,
    (x) => sum(x.map((value) => value ** 4 - 16 * value ** 2 + 5 * value)) / 2,
  ),
  ofFloats('Griewank', [-600, 600], 15, 0, (x) => griewank(shifted(x, 600))),
  ofFloats('sphere', [-5, 5], 20, 0, (x) => sum(shifted(x, 5).map((value) => value ** 2))),
];
