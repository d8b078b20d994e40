import { type SliceAttrs, slice_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { isNative, type TrialforgeBackend } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const slice: NativeKernel<{ x: TensorInfo }, SliceAttrs> = {
  kernelName: 'Slice',
  run: (backend, { x }, { begin, size }) => {
    if (!isNative(x.dtype) || x.shape.length > mostDimensions) return undefined;
    const [first, shape] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    slice_util.assertParamsValid(x, first, shape);
    return sliced(backend, x, first, shape);
  },
};

/** The part of x that begins at `first`. */
export function sliced(
  backend: TrialforgeBackend,
  x: TensorInfo,
  first: readonly number[],
  shape: readonly number[],
): TensorInfo {
  const type = x.dtype as 'float32' | 'int32' | 'bool';
  const strides = stridesOf(x.shape);
  const offset = strides.reduce((sum, stride, axis) => sum + stride * first[axis]!, 0);
  const values = backend.values(x, type);
  return backend.compute(shape, type, (addon, y) =>
    copyBox(addon, shape, { strides, offset }, values, { strides: stridesOf(shape) }, y),
  );
}
