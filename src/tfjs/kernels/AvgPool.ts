import type { AvgPoolAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { pool2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';
import { poolInfo } from './MaxPool.js';

export const avgPool: NativeKernel<{ x: TensorInfo }, AvgPoolAttrs> = {
  kernelName: 'AvgPool',
  run: (backend, { x }, attributes) => {
    if (x.dtype !== 'float32') return undefined;
    const info = poolInfo(x.shape, attributes);
    const sizes = pool2DSizes(info);
    if (sizes === undefined) return undefined;
    const image = backend.values(x, 'float32');
    return backend.compute(info.outShape, 'float32', (addon, y) =>
      addon.averagePool2d(sizes, image, y),
    );
  },
};
