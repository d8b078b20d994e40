import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { isNative, type TrialforgeBackend } from '../backend.js';
import type { AnyKernel } from '../kernel.js';
import { binaryInto } from './binary.js';

export const addN: AnyKernel = {
  kernelName: 'AddN',
  run: (backend: TrialforgeBackend, tensors: TensorInfo[]) => {
    const [first, second, ...rest] = tensors;
    if (first === undefined || second === undefined || !isNative(first.dtype)) return undefined;
    const { shape, dtype } = first;
    if (dtype === 'bool') return undefined;
    for (const tensor of tensors) {
      if (tensor.dtype !== dtype || !util.arraysEqual(tensor.shape, shape)) return undefined;
    }
    const flat = (tensor: TensorInfo) => {
      const values = backend.values(tensor, dtype);
      return { shape: [values.length], values };
    };
    return backend.compute(shape, dtype, (addon, y) => {
      const sum = { shape: [y.length], values: y };
      binaryInto(addon, 'add', flat(first), flat(second), y);
      for (const tensor of rest) binaryInto(addon, 'add', sum, flat(tensor), y);
    });
  },
};
