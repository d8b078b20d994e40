import type { ResizeBilinearGradAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const resizeBilinearGrad: NativeKernel<
  Record<'images' | 'dy', TensorInfo>,
  ResizeBilinearGradAttrs
> = {
  kernelName: 'ResizeBilinearGrad',
  run: (backend, { images, dy }, { alignCorners }) => {
    if (images.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
    const [batch, height, width, channels] = images.shape as [number, number, number, number];
    const [, outHeight, outWidth] = dy.shape as [number, number, number, number];
    if (sizeOf(images.shape) === 0 || sizeOf(dy.shape) === 0) return undefined;
    const sizes = Int32Array.of(batch, height, width, channels, outHeight, outWidth);
    const gradient = backend.values(dy, 'float32');
    return backend.compute(images.shape, 'float32', (addon, dx) =>
      addon.resizeBilinearGrad(sizes, alignCorners, false, gradient, dx),
    );
  },
};
