import {
  bools,
  type Cases,
  floats,
  type Input,
  ints,
  type KernelCase,
  specials,
  tensor,
} from './kernel-case.js';

type Attributes = KernelCase['attributes'];

function unary(x: Input, attributes: Attributes, tolerance = 0): KernelCase {
  return { inputs: { x }, attributes, tolerance };
}

/** Of float32, with one element more than vectors hold and more than one thread gets. */
function ofFloats(tolerance: number, scale: number, attributes?: Attributes) {
  return {
    'NaN, infinities and halves': unary(specials, attributes, tolerance),
    '[3, 5, 7, 11]': unary(floats([3, 5, 7, 11], scale), attributes, tolerance),
    'more than one thread': unary(floats([40001], scale, 2), attributes, tolerance),
    'no dimension': unary(floats([], scale), attributes, tolerance),
    'no element': unary(floats([2, 0, 3]), attributes, tolerance),
  };
}

function ofInts(attributes?: Attributes) {
  return { 'int32 [7, 9, 3]': unary(ints([7, 9, 3]), attributes) };
}

/** tfjs-backend-cpu computes in double precision; the engine's floats are that far away at most. */
const ulps = 5e-7;

const unaryCases: Cases = {
  Abs: { ...ofFloats(0, 9), ...ofInts() },
  Acos: ofFloats(ulps, 1),
  Acosh: ofFloats(ulps, 9),
  Asin: ofFloats(ulps, 1),
  Asinh: ofFloats(ulps, 9),
  Atan: ofFloats(ulps, 9),
  Atanh: ofFloats(ulps, 1),
  Ceil: { ...ofFloats(0, 9), int32: { ...unary(ints([7]), {}), isForwarded: true } },
  ClipByValue: ofFloats(0, 9, { clipValueMin: -2.5, clipValueMax: 3 }),
  Cos: ofFloats(ulps, 9),
  Cosh: ofFloats(ulps, 9),
  Elu: ofFloats(ulps, 9),
  Erf: ofFloats(ulps, 3),
  Exp: ofFloats(ulps, 9),
  Expm1: ofFloats(ulps, 9),
  Floor: ofFloats(0, 9),
  IsFinite: ofFloats(0, 9),
  IsInf: ofFloats(0, 9),
  IsNan: ofFloats(0, 9),
  LeakyRelu: ofFloats(ulps, 9, { alpha: 0.3 }),
  Log: ofFloats(ulps, 9),
  Log1p: ofFloats(ulps, 9),
  LogicalNot: { 'bool [5, 7]': unary(bools([5, 7]), {}) },
  Neg: { ...ofFloats(0, 9), ...ofInts() },
  Reciprocal: ofFloats(ulps, 9),
  Relu: { ...ofFloats(0, 9), ...ofInts() },
  Relu6: { ...ofFloats(0, 9), ...ofInts() },
  Round: ofFloats(0, 9),
  Rsqrt: ofFloats(ulps, 9),
  Selu: ofFloats(ulps, 9),
  Sigmoid: ofFloats(ulps, 9),
  Sign: { ...ofFloats(0, 9), ...ofInts() },
  Sin: ofFloats(ulps, 9),
  Sinh: ofFloats(ulps, 9),
  Softplus: ofFloats(ulps, 9),
  Sqrt: ofFloats(ulps, 9),
  Square: { ...ofFloats(ulps, 9), ...ofInts() },
  Step: { ...ofFloats(0, 9, { alpha: 0.5 }), ...ofInts({ alpha: 2 }) },
  Tan: ofFloats(ulps, 1.5),
  Tanh: ofFloats(ulps, 9),
};

interface Operands {
  a: Input;
  b: Input;
}

type Make = (shape: readonly number[], scale?: number, seed?: number) => Input;

const shapes: [a: number[], b: number[]][] = [
  [
    [3, 5, 7],
    [3, 5, 7],
  ],
  [[3, 5, 7], []],
  [[], [3, 5, 7]],
  [[3, 5, 7], [7]],
  [
    [3, 5, 7],
    [5, 1],
  ],
  [
    [3, 1, 7],
    [5, 1],
  ],
  [
    [1, 5, 1],
    [3, 1, 7],
  ],
  [
    [2, 1, 2, 1, 2, 1, 2, 3],
    [1, 3, 1, 2, 2, 3, 1, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[201, 201], [201]],
];

function broadcast(make: Make, scale: number): Record<string, Operands> {
  return Object.fromEntries(
    shapes.map(([a, b]) => [
      `[${a}] and [${b}] of ${make([]).dtype}`,
      { a: make(a, scale, 1), b: make(b, scale, 2) },
    ]),
  );
}

const column: Input = { ...specials, shape: [specials.values.length, 1] };
const everyPair: Record<string, Operands> = {
  'each of NaN, infinities and halves with each': { a: column, b: specials },
};
const floatPairs = { ...everyPair, ...broadcast(floats, 9) };
const intPairs = broadcast(ints, 9);

function binary(
  pairs: Record<string, Operands>,
  tolerance = 0,
  names: [a: string, b: string] = ['a', 'b'],
): Record<string, KernelCase> {
  return Object.fromEntries(
    Object.entries(pairs).map(([title, { a, b }]) => [
      title,
      { inputs: { [names[0]]: a, [names[1]]: b }, tolerance },
    ]),
  );
}

const comparisons = { ...binary(floatPairs), ...binary(intPairs) };
const logic = binary(broadcast(bools, 1));
const equality = { ...comparisons, ...logic };
const arithmetic = { ...binary(floatPairs, ulps), ...binary(intPairs) };

const ofInt32: Record<string, Operands> = {
  'int32 by 0': { a: tensor([5, -5, 0], [3], 'int32'), b: tensor([0, 0, 0], [3], 'int32') },
};

const binaryCases: Cases = {
  Add: {
    ...arithmetic,
    'two types': { inputs: { a: ints([5]), b: floats([5]) }, isForwarded: true },
    'nine dimensions': {
      inputs: { a: floats([1, 1, 1, 1, 1, 1, 1, 1, 2]), b: floats([2, 1, 1, 1, 1, 1, 1, 1, 1]) },
      isForwarded: true,
    },
  },
  Atan2: binary(floatPairs, ulps),
  BitwiseAnd: binary(intPairs),
  EluGrad: {
    '[201, 201]': {
      inputs: { dy: floats([201, 201], 9), y: floats([201, 201], 9, 2) },
      tolerance: ulps,
    },
    'NaN, infinities and halves': {
      inputs: { dy: floats([...specials.shape], 9), y: specials },
      tolerance: ulps,
    },
  },
  Equal: equality,
  FloorDiv: { ...binary(intPairs), ...binary(ofInt32) },
  Greater: comparisons,
  GreaterEqual: comparisons,
  Less: comparisons,
  LessEqual: comparisons,
  LogicalAnd: logic,
  LogicalOr: logic,
  Maximum: arithmetic,
  Minimum: arithmetic,
  Mod: { ...arithmetic, ...binary(ofInt32) },
  Multiply: arithmetic,
  NotEqual: equality,
  Pow: {
    ...binary(floatPairs, 2e-6),
    ...binary(broadcast((shape, _, seed) => ints(shape, 4, seed), 4)),
  },
  Prelu: binary(floatPairs, ulps, ['x', 'alpha']),
  RealDiv: binary(floatPairs, ulps),
  SquaredDifference: arithmetic,
  Sub: arithmetic,
};

const rows = { t: ints([3, 2], 9, 1), e: ints([3, 2], 9, 2) };
const two = [floats([3, 7], 9, 1), floats([3, 7], 9, 2)] as const;

export const elementwiseCases: Cases = {
  ...unaryCases,
  ...binaryCases,
  AddN: {
    'two tensors': { inputs: two, tolerance: ulps },
    'five tensors': {
      inputs: [...two, ...[3, 4, 5].map((seed) => floats([3, 7], 9, seed))],
      tolerance: 1e-6,
    },
    'int32, no dimension': { inputs: [ints([]), ints([], 9, 2), ints([], 9, 3)] },
    'one tensor': { inputs: [two[0]], isForwarded: true },
  },
  Cast: {
    'float32 to int32': { inputs: { x: floats([3, 41], 99) }, attributes: { dtype: 'int32' } },
    'halves to int32': {
      inputs: { x: tensor([-7.5, -2.5, -0.5, -0, 0.5, 1.5, 7.5, 2 ** 31 - 128]) },
      attributes: { dtype: 'int32' },
    },
    'NaN and infinities to bool': { inputs: { x: specials }, attributes: { dtype: 'bool' } },
    'int32 to float32': { inputs: { x: ints([9, 9], 2 ** 30) }, attributes: { dtype: 'float32' } },
    'int32 to bool': { inputs: { x: ints([9, 9], 2) }, attributes: { dtype: 'bool' } },
    'bool to float32': { inputs: { x: bools([9, 9]) }, attributes: { dtype: 'float32' } },
    'bool to int32': { inputs: { x: bools([9, 9]) }, attributes: { dtype: 'int32' } },
    'to its own type': { inputs: { x: floats([5]) }, attributes: { dtype: 'float32' } },
  },
  ReluGrad: {
    'NaN, infinities and halves': {
      inputs: { dy: floats([...specials.shape], 9), x: specials },
    },
    '[201, 201]': { inputs: { dy: floats([201, 201], 1, 1), x: floats([201, 201], 1, 2) } },
  },
  Select: {
    'element by element': {
      inputs: { condition: bools([3, 5]), t: floats([3, 5], 9, 1), e: floats([3, 5], 9, 2) },
    },
    'row by row, int32': {
      inputs: { condition: tensor([1, 0, 1], [3], 'bool'), ...rows },
      instead: {
        values: [0, 1, 2, 3, 4, 5].map((i) => (i < 2 || i > 3 ? rows.t : rows.e).values[i]!),
        because: 'tfjs-backend-cpu repeats the first element of what it takes for a row',
      },
    },
    'bool, no dimension': {
      inputs: { condition: bools([]), t: bools([], 1), e: bools([], 2) },
    },
    'NaN and infinities': {
      inputs: {
        condition: bools([...specials.shape]),
        t: specials,
        e: floats([...specials.shape]),
      },
    },
  },
};
