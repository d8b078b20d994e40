import { backend_util, type SplitVAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { mostDimensions } from './binary.js';
import { sliced } from './Slice.js';

export const splitV: NativeKernel<{ x: TensorInfo }, SplitVAttrs> = {
  kernelName: 'SplitV',
  run: (backend, { x }, { numOrSizeSplits, axis }) => {
    if (!isNative(x.dtype) || x.shape.length > mostDimensions) return undefined;
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const first = x.shape.map(() => 0);
    return backend_util.prepareSplitSize(x as never, numOrSizeSplits, along).map((extent) => {
      const part = sliced(backend, x, first, x.shape.with(along, extent));
      first[along]! += extent;
      return part;
    });
  },
};
