import type { OneHotAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const oneHot: NativeKernel<{ indices: TensorInfo }, OneHotAttrs> = {
  kernelName: 'OneHot',
  run: (backend, { indices }, { dtype, depth, onValue, offValue }) => {
    if (indices.dtype !== 'int32' || !isNative(dtype)) return undefined;
    const isHeld = (value: unknown) =>
      dtype === 'float32' ? typeof value === 'number' : Number.isInteger(value);
    if (!isHeld(onValue) || !isHeld(offValue)) return undefined;
    const at = backend.values(indices, 'int32');
    return backend.compute([...indices.shape, depth], dtype, (addon, y) =>
      addon.oneHot(depth, onValue, offValue, at, y),
    );
  },
};
