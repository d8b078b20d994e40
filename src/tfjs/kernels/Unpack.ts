import type { TensorInfo, UnpackAttrs } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { mostDimensions } from './binary.js';
import { sliced } from './Slice.js';

export const unpack: NativeKernel<{ value: TensorInfo }, UnpackAttrs> = {
  kernelName: 'Unpack',
  run: (backend, { value }, { axis }) => {
    const { shape, dtype } = value;
    if (!isNative(dtype) || shape.length > mostDimensions) return undefined;
    const along = axis < 0 ? axis + shape.length : axis;
    const rest = shape.toSpliced(along, 1);
    return Array.from({ length: shape[along]! }, (_, i) => {
      const first = shape.map((_, dimension) => (dimension === along ? i : 0));
      return { ...sliced(backend, value, first, shape.with(along, 1)), shape: rest };
    });
  },
};
