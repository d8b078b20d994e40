import {
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { conv2DInfo, depthwiseConv2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const depthwiseConv2dNativeBackpropFilter: NativeKernel<
  Record<'x' | 'dy', TensorInfo>,
  DepthwiseConv2dNativeBackpropFilterAttrs
> = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  run: (backend, { x, dy }, attributes) => {
    if (x.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
    const info = conv2DInfo(x.shape, attributes.filterShape, attributes, true);
    const sizes = depthwiseConv2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const [image, gradient] = [backend.values(x, 'float32'), backend.values(dy, 'float32')];
    return backend.compute(info.filterShape, 'float32', (addon, dw) =>
      addon.depthwiseConv2dBackpropFilter(sizes, image, gradient, dw),
    );
  },
};
