import {
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { conv2DInfo, depthwiseConv2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const depthwiseConv2dNativeBackpropInput: NativeKernel<
  Record<'dy' | 'filter', TensorInfo>,
  DepthwiseConv2dNativeBackpropInputAttrs
> = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  run: (backend, { dy, filter }, attributes) => {
    if (dy.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
    const info = conv2DInfo(attributes.inputShape, filter.shape, attributes, true);
    const sizes = depthwiseConv2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const [gradient, weights] = [backend.values(dy, 'float32'), backend.values(filter, 'float32')];
    return backend.compute(info.inShape, 'float32', (addon, dx) =>
      addon.depthwiseConv2dBackpropInput(sizes, gradient, weights, dx),
    );
  },
};
