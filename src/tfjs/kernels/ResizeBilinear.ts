import type { ResizeBilinearAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { castTo } from './Cast.js';

export const resizeBilinear: NativeKernel<{ images: TensorInfo }, ResizeBilinearAttrs> = {
  kernelName: 'ResizeBilinear',
  run: (backend, { images }, { alignCorners, halfPixelCenters, size }) => {
    if (images.dtype !== 'float32' && images.dtype !== 'int32') return undefined;
    const [batch, height, width, channels] = images.shape as [number, number, number, number];
    const sizes = Int32Array.of(batch, height, width, channels, size[0], size[1]);
    if (sizeOf(images.shape) === 0 || size[0] * size[1] === 0) return undefined;
    const x = castTo(backend, images, 'float32');
    const values = backend.values(x, 'float32');
    try {
      return backend.compute([batch, size[0], size[1], channels], 'float32', (addon, y) =>
        addon.resizeBilinear(sizes, alignCorners, halfPixelCenters, values, y),
      );
    } finally {
      backend.disposeIntermediateTensorInfo(x);
    }
  },
};
