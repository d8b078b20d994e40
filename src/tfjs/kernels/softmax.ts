import type { SoftmaxAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../kernel.js';

/** Over the last dimension. */
function overRows(
  kernelName: string,
  operation: 'softmax' | 'logSoftmax',
): NativeKernel<{ logits: TensorInfo }, Partial<SoftmaxAttrs>> {
  return {
    kernelName,
    run: (backend, { logits }, { dim = -1 }) => {
      const { shape, dtype } = logits;
      const classes = shape.at(-1);
      if (dtype !== 'float32' || classes === undefined || classes === 0) return undefined;
      if (dim !== -1 && dim !== shape.length - 1) return undefined;
      const x = backend.values(logits, 'float32');
      const rows = x.length / classes;
      return backend.compute(shape, 'float32', (addon, y) => addon[operation](rows, classes, x, y));
    },
  };
}

export const softmax = overRows('Softmax', 'softmax');
export const logSoftmax = overRows('LogSoftmax', 'logSoftmax');
