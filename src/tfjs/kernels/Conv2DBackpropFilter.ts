import { type Conv2DBackpropFilterAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { conv2DInfo, conv2DSizes } from '../conv-shape.js';
import type { NativeKernel } from '../kernel.js';

export const conv2DBackpropFilter: NativeKernel<
  Record<'x' | 'dy', TensorInfo>,
  Conv2DBackpropFilterAttrs
> = {
  kernelName: 'Conv2DBackpropFilter',
  run: (backend, { x, dy }, attributes) => {
    if (x.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
    const info = conv2DInfo(x.shape, attributes.filterShape, attributes);
    const sizes = conv2DSizes(info);
    if (sizes === undefined || !util.arraysEqual(dy.shape, info.outShape)) return undefined;
    const [image, gradient] = [backend.values(x, 'float32'), backend.values(dy, 'float32')];
    return backend.compute(info.filterShape, 'float32', (addon, dw) =>
      addon.conv2dBackpropFilter(sizes, image, gradient, dw),
    );
  },
};
