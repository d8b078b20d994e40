import type { HostArray, NativeType } from './dtype.js';

/** binding/device_tensor.cpp: elements in the memory of a CUDA device. */
export interface DeviceTensor {
  readonly dtype: NativeType;
  /** Elements. */
  readonly length: number;
  /** Writes all elements; `values` is of the tensor's type and length. */
  upload(values: HostArray): void;
  /** Writes `value` to all elements, as a typed array's fill. */
  fill(value: number): unknown;
  /** The elements, in an array of their own. Waits for what was submitted before. */
  download(): HostArray;
  /**
   * The same without blocking the event loop. All that a JavaScript environment does with tensors of one
   * device is on one stream, and the copy is, too; but another thread submits it, after the call. So it has
   * what was submitted before the call, and what writes the tensor from then on until the promise settles
   * may be in it or not. The tensor may be disposed meanwhile.
   */
  read(): Promise<HostArray>;
  /** Gives the memory back behind what was submitted before. */
  dispose(): void;
}

export type DeviceTensorConstructor = new (
  device: number,
  dtype: NativeType,
  length: number,
  values?: HostArray,
) => DeviceTensor;
