import { type PackAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../kernel.js';
import { concatenated } from './Concat.js';

export const pack: NativeKernel<TensorInfo[], PackAttrs> = {
  kernelName: 'Pack',
  run: (backend, tensors, { axis }) => {
    const { shape, dtype } = tensors[0]!;
    for (const tensor of tensors) {
      util.assertShapesMatch(
        shape,
        tensor.shape,
        'All tensors passed to stack must have matching shapes',
      );
      util.assert(
        dtype === tensor.dtype,
        () => 'All tensors passed to stack must have matching dtypes',
      );
    }
    const along = axis < 0 ? axis + shape.length + 1 : axis;
    const expanded = shape.toSpliced(along, 0, 1);
    return concatenated(
      backend,
      tensors.map((tensor) => ({ ...tensor, shape: expanded })),
      along,
    );
  },
};
