import { type ReverseAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative, sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const reverse: NativeKernel<{ x: TensorInfo }, ReverseAttrs> = {
  kernelName: 'Reverse',
  run: (backend, { x }, { dims }) => {
    const { shape, dtype } = x;
    if (!isNative(dtype) || shape.length > mostDimensions || sizeOf(shape) === 0) return undefined;
    const strides = stridesOf(shape);
    const from = { strides: [...strides], offset: 0 };
    for (const axis of util.parseAxisParam(dims, shape)) {
      // An axis that is given twice is turned back.
      from.offset += (shape[axis]! - 1) * from.strides[axis]!;
      from.strides[axis]! *= -1;
    }
    const values = backend.values(x, dtype);
    return backend.compute(shape, dtype, (addon, y) =>
      copyBox(addon, shape, from, values, { strides }, y),
    );
  },
};
