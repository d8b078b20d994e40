import type { TensorInfo, TransposeAttrs } from '@tensorflow/tfjs-core';
import { isNative, type TrialforgeBackend } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const transpose: NativeKernel<{ x: TensorInfo }, TransposeAttrs> = {
  kernelName: 'Transpose',
  run: (backend, { x }, { perm }) =>
    isNative(x.dtype) && x.shape.length <= mostDimensions
      ? transposed(backend, x, perm)
      : undefined,
};

/** x with axis perm[i] as its axis i. */
export function transposed(
  backend: TrialforgeBackend,
  x: TensorInfo,
  perm: readonly number[],
): TensorInfo {
  const type = x.dtype as 'float32' | 'int32' | 'bool';
  const strides = stridesOf(x.shape);
  const shape = perm.map((axis) => x.shape[axis]!);
  const from = { strides: perm.map((axis) => strides[axis]!) };
  const values = backend.values(x, type);
  return backend.compute(shape, type, (addon, y) =>
    copyBox(addon, shape, from, values, { strides: stridesOf(shape) }, y),
  );
}
