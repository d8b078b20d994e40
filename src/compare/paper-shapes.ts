import type { ImageShape } from '../data/index.js';
import type { PaperParams } from './paper-space.js';

/** Why the network cannot be, and the hyperparameters that decide it. */
export interface Misfit {
  /** Which layer does not fit, and why. */
  reason: string;
  /** The hyperparameters that are to blame. */
  params: readonly (keyof PaperParams)[];
}

type PlaneSize = readonly [height: number, width: number];

/** The engine's limit of a tensor's elements. */
const tooMany = 2 ** 31;

/**
 * Why images of this shape cannot pass through the network, or undefined if they can: a window larger
 * than its input, or a tensor of 2^31 elements or more.
 */
export function misfit(params: PaperParams, shape: ImageShape): Misfit | undefined {
  const { kernel_size, strides, pool_size } = params;
  const [height, width, channels] = shape;
  const windows = [
    { window: kernel_size, step: strides, name: 'the kernel of the first convolution' },
    { window: kernel_size, step: 1, name: 'the kernel of the second convolution' },
    { window: pool_size, step: pool_size, name: 'the pooling window' },
  ];
  const decisive = ['kernel_size', 'strides', 'pool_size'] as const;
  const outputs: PlaneSize[] = [];
  let size: PlaneSize = [height, width];
  for (const [stage, { window, step, name }] of windows.entries()) {
    if (Math.min(...size) < window) {
      const reason = `${name}, ${window} x ${window}, does not fit its input of ${size.join(' x ')}`;
      return { reason, params: decisive.slice(0, stage + 1) };
    }
    size = [outputSize(size[0], window, step), outputSize(size[1], window, step)];
    outputs.push(size);
  }
  return oversize(params, channels, outputs);
}

/** The first tensor that is too large, given the sizes after each stage. */
function oversize(
  { kernel_size, conv_depth_1, conv_depth_2, hidden_size }: PaperParams,
  channels: number,
  outputs: readonly PlaneSize[],
): Misfit | undefined {
  const [first, second, pooled] = outputs as [PlaneSize, PlaneSize, PlaneSize];
  const tensors: { name: string; shape: number[]; params: (keyof PaperParams)[] }[] = [
    {
      name: 'the kernel of the first convolution',
      shape: [kernel_size, kernel_size, channels, conv_depth_1],
      params: ['conv_depth_1'],
    },
    {
      name: 'the output of the first convolution',
      shape: [...first, conv_depth_1],
      params: ['conv_depth_1'],
    },
    {
      name: 'the kernel of the second convolution',
      shape: [kernel_size, kernel_size, conv_depth_1, conv_depth_2],
      params: ['conv_depth_1', 'conv_depth_2'],
    },
    {
      name: 'the output of the second convolution',
      shape: [...second, conv_depth_2],
      params: ['conv_depth_2'],
    },
    {
      name: 'the kernel of the hidden layer',
      shape: [...pooled, conv_depth_2, hidden_size],
      params: ['conv_depth_2', 'hidden_size'],
    },
  ];
  for (const { name, shape, params } of tensors) {
    if (shape.reduce((product, n) => product * n, 1) >= tooMany)
      return { reason: `${name}, ${shape.join(' x ')}, has 2^31 elements or more`, params };
  }
  return undefined;
}

/** Windows that lie within `input`, `step` apart ('valid' padding). */
function outputSize(input: number, window: number, step: number): number {
  return Math.floor((input - window) / step) + 1;
}
