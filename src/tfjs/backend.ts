import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { type HostArrays, hostArrays, type NativeType } from '../native/dtype.js';
import type { Booleans, Floats, Integers, Operations } from '../native/operations.js';

export type { NativeType } from '../native/dtype.js';

/** The elements of a tensor where its backend has them. */
export interface Elements {
  float32: Floats;
  int32: Integers;
  bool: Booleans;
}

/** What the kernels ask of a backend: they are the same on every device. */
export interface TrialforgeBackend {
  /** A new tensor that `fill` writes, every element of it: before, there is anything in them. */
  compute<T extends NativeType>(
    shape: readonly number[],
    dtype: T,
    fill: (addon: Operations, y: Elements[T]) => void,
  ): TensorInfo;
  /** The elements of a tensor, where the operations of the engine take them. */
  values<T extends NativeType>(tensor: TensorInfo, dtype: T): Elements[T];
  /**
   * The elements of a tensor that are not on the device yet, for checks that it does not make;
   * undefined if they are, and on the CPU, where the operations check everything.
   */
  waitingValues<T extends NativeType>(tensor: TensorInfo, dtype: T): HostArrays[T] | undefined;
  /** The same elements in another shape. */
  alias(tensor: TensorInfo, shape?: number[]): TensorInfo;
  disposeIntermediateTensorInfo(tensor: TensorInfo): void;
  /** Runs a kernel of tfjs-backend-cpu on this backend. Its results may be views of its inputs. */
  forward<T>(kernelName: string, inputs: readonly TensorInfo[], kernel: () => T): T;
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function isNative(dtype: DataType): dtype is NativeType {
  return dtype in hostArrays;
}
