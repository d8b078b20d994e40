import type { _FusedMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { epilogueOf } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';
import { multiply } from './BatchMatMul.js';

interface Inputs {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

export const fusedMatMul: NativeKernel<Inputs, _FusedMatMulAttrs> = {
  kernelName: '_FusedMatMul',
  run: (backend, { a, b, bias, preluActivationWeights }, attributes) => {
    const { activation, leakyreluAlpha } = attributes;
    const epilogue = epilogueOf(backend, activation, preluActivationWeights, leakyreluAlpha);
    if (epilogue === undefined) return undefined;
    return multiply(backend, a, b, bias, attributes, epilogue);
  },
};
