import type {
  DepthwiseConv2dNativeAttrs,
  FusedDepthwiseConv2DAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { epilogueOf } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';
import { binaryInto } from './binary.js';
import { depthwiseConvolve } from './DepthwiseConv2dNative.js';
import { unaryInto } from './unary.js';

interface Inputs {
  x: TensorInfo;
  filter: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

/** Activations that the engine's other products apply themselves. */
const plain = new Set(['relu', 'elu', 'sigmoid'] as const);

export const fusedDepthwiseConv2D: NativeKernel<Inputs, FusedDepthwiseConv2DAttrs> = {
  kernelName: 'FusedDepthwiseConv2D',
  run: (backend, { x, filter, bias, preluActivationWeights }, attributes) => {
    const { activation, leakyreluAlpha } = attributes;
    if (bias != null && bias.dtype !== 'float32') return undefined;
    const added = bias && { shape: bias.shape, values: backend.values(bias, 'float32') };
    const epilogue = epilogueOf(backend, activation, preluActivationWeights, leakyreluAlpha);
    if (epilogue === undefined) return undefined;
    const convolution = attributes as unknown as DepthwiseConv2dNativeAttrs;
    return depthwiseConvolve(backend, x, filter, convolution, (addon, shape, y) => {
      if (added != null) binaryInto(addon, 'add', { shape, values: y }, added, y);
      const op = activation as 'relu';
      if (plain.has(op)) unaryInto(addon, op, y, y);
      else epilogue.finish(addon, shape, y);
    });
  },
};
