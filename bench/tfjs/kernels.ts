import * as tf from '@tensorflow/tfjs-core';

/** One kernel of TensorFlow.js on operands of more than 10,000 elements. */
export interface KernelBenchmark {
  /** The kernel, as tfjs names it. */
  readonly name: string;
  /** The shapes. */
  readonly pass: string;
  /** Makes the operands; what it returns runs the kernel once. */
  readonly prepare: () => () => tf.Tensor;
}

function numbers<R extends tf.Rank>(shape: tf.ShapeMap[R], low = -1, high = 1): tf.Tensor<R> {
  return tf.randomUniform<R>(shape, low, high, 'float32', 1);
}

const image: [number, number, number, number] = [8, 28, 28, 32];
const pixels: [number, number] = [1000, 1000];

/** One operand of a million elements. */
function unary(
  name: string,
  of: (x: tf.Tensor2D) => tf.Tensor,
  low = -1,
  title = '1000x1000',
): KernelBenchmark {
  return {
    name,
    pass: title,
    prepare: () => {
      const x = numbers<tf.Rank.R2>(pixels, low);
      return () => of(x);
    },
  };
}

function binary(name: string, of: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): KernelBenchmark {
  return {
    name,
    pass: '1000x1000 each',
    prepare: () => {
      const [a, b] = [numbers<tf.Rank.R2>(pixels), numbers<tf.Rank.R2>(pixels, 0.5)];
      return () => of(a, b);
    },
  };
}

interface Filtered {
  name: string;
  pass: string;
  shape?: [number, number, number, number];
  filter: [number, number, number, number];
  of: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;
}

function filtered({ name, pass, shape = image, filter, of }: Filtered): KernelBenchmark {
  return {
    name,
    pass,
    prepare: () => {
      const [x, w] = [numbers<tf.Rank.R4>(shape), numbers<tf.Rank.R4>(filter)];
      return () => of(x, w);
    },
  };
}

const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined };

function run(
  kernelName: string,
  inputs: tf.NamedTensorMap,
  more: Record<string, unknown>,
): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, more as unknown as tf.NamedAttrMap);
}

export const kernelBenchmarks: readonly KernelBenchmark[] = [
  filtered({
    name: 'Conv2D',
    pass: '3x3, 8x28x28x32 to 64',
    filter: [3, 3, 32, 64],
    of: (x, w) => tf.conv2d(x, w, 1, 'same'),
  }),
  filtered({
    name: 'Conv2D',
    pass: '1x1, 8x28x28x32 to 64',
    filter: [1, 1, 32, 64],
    of: (x, w) => tf.conv2d(x, w, 1, 'same'),
  }),
  {
    name: 'FusedConv2D',
    pass: '3x3, bias and relu, 8x28x28x32 to 64',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      const filter = numbers<tf.Rank.R4>([3, 3, 32, 64]);
      const bias = numbers<tf.Rank.R1>([64]);
      return () =>
        tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' });
    },
  },
  filtered({
    name: 'DepthwiseConv2dNative',
    pass: '3x3, 8x28x28x32',
    filter: [3, 3, 32, 1],
    of: (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  }),
  {
    name: 'MaxPool',
    pass: '2x2, 8x28x28x32',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      return () => tf.maxPool(x, 2, 2, 'valid');
    },
  },
  {
    name: 'AvgPool',
    pass: '2x2, 8x28x28x32',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      return () => tf.avgPool(x, 2, 2, 'valid');
    },
  },
  {
    name: 'BatchMatMul',
    pass: '512x512, 512x512',
    prepare: () => {
      const [a, b] = [numbers<tf.Rank.R2>([512, 512]), numbers<tf.Rank.R2>([512, 512])];
      return () => tf.matMul(a, b);
    },
  },
  {
    name: '_FusedMatMul',
    pass: 'bias and relu, 128x1024, 1024x256',
    prepare: () => {
      const [a, b] = [numbers<tf.Rank.R2>([128, 1024]), numbers<tf.Rank.R2>([1024, 256])];
      const bias = numbers<tf.Rank.R1>([256]);
      return () => tf.fused.matMul({ a, b, bias, activation: 'relu' });
    },
  },
  binary('Add', (a, b) => tf.add(a, b)),
  {
    name: 'Add',
    pass: '6272x64 and a bias of 64',
    prepare: () => {
      const [a, b] = [numbers<tf.Rank.R2>([6272, 64]), numbers<tf.Rank.R1>([64])];
      return () => tf.add(a, b);
    },
  },
  binary('Multiply', (a, b) => tf.mul(a, b)),
  binary('RealDiv', (a, b) => tf.div(a, b)),
  binary('Maximum', (a, b) => tf.maximum(a, b)),
  binary('Greater', (a, b) => tf.greater(a, b)),
  {
    name: 'Select',
    pass: '1000x1000 each',
    prepare: () => {
      const [t, e] = [numbers<tf.Rank.R2>(pixels), numbers<tf.Rank.R2>(pixels)];
      const condition = tf.greater(t, 0);
      return () => run('Select', { condition, t, e }, {});
    },
  },
  unary('Relu', tf.relu),
  unary('Sigmoid', tf.sigmoid),
  unary('Tanh', tf.tanh),
  unary('Exp', tf.exp),
  unary('Log', tf.log, 0.1),
  unary('Sqrt', tf.sqrt, 0),
  unary('Square', tf.square),
  unary('Sum', (x) => tf.sum(x), -1, '1000x1000, all'),
  unary('Sum', (x) => tf.sum(x, 0), -1, '1000x1000, over rows'),
  unary('Mean', (x) => tf.mean(x, 1), -1, '1000x1000, over columns'),
  unary('Max', (x) => tf.max(x, 1), -1, '1000x1000, over columns'),
  unary('ArgMax', (x) => tf.argMax(x, 1), -1, '1000x1000, over columns'),
  unary('Softmax', (x) => tf.softmax(x)),
  unary('Cast', (x) => tf.cast(x, 'int32'), -100, '1000x1000 to int32'),
  unary('Transpose', (x) => tf.transpose(x)),
  {
    name: 'PadV2',
    pass: '8x28x28x32 by 2',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      const by: [number, number] = [2, 2];
      return () => tf.pad4d(x, [[0, 0], by, by, [0, 0]]);
    },
  },
  unary('Slice', (x) => tf.slice(x, [100, 100], [800, 800]), -1, '800x800 of 1000x1000'),
  {
    name: 'Concat',
    pass: '500x1000 twice, columns',
    prepare: () => {
      const [a, b] = [numbers<tf.Rank.R2>([500, 1000]), numbers<tf.Rank.R2>([500, 1000])];
      return () => tf.concat([a, b], 1);
    },
  },
  {
    name: 'Tile',
    pass: '250x250 by 4x4',
    prepare: () => {
      const x = numbers<tf.Rank.R2>([250, 250]);
      return () => tf.tile(x, [4, 4]);
    },
  },
  {
    name: 'GatherV2',
    pass: '4096 rows of 1000x256',
    prepare: () => {
      const x = numbers<tf.Rank.R2>([1000, 256]);
      const indices = tf.cast(numbers<tf.Rank.R1>([4096], 0, 999), 'int32');
      return () => tf.gather(x, indices);
    },
  },
  {
    name: 'OneHot',
    pass: '8192 of 100',
    prepare: () => {
      const indices = tf.cast(numbers<tf.Rank.R1>([8192], 0, 99), 'int32');
      return () => tf.oneHot(indices, 100);
    },
  },
  {
    name: 'FusedBatchNorm',
    pass: '8x28x28x32',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      const channel = () => numbers<tf.Rank.R1>([32], 0.5, 1);
      const [mean, variance, offset, scale] = [channel(), channel(), channel(), channel()];
      return () => tf.batchNorm(x, mean, variance, offset, scale);
    },
  },
  {
    name: 'ResizeBilinear',
    pass: '8x28x28x32 to 56x56',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      return () => tf.image.resizeBilinear(x, [56, 56]);
    },
  },
  {
    name: 'Conv2DBackpropInput',
    pass: '3x3, 8x28x28x32 to 64',
    prepare: () => {
      const dy = numbers<tf.Rank.R4>([8, 28, 28, 64]);
      const filter = numbers<tf.Rank.R4>([3, 3, 32, 64]);
      return () => run('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape: image });
    },
  },
  {
    name: 'Conv2DBackpropFilter',
    pass: '3x3, 8x28x28x32 to 64',
    prepare: () => {
      const x = numbers<tf.Rank.R4>(image);
      const dy = numbers<tf.Rank.R4>([8, 28, 28, 64]);
      const filterShape = [3, 3, 32, 64];
      return () => run('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape });
    },
  },
  {
    name: 'MaxPoolGrad',
    pass: '2x2, 8x28x28x32',
    prepare: () => {
      const input = numbers<tf.Rank.R4>(image);
      const output = tf.maxPool(input, 2, 2, 'valid');
      const dy = numbers<tf.Rank.R4>([8, 14, 14, 32]);
      const more = { filterSize: 2, strides: 2, pad: 'valid', dimRoundingMode: undefined };
      return () => run('MaxPoolGrad', { dy, input, output }, more);
    },
  },
];
