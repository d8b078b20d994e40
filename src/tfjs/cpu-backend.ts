import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { callNative } from '../native/addon.js';
import { asHostArray, type HostArrays, hostArrays, type NativeType } from '../native/dtype.js';
import type { Operations } from '../native/operations.js';
import { sizeOf, type TrialforgeBackend } from './backend.js';
import { BufferPool } from './buffer-pool.js';
import { shapeParts, splitComplex } from './complex.js';

/**
 * TensorFlow.js's backend on trialforge's CPU engine. It keeps tensors as tfjs-backend-cpu does, so
 * that the kernels of that one run here, on the same memory.
 */
export class TrialforgeCpuBackend extends MathBackendCPU implements TrialforgeBackend {
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

  override move(
    dataId: TensorInfo['dataId'],
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    super.move(dataId, values, shape, dtype, refCount);
    if (dtype === 'complex64') splitComplex(this, dataId, shape);
  }

  compute<T extends NativeType>(
    shape: readonly number[],
    dtype: T,
    fill: (addon: Operations, y: HostArrays[T]) => void,
  ): TensorInfo {
    util.assertNonNegativeIntegerDimensions([...shape]);
    const type = hostArrays[dtype];
    const buffer = this.#pool.take(sizeOf(shape) * type.BYTES_PER_ELEMENT);
    const values = new type(buffer) as HostArrays[T];
    try {
      callNative((addon) => fill(addon, values));
    } catch (error) {
      this.#pool.give(buffer);
      throw error;
    }
    this.#own.add(buffer);
    return this.makeTensorInfo([...shape], dtype, values);
  }

  values<T extends NativeType>(tensor: TensorInfo, dtype: T): HostArrays[T] {
    // tfjs's cast to a wider type renames a tensor and leaves its elements as they are.
    return asHostArray(this.data.get(tensor.dataId).values as HostArrays[T], dtype);
  }

  waitingValues(): undefined {
    return undefined;
  }

  alias(tensor: TensorInfo, shape: number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  forward<T>(_kernelName: string, inputs: readonly TensorInfo[], kernel: () => T): T {
    for (const tensor of inputs) this.#share(tensor);
    shapeParts(this, inputs);
    return kernel();
  }

  /** Somebody else may keep a reference to the elements: their memory will not serve again. */
  #share(tensor: TensorInfo): void {
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
