import type { Conv2DAttrs, FusedConv2DAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { epilogueOf } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';
import { convolve } from './Conv2D.js';

interface Inputs {
  x: TensorInfo;
  filter: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

export const fusedConv2D: NativeKernel<Inputs, FusedConv2DAttrs> = {
  kernelName: 'FusedConv2D',
  run: (backend, { x, filter, bias, preluActivationWeights }, attributes) => {
    const { activation, leakyreluAlpha } = attributes;
    const epilogue = epilogueOf(backend, activation, preluActivationWeights, leakyreluAlpha);
    if (epilogue === undefined) return undefined;
    return convolve(backend, x, filter, bias, attributes as unknown as Conv2DAttrs, epilogue);
  },
};
