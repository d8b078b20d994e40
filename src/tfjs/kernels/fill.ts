import { type FillAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const fill: NativeKernel<unknown, FillAttrs> = {
  kernelName: 'Fill',
  run: (backend, _, { shape, value, dtype = util.inferDtype(value) }) => {
    if (!isNative(dtype) || typeof value === 'string') return undefined;
    return backend.compute(shape, dtype, (_addon, y) => void y.fill(value));
  },
};

function filledLike(kernelName: string, value: number): NativeKernel<{ x: TensorInfo }, unknown> {
  return {
    kernelName,
    run: (backend, { x: { shape, dtype } }) =>
      isNative(dtype)
        ? backend.compute(shape, dtype, (_addon, y) => void y.fill(value))
        : undefined,
  };
}

export const onesLike = filledLike('OnesLike', 1);
export const zerosLike = filledLike('ZerosLike', 0);
