import { type Conv2DBackpropInputAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { conv2DInfo, conv2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const conv2DBackpropInput: NativeKernel<
  Record<'dy' | 'filter', TensorInfo>,
  Conv2DBackpropInputAttrs
> = {
  kernelName: 'Conv2DBackpropInput',
  run: (backend, { dy, filter }, attributes) => {
    if (dy.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
    const info = conv2DInfo(attributes.inputShape, filter.shape, attributes);
    const sizes = conv2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const [gradient, weights] = [backend.values(dy, 'float32'), backend.values(filter, 'float32')];
    return backend.compute(info.inShape, 'float32', (addon, dx) =>
      addon.conv2dBackpropInput(sizes, gradient, weights, dx),
    );
  },
};
