import { type MaxPoolGradAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { pool2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';
import { poolInfo } from './MaxPool.js';

export const maxPoolGrad: NativeKernel<Record<'dy' | 'input', TensorInfo>, MaxPoolGradAttrs> = {
  kernelName: 'MaxPoolGrad',
  run: (backend, { dy, input }, attributes) => {
    if (dy.dtype !== 'float32' || input.dtype !== 'float32') return undefined;
    const info = poolInfo(input.shape, attributes);
    const sizes = pool2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const [image, gradient] = [backend.values(input, 'float32'), backend.values(dy, 'float32')];
    return backend.compute(input.shape, 'float32', (addon, dx) =>
      addon.maxPool2dGrad(sizes, image, gradient, dx),
    );
  },
};
