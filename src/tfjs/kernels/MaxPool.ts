import { backend_util, type MaxPoolAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { pool2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const maxPool: NativeKernel<{ x: TensorInfo }, MaxPoolAttrs> = {
  kernelName: 'MaxPool',
  run: (backend, { x }, attributes) => {
    if (x.dtype !== 'float32') return undefined;
    const info = poolInfo(x.shape, attributes);
    const sizes = pool2DSizes(info);
    if (sizes === undefined) return undefined;
    const image = backend.values(x, 'float32');
    return backend.compute(info.outShape, 'float32', (addon, y) =>
      addon.maxPool2d(sizes, image, y),
    );
  },
};

/** How `attributes` move a window over an image. */
export function poolInfo(shape: number[], attributes: MaxPoolAttrs): backend_util.Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
