import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative, native } from '../../src/native/addon.js';
import type { HostArray } from '../../src/native/dtype.js';
import { type BinaryOp, binaryOps, type UnaryOp, unaryOps } from '../../src/native/elementwise.js';

const alpha = -0.25;
const beta = 2;
const x = [-2.5, -0.5, 0.75, 7.25];

const half = (v: number) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));

const erf = new Map([
  [-2.5, -0.999593],
  [-0.5, -0.5204999],
  [0.75, 0.7111556],
  [7.25, 1],
]);

/** float32 to float32. */
const unaryFloats: Partial<Record<UnaryOp, (v: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  elu: (v) => (v >= 0 ? v : Math.expm1(v)),
  erf: (v) => erf.get(v) as number,
  exp: Math.exp,
  expm1: Math.expm1,
  floor: Math.floor,
  log: Math.log,
  log1p: Math.log1p,
  neg: (v) => -v,
  reciprocal: (v) => 1 / v,
  relu: (v) => Math.max(0, v),
  relu6: (v) => Math.min(6, Math.max(0, v)),
  round: half,
  rsqrt: (v) => 1 / Math.sqrt(v),
  selu: (v) => (v >= 0 ? 1.05070098 * v : 1.75809934 * Math.expm1(v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  sign: Math.sign,
  sin: Math.sin,
  sinh: Math.sinh,
  softplus: (v) => Math.log1p(Math.exp(v)),
  sqrt: Math.sqrt,
  square: (v) => v * v,
  tan: Math.tan,
  tanh: Math.tanh,
  leakyRelu: (v) => (v < 0 ? alpha * v : v),
  step: (v) => (v > 0 ? 1 : alpha),
  clip: (v) => Math.min(beta, Math.max(alpha, v)),
};

const a = [-2.5, -0.5, 0.75, 7.5, 2];
const b = [2, -1.5, 0.75, -2, 3];

const binaryFloats: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  floorDivide: (a, b) => Math.floor(a / b),
  mod: (a, b) => a - b * Math.floor(a / b),
  maximum: Math.max,
  minimum: Math.min,
  pow: Math.pow,
  squaredDifference: (a, b) => (a - b) ** 2,
  atan2: Math.atan2,
  reluGrad: (dy, x) => (x > 0 ? dy : 0),
  eluGrad: (dy, y) => (y >= 0 ? dy : dy * (y + 1)),
  prelu: (a, b) => (a < 0 ? a * b : a),
};

const comparisons: Partial<Record<BinaryOp, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

function unary<Y extends HostArray>(op: UnaryOp, from: HostArray, y: Y): number[] {
  native().unary(unaryOps.indexOf(op), Float32Array.of(alpha, beta), from, y);
  return Array.from(y);
}

function binary<Y extends HostArray>(
  op: BinaryOp,
  left: HostArray,
  right: HostArray,
  y: Y,
): number[] {
  const shape = Int32Array.of(y.length);
  native().binary(binaryOps.indexOf(op), shape, shape, left, right, y);
  return Array.from(y);
}

const isClose = (actual: number, expected: number) =>
  Object.is(actual, expected) || Math.abs(actual - expected) <= 2e-6 * (1 + Math.abs(expected));

/** Every name of `ops` is called, and no two give the same. */
function distinct<Op extends string>(ops: readonly Op[], results: Map<Op, unknown>) {
  const missing = ops.filter((op) => !results.has(op));
  const texts = new Set([...results.values()].map((result) => String(result)));
  return { missing, different: texts.size === results.size };
}

test('names of functions of one tensor are in the order of the enumeration', (t) => {
  const results = new Map<UnaryOp, unknown>();
  for (const [name, expected] of Object.entries(unaryFloats)) {
    const op = name as UnaryOp;
    const y = unary(op, Float32Array.from(x), new Float32Array(x.length));
    results.set(op, `float32 ${y}`);
    for (const [i, v] of x.entries()) {
      t.true(isClose(y[i] as number, expected(v)), `${op}(${v}) is ${y[i]}, not ${expected(v)}`);
    }
  }
  const tests = Float32Array.of(1, -Infinity, Number.NaN);
  for (const [op, expected] of [
    ['isFinite', [1, 0, 0]],
    ['isInf', [0, 1, 0]],
    ['isNan', [0, 0, 1]],
  ] as const) {
    const y = unary(op, tests, new Uint8Array(3));
    results.set(op, `bool ${y}`);
    t.deepEqual(y, [...expected]);
  }
  const not = unary('logicalNot', Uint8Array.of(0, 1), new Uint8Array(2));
  results.set('logicalNot', `bool ${not}`);
  t.deepEqual(not, [1, 0]);
  t.deepEqual(distinct(unaryOps, results), { missing: [], different: true });
});

test('names of functions of two tensors are in the order of the enumeration', (t) => {
  const results = new Map<BinaryOp, unknown>();
  const [left, right] = [Float32Array.from(a), Float32Array.from(b)];
  for (const [name, expected] of Object.entries(binaryFloats)) {
    const op = name as BinaryOp;
    const y = binary(op, left, right, new Float32Array(a.length));
    results.set(op, `float32 ${y}`);
    for (const [i, v] of a.entries()) {
      const value = expected(v, b[i] as number);
      t.true(isClose(y[i] as number, value), `${op}(${v}, ${b[i]}) is ${y[i]}, not ${value}`);
    }
  }
  for (const [name, expected] of Object.entries(comparisons)) {
    const op = name as BinaryOp;
    const y = binary(op, left, right, new Uint8Array(a.length));
    results.set(op, `bool ${y}`);
    t.deepEqual(
      y,
      a.map((v, i) => Number(expected(v, b[i] as number))),
      op,
    );
  }
  const [p, q] = [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 0, 1)];
  for (const [op, expected] of [
    ['logicalAnd', [0, 0, 0, 1]],
    ['logicalOr', [0, 1, 1, 1]],
  ] as const) {
    const y = binary(op, p, q, new Uint8Array(4));
    results.set(op, `bool ${y}`);
    t.deepEqual(y, [...expected]);
  }
  const bits = binary('bitwiseAnd', Int32Array.of(6, -1), Int32Array.of(3, 9), new Int32Array(2));
  results.set('bitwiseAnd', `int32 ${bits}`);
  t.deepEqual(bits, [2, 9]);
  t.deepEqual(distinct(binaryOps, results), { missing: [], different: true });
});

test('shapes broadcast', (t) => {
  const y = new Int32Array(6);
  native().binary(
    binaryOps.indexOf('multiply'),
    Int32Array.of(2, 1),
    Int32Array.of(3),
    Int32Array.of(2, -3),
    Int32Array.of(1, 10, 100),
    y,
  );
  t.deepEqual(Array.from(y), [2, 20, 200, -3, -30, -300]);
});

test('select and cast', (t) => {
  const y = new Float32Array(4);
  native().select(Uint8Array.of(0, 1), Float32Array.of(1, 2, 3, 4), new Float32Array(4), y);
  t.deepEqual(Array.from(y), [0, 0, 3, 4]);
  const integers = new Int32Array(4);
  native().cast(Float32Array.of(-2.7, Number.NaN, 2 ** 31, 2 ** 32 + 2 ** 12), integers);
  t.deepEqual(Array.from(integers), [-2, 0, -(2 ** 31), 2 ** 12]);
});

test('what does not fit is refused with a typed error', (t) => {
  const four = new Float32Array(4);
  const refuse = (message: string, call: () => void) =>
    t.throws(() => callNative(call), { instanceOf: InvalidArgumentError, message });
  const parameters = new Float32Array(2);
  refuse('op must be in 0..39, not 40', () => native().unary(40, parameters, four, four));
  refuse('op must be in 0..22, not -1', () =>
    native().binary(-1, Int32Array.of(4), Int32Array.of(4), four, four, four),
  );
  refuse('parameters must have 2 elements, not 4', () => native().unary(0, four, four, four));
  refuse('abs: y must have 4 elements, not 3', () =>
    native().unary(0, parameters, four, new Float32Array(3)),
  );
  refuse('x must be a Float32Array, an Int32Array or a Uint8Array', () =>
    native().cast([1] as unknown as Float32Array, four),
  );
});
