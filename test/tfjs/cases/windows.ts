import { type Cases, floats, ints, type KernelCase } from './kernel-case.js';

/** Sums of up to some hundred products of float32, in another order than tfjs-backend-cpu's. */
const tolerance = 1e-5;

interface Convolution {
  x: [batch: number, height: number, width: number, channels: number];
  filter: [height: number, width: number, channels: number, out: number];
  strides?: number | [number, number];
  pad?: 'same' | 'valid' | number | [number, number][];
  dilations?: number | [number, number];
  isForwarded?: true;
}

const convolutions: Record<string, Convolution> = {
  '3x3': { x: [2, 9, 7, 3], filter: [3, 3, 3, 5] },
  '3x3, same': { x: [2, 9, 7, 3], filter: [3, 3, 3, 5], pad: 'same' },
  '1x1': { x: [3, 5, 5, 17], filter: [1, 1, 17, 9] },
  '5x5, strides, same': { x: [1, 11, 13, 2], filter: [5, 5, 2, 8], strides: [2, 3], pad: 'same' },
  '2x4, strides': { x: [2, 8, 9, 4], filter: [2, 4, 4, 3], strides: [3, 1] },
  '3x3, dilated': { x: [2, 11, 9, 3], filter: [3, 3, 3, 4], dilations: [2, 3] },
  '3x3, dilated, same': { x: [1, 8, 8, 3], filter: [3, 3, 3, 4], dilations: 2, pad: 'same' },
  'as wide as the image': { x: [2, 4, 4, 3], filter: [4, 4, 3, 20] },
  '3x3 of one channel': { x: [2, 14, 14, 1], filter: [3, 3, 1, 32] },
  'padded by a number': {
    x: [1, 6, 6, 2],
    filter: [3, 3, 2, 3],
    pad: 1,
    isForwarded: true,
  },
  'an empty batch': { x: [0, 6, 6, 2], filter: [3, 3, 2, 3], isForwarded: true },
};

function outSize(size: number, filter: number, stride: number, dilation: number, same: boolean) {
  const window = (filter - 1) * dilation + 1;
  return same ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
}

function pair<T>(value: T | [T, T]): [T, T] {
  return Array.isArray(value) ? value : [value, value];
}

/** The shape of what comes out; for padding by words. */
function outShape(of: Convolution, channels: number): number[] {
  const [strides, dilations] = [pair(of.strides ?? 1), pair(of.dilations ?? 1)];
  const [rows, columns] = [0, 1].map((i) =>
    of.pad === 1
      ? of.x[i + 1]!
      : outSize(of.x[i + 1]!, of.filter[i]!, strides[i]!, dilations[i]!, of.pad === 'same'),
  );
  return [of.x[0], rows!, columns!, channels];
}

function convolve(
  make: (of: Convolution, attributes: Record<string, unknown>) => KernelCase,
  some: typeof convolutions = convolutions,
): Record<string, KernelCase> {
  return Object.fromEntries(
    Object.entries(some).map(([title, of]) => {
      const { strides = 1, pad = 'valid', dilations = 1 } = of;
      const attributes = {
        strides: pair(strides),
        pad,
        dataFormat: 'NHWC',
        dilations: pair(dilations),
        dimRoundingMode: undefined,
      };
      return [title, { tolerance, isForwarded: of.isForwarded, ...make(of, attributes) }];
    }),
  );
}

/** tfjs-backend-cpu's gradients leave dilations out of account, and tfjs-core never asks for those. */
const undilated = Object.fromEntries(
  Object.entries(convolutions).filter(([, { dilations = 1 }]) => dilations === 1),
);

/** A filter of the same window that multiplies each channel. */
function depthwise({ filter: [height, width, channels] }: Convolution, times = 2): number[] {
  return [height, width, channels, times];
}

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'];

/** With each activation, and without a bias. */
function fused(
  kernelInputs: () => KernelCase['inputs'],
  channels: number,
  attributes: Record<string, unknown>,
  biases: boolean[] = [true],
): Record<string, KernelCase> {
  return Object.fromEntries(
    activations.flatMap((activation) =>
      biases.map((hasBias) => [
        `${activation}${hasBias ? '' : ', no bias'}`,
        {
          inputs: {
            ...kernelInputs(),
            ...(hasBias ? { bias: floats([channels], 1, 3) } : {}),
            ...(activation === 'prelu' ? { preluActivationWeights: floats([channels], 1, 4) } : {}),
          },
          attributes: { ...attributes, activation, leakyreluAlpha: 0.3 },
          tolerance,
        },
      ]),
    ),
  );
}

const same = {
  strides: [1, 1],
  pad: 'same',
  dataFormat: 'NHWC',
  dilations: [1, 1],
  dimRoundingMode: undefined,
};

interface Pooling {
  x: [number, number, number, number];
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'same' | 'valid';
}

const poolings: Pooling[] = [
  { x: [2, 8, 6, 3], filterSize: 2, strides: 2, pad: 'valid' },
  { x: [2, 9, 7, 17], filterSize: 2, strides: 2, pad: 'valid' },
  { x: [1, 9, 7, 5], filterSize: [3, 2], strides: [2, 1], pad: 'valid' },
  { x: [2, 9, 7, 5], filterSize: 3, strides: 2, pad: 'same' },
  { x: [1, 5, 5, 1], filterSize: [2, 3], strides: 1, pad: 'same' },
  { x: [3, 4, 4, 2], filterSize: 4, strides: 4, pad: 'valid' },
];

function pool(
  make: (of: Pooling, out: number[]) => KernelCase['inputs'],
  isForwarded: (of: Pooling) => boolean = () => false,
): Record<string, KernelCase> {
  return Object.fromEntries(
    poolings.map((of) => {
      const { x, filterSize, strides, pad } = of;
      const [height, width] = pair(filterSize);
      const [out] = [outShape({ x, filter: [height, width, 1, 1], strides, pad }, x[3])];
      const attributes = { filterSize, strides, pad, dimRoundingMode: undefined };
      const forwarded = isForwarded(of) ? { isForwarded: true as const } : {};
      const title = `[${x}], ${filterSize}, stride ${strides}, ${pad}`;
      return [title, { inputs: make(of, out!), attributes, tolerance: 1e-6, ...forwarded }];
    }),
  );
}

const matrices: Record<string, { a: number[]; b: number[]; ta?: boolean; tb?: boolean }> = {
  '[5, 7] [7, 3]': { a: [1, 5, 7], b: [1, 7, 3] },
  'a transposed': { a: [1, 7, 5], b: [1, 7, 3], ta: true },
  'b transposed': { a: [1, 5, 7], b: [1, 3, 7], tb: true },
  'both transposed': { a: [4, 7, 5], b: [4, 3, 7], ta: true, tb: true },
  'a batch and one': { a: [4, 5, 7], b: [1, 7, 3] },
  'one and a batch': { a: [1, 5, 7], b: [4, 7, 3] },
  'two batch dimensions': { a: [2, 3, 5, 7], b: [2, 3, 7, 4] },
  'a row and a column': { a: [1, 1, 65], b: [1, 65, 1] },
  'large ones': { a: [1, 67, 130], b: [1, 130, 97] },
  'nothing to add': { a: [1, 3, 0], b: [1, 0, 2] },
};

function multiply(more: Record<string, number[]> = {}): Record<string, KernelCase> {
  return Object.fromEntries(
    Object.entries(matrices).map(([title, { a, b, ta = false, tb = false }]) => [
      title,
      {
        inputs: {
          a: floats(a, 1, 1),
          b: floats(b, 1, 2),
          ...Object.fromEntries(Object.entries(more).map(([name, shape]) => [name, floats(shape)])),
        },
        attributes: { transposeA: ta, transposeB: tb },
        tolerance,
      },
    ]),
  );
}

const positive = (shape: number[]) => ({
  ...floats(shape),
  values: Float32Array.from(floats(shape, 1, 3).values, (value) => 1.5 + value),
});

const resizings = [
  { x: [2, 5, 7, 3], size: [9, 4] },
  { x: [1, 4, 4, 1], size: [8, 8] },
  { x: [2, 6, 3, 5], size: [3, 1] },
  { x: [1, 1, 1, 2], size: [3, 4] },
  { x: [1, 3, 5, 2], size: [3, 5] },
];

export const windowCases: Cases = {
  AvgPool: pool(({ x }) => ({ x: floats(x) })),
  AvgPoolGrad: pool(
    ({ x }, out) => ({ dy: floats(out, 1, 2), input: floats(x) }),
    // tfjs-backend-cpu divides by the whole window at the edges, too; the engine by what lies within.
    ({ pad }) => pad === 'same',
  ),
  BatchMatMul: {
    ...multiply(),
    int32: {
      inputs: { a: ints([1, 3, 4]), b: ints([1, 4, 2]) },
      attributes: { transposeA: false, transposeB: false },
      isForwarded: true,
    },
  },
  Conv2D: convolve((of, attributes) => ({
    inputs: { x: floats(of.x), filter: floats(of.filter, 1, 2) },
    attributes,
  })),
  Conv2DBackpropFilter: convolve(
    (of, attributes) => ({
      inputs: { x: floats(of.x), dy: floats(outShape(of, of.filter[3]), 1, 2) },
      attributes: { ...attributes, filterShape: of.filter },
    }),
    undilated,
  ),
  Conv2DBackpropInput: convolve(
    (of, attributes) => ({
      inputs: { dy: floats(outShape(of, of.filter[3])), filter: floats(of.filter, 1, 2) },
      attributes: { ...attributes, inputShape: of.x },
    }),
    undilated,
  ),
  DepthwiseConv2dNative: convolve((of, attributes) => ({
    inputs: { x: floats(of.x), filter: floats(depthwise(of), 1, 2) },
    attributes,
  })),
  DepthwiseConv2dNativeBackpropFilter: convolve(
    (of, attributes) => ({
      inputs: { x: floats(of.x), dy: floats(outShape(of, 2 * of.x[3]), 1, 2) },
      attributes: { ...attributes, filterShape: depthwise(of) },
    }),
    undilated,
  ),
  DepthwiseConv2dNativeBackpropInput: convolve(
    (of, attributes) => ({
      inputs: { dy: floats(outShape(of, 2 * of.x[3])), filter: floats(depthwise(of), 1, 2) },
      attributes: { ...attributes, inputShape: of.x },
    }),
    undilated,
  ),
  FusedBatchNorm: {
    'all of a channel': {
      inputs: {
        x: floats([2, 5, 3, 7], 9),
        mean: floats([7], 1, 2),
        variance: positive([7]),
        offset: floats([7], 1, 4),
        scale: floats([7], 1, 5),
      },
      attributes: { varianceEpsilon: 0.001 },
      tolerance,
    },
    'no offset, no scale': {
      inputs: { x: floats([40, 19]), mean: floats([19], 1, 2), variance: positive([19]) },
      attributes: { varianceEpsilon: 0.1 },
      tolerance,
    },
    'of each element': {
      inputs: { x: floats([2, 3]), mean: floats([2, 3], 1, 2), variance: positive([2, 3]) },
      attributes: { varianceEpsilon: 0.1 },
      tolerance,
      isForwarded: true,
    },
  },
  FusedConv2D: fused(
    () => ({ x: floats([2, 9, 7, 3]), filter: floats([3, 3, 3, 5], 1, 2) }),
    5,
    same,
    [true, false],
  ),
  FusedDepthwiseConv2D: fused(
    () => ({ x: floats([2, 9, 7, 3]), filter: floats([3, 3, 3, 2], 1, 2) }),
    6,
    same,
    [true, false],
  ),
  MaxPool: pool(({ x }) => ({ x: floats(x) })),
  MaxPoolGrad: pool(({ x }, out) => ({
    dy: floats(out, 1, 2),
    input: floats(x),
    output: floats(out),
  })),
  ResizeBilinear: Object.fromEntries(
    resizings.flatMap(({ x, size }) =>
      [
        [false, false],
        [true, false],
        [false, true],
      ].flatMap(([alignCorners, halfPixelCenters]) =>
        [floats(x), ints(x)].map((images) => [
          `${images.dtype} [${x}] to ${size}${alignCorners ? ', corners' : ''}${halfPixelCenters ? ', centres' : ''}`,
          {
            inputs: { images },
            attributes: { alignCorners, halfPixelCenters, size },
            tolerance: 1e-5,
          },
        ]),
      ),
    ),
  ),
  ResizeBilinearGrad: Object.fromEntries(
    resizings.flatMap(({ x, size }) =>
      [false, true].map((alignCorners) => [
        `[${x}] to ${size}${alignCorners ? ', corners' : ''}`,
        {
          inputs: { images: floats(x), dy: floats([x[0]!, ...size, x[3]!], 1, 2) },
          attributes: { alignCorners },
          tolerance,
          instead: {
            shape: x,
            because:
              'tfjs-backend-cpu gives the image of the right elements a width for its height',
          },
        },
      ]),
    ),
  ),
  _FusedMatMul: {
    ...multiplyFused(),
    ...fused(
      () => ({ a: floats([1, 5, 17]), b: floats([1, 17, 6], 1, 2) }),
      6,
      { transposeA: false, transposeB: false },
      [true, false],
    ),
  },
};

function multiplyFused(): Record<string, KernelCase> {
  return Object.fromEntries(
    Object.entries(multiply()).map(([title, one]) => [
      title,
      { ...one, attributes: { ...one.attributes, activation: 'linear' } },
    ]),
  );
}
