import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { callNative } from '../native/addon.js';
import type { NativeTensor, Operations } from '../native/operations.js';
import { BufferPool } from './buffer-pool.js';

/** Types of tensors that the engine reads; bool is a byte an element. */
export type NativeType = 'float32' | 'int32' | 'bool';
interface ArrayOf {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/**
 * TensorFlow.js's backend on trialforge's CPU engine. It keeps tensors as tfjs-backend-cpu does, so
 * that the kernels of that one run here, on the same memory.
 */
export class TrialforgeCpuBackend extends MathBackendCPU {
  readonly #pool = new BufferPool();
  /** Buffers that only this backend refers to: they serve again when their tensor is disposed. */
  readonly #own = new WeakSet<ArrayBufferLike>();

  override write(
    values: backend_util.BackendValues,
    _shape: number[],
    dtype: DataType,
  ): TensorInfo['dataId'] {
    const dataId = {};
    this.data.set(dataId, { values, dtype, refCount: 1 });
    return dataId;
  }

  /** A new tensor that `fill` writes, every element of it: before, there is anything in them. */
  compute<T extends NativeType>(
    shape: readonly number[],
    dtype: T,
    fill: (addon: Operations, y: ArrayOf[T]) => void,
  ): TensorInfo {
    util.assertNonNegativeIntegerDimensions([...shape]);
    const type = arrays[dtype];
    const buffer = this.#pool.take(sizeOf(shape) * type.BYTES_PER_ELEMENT);
    const values = new type(buffer) as ArrayOf[T];
    try {
      callNative((addon) => fill(addon, values));
    } catch (error) {
      this.#pool.give(buffer);
      throw error;
    }
    this.#own.add(buffer);
    return this.makeTensorInfo([...shape], dtype, values);
  }

  /** The elements of a tensor. */
  values<T extends NativeType>(tensor: TensorInfo, dtype: T): ArrayOf[T] {
    const { values } = this.data.get(tensor.dataId);
    const type = arrays[dtype];
    // tfjs's cast to a wider type renames a tensor and leaves its elements as they are.
    return (values instanceof type ? values : type.from(values as NativeTensor)) as ArrayOf[T];
  }

  /** The same elements in another shape, or under another name of their type. */
  alias(tensor: TensorInfo, shape: number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  /** Somebody else may keep a reference to the elements: their memory will not serve again. */
  share(tensor: TensorInfo): void {
    if (!this.data.has(tensor.dataId)) return;
    const { values } = this.data.get(tensor.dataId);
    if (ArrayBuffer.isView(values)) this.#own.delete(values.buffer);
  }

  override readSync(dataId: TensorInfo['dataId']): backend_util.BackendValues {
    const { values } = this.data.get(dataId);
    if (ArrayBuffer.isView(values)) this.#own.delete(values.buffer);
    return super.readSync(dataId);
  }

  override disposeData(dataId: TensorInfo['dataId'], force = false): boolean {
    const values = this.data.has(dataId) ? this.data.get(dataId).values : undefined;
    const disposed = super.disposeData(dataId, force);
    if (disposed && ArrayBuffer.isView(values) && this.#own.delete(values.buffer)) {
      this.#pool.give(values.buffer as ArrayBuffer);
    }
    return disposed;
  }

  override dispose(): void {
    this.#pool.clear();
  }

  /** numBytesInPool: memory of disposed tensors that waits for the next ones, two seconds at most. */
  override memory(): { unreliable: boolean; reasons: string[]; numBytesInPool: number } {
    return { unreliable: false, reasons: [], numBytesInPool: this.#pool.bytes };
  }
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function isNative(dtype: DataType): dtype is NativeType {
  return dtype in arrays;
}
