import { backend_util, type GatherV2Attrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../../errors.js';
import { isNative, sizeOf } from '../backend.js';
import type { NativeKernel } from '../kernel.js';

export const gatherV2: NativeKernel<Record<'x' | 'indices', TensorInfo>, GatherV2Attrs> = {
  kernelName: 'GatherV2',
  run: (backend, { x, indices }, { axis, batchDims = 0 }) => {
    if (!isNative(x.dtype) || indices.dtype !== 'int32') return undefined;
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const info = backend_util.segment_util.collectGatherOpShapeInfo(
      x as never,
      indices as never,
      along,
      batchDims,
    );
    const { batchSize, outerSize, sliceSize, outputShape } = info;
    const perBatch = batchSize === 0 ? 0 : sizeOf(indices.shape) / batchSize;
    const extent = x.shape[along]!;
    const sizes = Int32Array.of(batchSize, outerSize, extent, sliceSize, perBatch);
    const checkIndices = (values: Int32Array | undefined, cause?: unknown) => {
      const outside = values?.find((index) => index < 0 || index >= extent);
      if (outside === undefined) return;
      // In tfjs's words.
      throw new InvalidArgumentError(
        `GatherV2: the index value ${outside} is not in [0, ${extent - 1}]`,
        { cause },
      );
    };
    // A device gives zeros for an index outside of x: it cannot be refused without waiting for it.
    checkIndices(backend.waitingValues(indices, 'int32'));
    const [from, at] = [backend.values(x, x.dtype), backend.values(indices, 'int32')];
    try {
      return backend.compute(outputShape, x.dtype, (addon, y) => addon.gather(sizes, from, at, y));
    } catch (error) {
      if (at instanceof Int32Array) checkIndices(at, error);
      throw error;
    }
  },
};
