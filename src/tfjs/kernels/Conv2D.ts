import type { Conv2DAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf, type TrialforgeBackend } from '../backend.js';
import { conv2DInfo, conv2DSizes } from '../conv-shape.js';
import { type Epilogue, noEpilogue } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';

export const conv2D: NativeKernel<Record<'x' | 'filter', TensorInfo>, Conv2DAttrs> = {
  kernelName: 'Conv2D',
  run: (backend, { x, filter }, attributes) =>
    convolve(backend, x, filter, undefined, attributes, noEpilogue),
};

/** activation(x * filter + bias). */
export function convolve(
  backend: TrialforgeBackend,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | null | undefined,
  attributes: Conv2DAttrs,
  { activation, finish }: Epilogue,
): TensorInfo | undefined {
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const info = conv2DInfo(x.shape, filter.shape, attributes);
  const sizes = conv2DSizes(info);
  if (sizes === undefined) return undefined;
  if (bias != null && sizeOf(bias.shape) !== info.outChannels) return undefined;
  const [image, weights] = [backend.values(x, 'float32'), backend.values(filter, 'float32')];
  const added = bias == null ? undefined : backend.values(bias, 'float32');
  return backend.compute(info.outShape, 'float32', (addon, y) => {
    addon.conv2d(sizes, image, weights, added, activation, y);
    finish(addon, info.outShape, y);
  });
}
