import { type AvgPoolGradAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { pool2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';
import { poolInfo } from './MaxPool.js';

export const avgPoolGrad: NativeKernel<Record<'dy' | 'input', TensorInfo>, AvgPoolGradAttrs> = {
  kernelName: 'AvgPoolGrad',
  run: (backend, { dy, input }, attributes) => {
    if (dy.dtype !== 'float32') return undefined;
    const info = poolInfo(input.shape, attributes as never);
    const { top, bottom, left, right } = info.padInfo;
    // Where a window reaches over the edge, tfjs still divides by its whole size.
    if (top + bottom + left + right > 0) return undefined;
    const sizes = pool2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const gradient = backend.values(dy, 'float32');
    return backend.compute(input.shape, 'float32', (addon, dx) =>
      addon.averagePool2dGrad(sizes, gradient, dx),
    );
  },
};
