import type { TensorInfo, TileAttrs } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const tile: NativeKernel<{ x: TensorInfo }, TileAttrs> = {
  kernelName: 'Tile',
  run: (backend, { x }, { reps }) => {
    // A repetition is a dimension that does not move in x.
    if (!isNative(x.dtype) || 2 * x.shape.length > mostDimensions) return undefined;
    const strides = stridesOf(x.shape);
    const box = x.shape.flatMap((extent, axis) => [reps[axis]!, extent]);
    const from = { strides: strides.flatMap((stride) => [0, stride]) };
    const shape = x.shape.map((extent, axis) => extent * reps[axis]!);
    const values = backend.values(x, x.dtype);
    return backend.compute(shape, x.dtype, (addon, y) => {
      if (y.length > 0) copyBox(addon, box, from, values, { strides: stridesOf(box) }, y);
    });
  },
};
