import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../kernel.js';

const relu = 1;

/** dy where x is above 0. tfjs has no such kernel: it multiplies dy by step(x). */
export const reluGrad: NativeKernel<Record<'dy' | 'x', TensorInfo>, unknown> = {
  kernelName: 'ReluGrad',
  run: (backend, { dy, x }) => {
    if (dy.dtype !== 'float32' || x.dtype !== 'float32') return undefined;
    const [gradient, values] = [backend.values(dy, 'float32'), backend.values(x, 'float32')];
    // The sign of relu's input is that of its output.
    return backend.compute(x.shape, 'float32', (addon, dx) =>
      addon.activationGrad(relu, values, gradient, dx),
    );
  },
};
