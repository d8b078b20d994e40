import {
  bools,
  type Cases,
  floats,
  type Input,
  ints,
  type KernelCase,
  tensor,
} from './kernel-case.js';

/** The same attributes for a tensor of each type. */
function ofEachType(
  shape: readonly number[],
  attributes: KernelCase['attributes'],
  name = 'x',
): Record<string, KernelCase> {
  return Object.fromEntries(
    [floats(shape), ints(shape), bools(shape)].map((x) => [
      `${x.dtype} [${shape}] ${JSON.stringify(attributes)}`,
      { inputs: { [name]: x }, attributes },
    ]),
  );
}

function indices(values: readonly number[], shape?: readonly number[]): Input {
  return tensor(values, shape, 'int32');
}

const parts = [
  floats([2, 3, 2]),
  floats([2, 1, 2], 1, 2),
  floats([2, 0, 2]),
  floats([2, 4, 2], 1, 3),
];
const eight = [2, 1, 3, 2, 1, 2, 3, 2];

export const layoutCases: Cases = {
  Concat: {
    'four tensors in the middle, one empty': { inputs: parts, attributes: { axis: 1 } },
    'the last axis, counted from the end': {
      inputs: [ints([3, 2]), ints([3, 5], 9, 2)],
      attributes: { axis: -1 },
    },
    'bool, the first axis': { inputs: [bools([2, 3]), bools([4, 3], 2)], attributes: { axis: 0 } },
    'two types': { inputs: [ints([2]), floats([3])], attributes: { axis: 0 }, isForwarded: true },
  },
  Fill: {
    'a number': { inputs: {}, attributes: { shape: [3, 5], value: 2.5 } },
    'zeros, not a multiple of a vector': { inputs: {}, attributes: { shape: [7], value: 0 } },
    'int32 of a fraction': { inputs: {}, attributes: { shape: [4], value: -1.5, dtype: 'int32' } },
    'bool, a scalar': { inputs: {}, attributes: { shape: [], value: 1, dtype: 'bool' } },
    'no elements': { inputs: {}, attributes: { shape: [2, 0], value: 1 } },
    strings: {
      inputs: {},
      attributes: { shape: [2], value: 'a', dtype: 'string' },
      isForwarded: true,
    },
  },
  GatherV2: {
    'rows, some again': {
      inputs: { x: floats([5, 7]), indices: indices([4, 0, 0, 2, 3, 4], [2, 3]) },
      attributes: { axis: 0, batchDims: 0 },
    },
    'columns of int32': {
      inputs: { x: ints([3, 5, 2]), indices: indices([1, 4, 1]) },
      attributes: { axis: 1, batchDims: 0 },
    },
    'of each batch its own, bool': {
      inputs: { x: bools([2, 5, 3]), indices: indices([1, 4, 0, 0], [2, 2]) },
      attributes: { axis: 1, batchDims: 1 },
    },
    'one row': {
      inputs: { x: floats([5, 7]), indices: indices([3], []) },
      attributes: { axis: 0, batchDims: 0 },
    },
    'no row': {
      inputs: { x: floats([5, 7]), indices: indices([]) },
      attributes: { axis: 0, batchDims: 0 },
    },
  },
  OneHot: {
    'float32, some outside': {
      inputs: { indices: indices([0, 3, -1, 4, 2, 1], [2, 3]) },
      attributes: { depth: 4, onValue: 2.5, offValue: -1, dtype: 'float32' },
    },
    int32: {
      inputs: { indices: indices([0, 3, 2]) },
      attributes: { depth: 4, onValue: 1, offValue: 0, dtype: 'int32' },
    },
    bool: {
      inputs: { indices: indices([0, 3, 2]) },
      attributes: { depth: 4, onValue: 1, offValue: 0, dtype: 'bool' },
    },
  },
  OnesLike: ofEachType([3, 4], {}),
  Pack: {
    'the first axis': { inputs: [floats([3, 2]), floats([3, 2], 1, 2)], attributes: { axis: 0 } },
    'the last axis, bool': { inputs: [bools([3, 2]), bools([3, 2], 2)], attributes: { axis: 2 } },
    'no dimension': { inputs: [ints([]), ints([], 9, 2), ints([], 9, 3)], attributes: { axis: 0 } },
  },
  PadV2: {
    ...ofEachType([3, 5], {
      paddings: [
        [1, 2],
        [0, 3],
      ],
      constantValue: 1,
    }),
    ...ofEachType([2, 3], {
      paddings: [
        [0, 0],
        [0, 0],
      ],
      constantValue: 1,
    }),
    'an empty tensor': {
      inputs: { x: floats([0, 3]) },
      attributes: {
        paddings: [
          [1, 1],
          [0, 0],
        ],
        constantValue: 4,
      },
    },
  },
  Reverse: {
    ...ofEachType([3, 5, 2], { dims: [0, 2] }),
    ...ofEachType([3, 5, 2], { dims: [-2] }),
    ...ofEachType(eight, { dims: [0, 2, 7] }),
  },
  Slice: {
    ...ofEachType([4, 5, 3], { begin: [1, 2, 0], size: [2, -1, 2] }),
    ...ofEachType([7], { begin: [3], size: [0] }),
    ...ofEachType(eight, { begin: [0, 0, 1, 1, 0, 0, 1, 0], size: [2, 1, 2, 1, 1, 2, 2, 1] }),
  },
  SplitV: {
    ...ofEachType([3, 6, 2], { numOrSizeSplits: 3, axis: 1 }),
    ...ofEachType([3, 6, 2], { numOrSizeSplits: [1, 0, 5], axis: -2 }),
  },
  Tile: {
    ...ofEachType([2, 3], { reps: [3, 2] }),
    ...ofEachType([2, 3, 1, 2], { reps: [1, 2, 3, 2] }),
    'no times': { inputs: { x: floats([2, 3]) }, attributes: { reps: [0, 2] } },
    'five dimensions': {
      inputs: { x: floats([1, 2, 1, 2, 1]) },
      attributes: { reps: [2, 1, 2, 1, 2] },
      isForwarded: true,
    },
  },
  Transpose: {
    ...ofEachType([5, 7], { perm: [1, 0] }),
    ...ofEachType([3, 5, 2, 4], { perm: [2, 0, 3, 1] }),
    ...ofEachType(eight, { perm: [7, 3, 0, 1, 5, 4, 2, 6] }),
    'a large matrix': { inputs: { x: floats([301, 203]) }, attributes: { perm: [1, 0] } },
    'no dimension': { inputs: { x: floats([]) }, attributes: { perm: [] } },
  },
  Unpack: {
    ...ofEachType([3, 5, 2], { axis: 1 }, 'value'),
    ...ofEachType([3, 5, 2], { axis: -1 }, 'value'),
  },
  ZerosLike: ofEachType([3, 4], {}),
};
