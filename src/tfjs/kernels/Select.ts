import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative, sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const select: NativeKernel<Record<'condition' | 't' | 'e', TensorInfo>, unknown> = {
  kernelName: 'Select',
  run: (backend, { condition, t, e }) => {
    if (condition.dtype !== 'bool' || t.dtype !== e.dtype || !isNative(t.dtype)) return undefined;
    // tfjs leaves a 1 where it broadcasts to nothing.
    if (!util.arraysEqual(t.shape, e.shape)) return undefined;
    // A vector chooses whole rows, everything else element by element.
    const byRows = condition.shape.length === 1 && condition.shape[0] === t.shape[0];
    if (!byRows && sizeOf(condition.shape) !== sizeOf(t.shape)) return undefined;
    const chosen = backend.values(condition, 'bool');
    const [a, b] = [backend.values(t, t.dtype), backend.values(e, t.dtype)];
    return backend.compute(t.shape, t.dtype, (addon, y) => addon.select(chosen, a, b, y));
  },
};
