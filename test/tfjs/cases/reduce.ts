import {
  bools,
  type Cases,
  floats,
  type Input,
  ints,
  type KernelCase,
  tensor,
} from './kernel-case.js';

const axes = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], [-1]];

function over(x: Input, tolerance = 0, name = 'axis'): Record<string, KernelCase> {
  return Object.fromEntries(
    axes.flatMap((axis) =>
      [false, true].map((keepDims) => [
        `${x.dtype} [${x.shape}] over ${axis}${keepDims ? ', kept' : ''}`,
        { inputs: { x }, attributes: { [name]: axis, keepDims }, tolerance },
      ]),
    ),
  );
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const broken = tensor([1, nan, 3, -infinity, 2, infinity, -infinity, -infinity, 5], [3, 3]);
function ofBroken(name = 'axis'): Record<string, KernelCase> {
  const attributes = { [name]: [1], keepDims: false };
  return { 'NaN and infinities': { inputs: { x: broken }, attributes } };
}
const sums = {
  ...over(floats([5, 3, 7]), 1e-6),
  ...over(ints([5, 3, 7])),
  ...ofBroken(),
  'many elements': {
    inputs: { x: floats([40001]) },
    attributes: { axis: [0], keepDims: false },
    // Of 40,001 float32 sums; tfjs-backend-cpu adds in double precision.
    tolerance: 1e-4,
  },
};

function extremes(name: string): Record<string, KernelCase> {
  const ofTypes = [floats([5, 3, 7]), ints([5, 3, 7])].map((x) => over(x, 0, name));
  return Object.assign(ofBroken(name), ...ofTypes);
}
const tests = {
  ...over(bools([5, 3, 7])),
  ...over({ ...bools([2, 3, 4]), values: new Uint8Array(24).fill(1) }),
};

/** Of the first axis alone: tfjs takes one. */
function positions(x: Input): Record<string, KernelCase> {
  return Object.fromEntries(
    [0, 1, 2, -1].map((axis) => [
      `${x.dtype} [${x.shape}] over ${axis}`,
      { inputs: { x }, attributes: { axis } },
    ]),
  );
}
const places = {
  ...positions(floats([5, 3, 7])),
  ...positions(ints([5, 3, 7], 3)),
  'equal ones': { inputs: { x: tensor([2, 5, 5, 2, 5]) }, attributes: { axis: 0 } },
};

const rows: Record<string, KernelCase> = {
  '[3, 5, 7]': {
    inputs: { logits: floats([3, 5, 7], 9) },
    attributes: { dim: 2 },
    tolerance: 1e-6,
  },
  '[301, 10]': {
    inputs: { logits: floats([301, 10], 9) },
    attributes: { dim: 1 },
    tolerance: 1e-6,
  },
  'large numbers': {
    inputs: { logits: tensor([1000, 999, -1000, -2000, -2001, -2000], [2, 3]) },
    attributes: { dim: 1 },
    tolerance: 1e-6,
  },
};

export const reduceCases: Cases = {
  All: tests,
  Any: tests,
  ArgMax: places,
  ArgMin: places,
  LogSoftmax: rows,
  Max: extremes('reductionIndices'),
  Mean: {
    ...over(floats([5, 3, 7]), 1e-6),
    ...over(ints([5, 3, 7]), 1e-6),
    ...over(bools([5, 3, 7]), 1e-6),
    ...ofBroken(),
  },
  Min: extremes('axis'),
  Prod: {
    ...over(floats([2, 3, 4]), 1e-6),
    ...over(ints([2, 3, 4], 3)),
    ...over(bools([2, 3, 4])),
    ...ofBroken(),
  },
  Softmax: rows,
  Sum: { ...sums, ...over(bools([5, 3, 7])) },
};
