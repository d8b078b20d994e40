import type { FusedBatchNormAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

interface Inputs extends Record<'x' | 'mean' | 'variance', TensorInfo> {
  offset?: TensorInfo;
  scale?: TensorInfo;
}

export const fusedBatchNorm: NativeKernel<Inputs, FusedBatchNormAttrs> = {
  kernelName: 'FusedBatchNorm',
  run: (backend, { x, mean, variance, offset, scale }, { varianceEpsilon = 0.001 }) => {
    const channels = x.shape.at(-1) ?? 0;
    const all = [x, mean, variance, offset, scale].filter((tensor) => tensor != null);
    // Statistics of each channel; those of each element are not the engine's.
    const perChannel = ({ shape }: TensorInfo) =>
      shape.at(-1) === channels && sizeOf(shape) === channels;
    if (channels === 0 || all.some(({ dtype }) => dtype !== 'float32')) return undefined;
    if (!all.slice(1).every(perChannel)) return undefined;
    const floats = (tensor: TensorInfo) => backend.values(tensor, 'float32');
    return backend.compute(x.shape, 'float32', (addon, y) =>
      addon.batchNorm(
        sizeOf(x.shape) / channels,
        channels,
        floats(x),
        floats(mean),
        floats(variance),
        scale ? floats(scale) : undefined,
        offset ? floats(offset) : undefined,
        varianceEpsilon,
        y,
      ),
    );
  },
};
