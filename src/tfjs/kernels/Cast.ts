import type { CastAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { isNative, type TrialforgeBackend } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const cast: NativeKernel<{ x: TensorInfo }, CastAttrs> = {
  kernelName: 'Cast',
  run: (backend, { x }, { dtype }) =>
    isNative(x.dtype) && isNative(dtype) ? castTo(backend, x, dtype) : undefined,
};

/** x as a tensor of another type; of its own type, the same elements. */
export function castTo(
  backend: TrialforgeBackend,
  x: TensorInfo,
  dtype: 'float32' | 'int32' | 'bool',
): TensorInfo {
  if (x.dtype === dtype) return backend.alias(x);
  const from = backend.values(x, x.dtype as typeof dtype);
  return backend.compute(x.shape, dtype, (addon, y) => addon.cast(from, y));
}
