import type { PadV2Attrs, TensorInfo } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const padV2: NativeKernel<{ x: TensorInfo }, PadV2Attrs> = {
  kernelName: 'PadV2',
  run: (backend, { x }, { paddings, constantValue }) => {
    if (!isNative(x.dtype) || x.shape.length > mostDimensions) return undefined;
    if (paddings.flat().some((width) => width < 0)) return undefined;
    const shape = x.shape.map((extent, i) => paddings[i]![0] + extent + paddings[i]![1]);
    const strides = stridesOf(shape);
    const offset = strides.reduce((sum, stride, i) => sum + stride * paddings[i]![0], 0);
    const values = backend.values(x, x.dtype);
    return backend.compute(shape, x.dtype, (addon, y) => {
      if (y.length !== values.length) y.fill(constantValue);
      if (values.length === 0) return;
      const from = { strides: stridesOf(x.shape) };
      copyBox(addon, x.shape, from, values, { strides, offset }, y);
    });
  },
};
