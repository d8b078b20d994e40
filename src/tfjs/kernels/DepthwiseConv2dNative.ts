import type { DepthwiseConv2dNativeAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import type { Floats, Operations } from '../../native/operations.js';
import type { TrialforgeBackend } from '../backend.js';
import { conv2DInfo, depthwiseConv2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const depthwiseConv2dNative: NativeKernel<
  Record<'x' | 'filter', TensorInfo>,
  DepthwiseConv2dNativeAttrs
> = {
  kernelName: 'DepthwiseConv2dNative',
  run: (backend, { x, filter }, attributes) => depthwiseConvolve(backend, x, filter, attributes),
};

/** x * filter, and what `finish` makes of it in place. */
export function depthwiseConvolve(
  backend: TrialforgeBackend,
  x: TensorInfo,
  filter: TensorInfo,
  attributes: DepthwiseConv2dNativeAttrs,
  finish?: (addon: Operations, shape: readonly number[], y: Floats) => void,
): TensorInfo | undefined {
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const info = conv2DInfo(x.shape, filter.shape, attributes, true);
  const sizes = depthwiseConv2DSizes(info);
  if (sizes === undefined) return undefined;
  const [image, weights] = [backend.values(x, 'float32'), backend.values(filter, 'float32')];
  return backend.compute(info.outShape, 'float32', (addon, y) => {
    addon.depthwiseConv2d(sizes, image, weights, y);
    finish?.(addon, info.outShape, y);
  });
}
