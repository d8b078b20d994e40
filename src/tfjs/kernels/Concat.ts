import { backend_util, type ConcatAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative, sizeOf, type TrialforgeBackend } from '../backend.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox } from '../strided-copy.js';

export const concat: NativeKernel<TensorInfo[], ConcatAttrs> = {
  kernelName: 'Concat',
  run: (backend, tensors, { axis }) => {
    const along = util.parseAxisParam(axis, tensors[0]!.shape)[0]!;
    backend_util.assertParamsConsistent(
      tensors.map(({ shape }) => shape),
      along,
    );
    return concatenated(backend, tensors, along);
  },
};

/** The tensors, equal in shape but for axis `along`, behind each other there. */
export function concatenated(
  backend: TrialforgeBackend,
  tensors: readonly TensorInfo[],
  along: number,
): TensorInfo | undefined {
  const { dtype, shape: first } = tensors[0]!;
  if (!isNative(dtype) || tensors.some((tensor) => tensor.dtype !== dtype)) return undefined;
  const extent = tensors.reduce((sum, { shape }) => sum + shape[along]!, 0);
  const shape = first.with(along, extent);
  const outer = sizeOf(first.slice(0, along));
  const row = sizeOf(shape.slice(along));
  return backend.compute(shape, dtype, (addon, y) => {
    let offset = 0;
    for (const tensor of tensors) {
      const part = sizeOf(tensor.shape.slice(along));
      const to = { strides: [row, 1], offset };
      if (outer * part > 0) {
        copyBox(addon, [outer, part], { strides: [part, 1] }, backend.values(tensor, dtype), to, y);
      }
      offset += part;
    }
  });
}
