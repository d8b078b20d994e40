import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { callNative, typedError } from '../native/addon.js';
import type { DeviceTensor } from '../native/device-tensor.js';
import { asHostArray, type HostArrays, hostArrays, type NativeType } from '../native/dtype.js';
import type { Operations } from '../native/operations.js';
import { type Elements, isNative, sizeOf, type TrialforgeBackend } from './backend.js';
import { cudaBackendName } from './backend-name.js';
import { shapeParts, splitComplex } from './complex.js';

/** CUDA_VISIBLE_DEVICES says which one that is. */
const device = 0;

type Values = backend_util.BackendValues;

/** What the backend has in common with its tensors. */
interface Books {
  bytes: number;
  /** Tensors on the device whose elements have been read back, too. */
  readonly readBack: Set<Stored>;
}

/**
 * The elements of a tensor: on the host until a kernel needs them on the device, then there. To the
 * kernels of tfjs-backend-cpu it looks like a tensor of that backend.
 */
class Stored {
  readonly dtype: DataType;
  refCount: number;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  readonly #books: Books;
  #onHost: Values | undefined;
  #onDevice: DeviceTensor | undefined;

  constructor(books: Books, dtype: DataType, refCount: number, elements: Values | DeviceTensor) {
    this.#books = books;
    this.dtype = dtype;
    this.refCount = refCount;
    // A complex tensor has none.
    if (elements == null || Array.isArray(elements) || ArrayBuffer.isView(elements)) {
      this.#onHost = elements as Values;
    } else {
      this.#keepOnDevice(elements as DeviceTensor);
    }
  }

  /** Reads them back if need be. */
  get values(): Values {
    const tensor = this.#onDevice;
    if (this.#onHost === undefined && tensor !== undefined) {
      this.#onHost = callNative(() => tensor.download());
      this.#books.readBack.add(this);
    }
    return this.#onHost as Values;
  }

  set values(values: Values) {
    this.dispose();
    this.#onHost = values;
  }

  get deviceTensor(): DeviceTensor | undefined {
    return this.#onDevice;
  }

  /** Moves them to the device if need be. */
  on<T extends NativeType>(dtype: T): DeviceTensor {
    if (this.#onDevice?.dtype === dtype) return this.#onDevice;
    const values = asHostArray(this.values as HostArrays[T], dtype);
    const moved = callNative(
      ({ DeviceTensor }) => new DeviceTensor(device, dtype, values.length, values),
    );
    this.dispose();
    this.#keepOnDevice(moved);
    return moved;
  }

  /** Leaves them where they are, on the device alone. */
  forgetReadBack(): void {
    if (this.#onDevice !== undefined) this.#onHost = undefined;
  }

  dispose(): void {
    const tensor = this.#onDevice;
    this.#onHost = undefined;
    this.#onDevice = undefined;
    this.#books.readBack.delete(this);
    if (tensor === undefined) return;
    this.#books.bytes -= bytesOf(tensor);
    tensor.dispose();
  }

  #keepOnDevice(tensor: DeviceTensor): void {
    this.#onDevice = tensor;
    this.#books.bytes += bytesOf(tensor);
  }
}

function bytesOf({ dtype, length }: DeviceTensor): number {
  return length * hostArrays[dtype].BYTES_PER_ELEMENT;
}

/** What the backend adds to tf.memory(). */
export interface CudaMemory {
  unreliable: boolean;
  reasons: string[];
  /** Of the tensors that are on the device now. */
  numBytesOnDevice: number;
  /** How often each kernel was run on the CPU. */
  forwardedKernels: Record<string, number>;
}

/**
 * TensorFlow.js's backend on a CUDA device. Operations are submitted and not waited for; reading a
 * tensor waits. Kernels that the engine does not have run as in tfjs-backend-cpu: what they read
 * comes back from the device, and what they make goes there when it is used.
 */
export class TrialforgeCudaBackend extends MathBackendCPU implements TrialforgeBackend {
  readonly #books: Books = { bytes: 0, readBack: new Set() };
  readonly #forwarded = new Map<string, number>();

  /** Opens the device. Throws DeviceUnavailableError where there is none. */
  constructor() {
    super();
    callNative((addon) => addon.synchronize(device));
  }

  override write(values: Values, _shape: number[], dtype: DataType): TensorInfo['dataId'] {
    return this.#store(dtype, values);
  }

  override move(
    dataId: TensorInfo['dataId'],
    values: Values,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.data.set(dataId, new Stored(this.#books, dtype, refCount, values));
    if (dtype === 'complex64') splitComplex(this, dataId, shape);
  }

  compute<T extends NativeType>(
    shape: readonly number[],
    dtype: T,
    fill: (addon: Operations, y: Elements[T]) => void,
  ): TensorInfo {
    util.assertNonNegativeIntegerDimensions([...shape]);
    const size = sizeOf(shape);
    const dataId = this.#store(
      dtype,
      callNative((addon) => {
        const y = new addon.DeviceTensor(device, dtype, size);
        try {
          fill(addon, y);
        } catch (error) {
          y.dispose();
          throw error;
        }
        return y;
      }),
    );
    return { dataId, shape: [...shape], dtype };
  }

  values<T extends NativeType>(tensor: TensorInfo, dtype: T): Elements[T] {
    return this.#stored(tensor.dataId).on(dtype);
  }

  waitingValues<T extends NativeType>(tensor: TensorInfo, dtype: T): HostArrays[T] | undefined {
    const stored = this.#stored(tensor.dataId);
    if (stored.deviceTensor !== undefined) return undefined;
    return asHostArray(stored.values as HostArrays[T], dtype);
  }

  alias(tensor: TensorInfo, shape: number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  forward<T>(kernelName: string, inputs: readonly TensorInfo[], kernel: () => T): T {
    shapeParts(this, inputs);
    // Without inputs nothing comes back from the device.
    return inputs.length === 0 ? kernel() : this.#forwarding(kernelName, kernel);
  }

  override async read(dataId: TensorInfo['dataId']): Promise<Values> {
    const { deviceTensor, dtype } = this.#stored(dataId);
    if (deviceTensor === undefined || !isNative(dtype)) return this.readSync(dataId);
    try {
      return asHostArray(await deviceTensor.read(), dtype);
    } catch (error) {
      throw typedError(error);
    }
  }

  override readSync(dataId: TensorInfo['dataId']): Values {
    try {
      return super.readSync(dataId);
    } finally {
      this.#forgetReadBack();
    }
  }

  override disposeData(dataId: TensorInfo['dataId'], force = false): boolean {
    const stored = this.data.has(dataId) ? this.#stored(dataId) : undefined;
    const isDisposed = super.disposeData(dataId, force);
    if (isDisposed) stored?.dispose();
    return isDisposed;
  }

  /** kernelMs lasts until the device is done; the profile of a kernel says where it ran on the CPU. */
  override async time(
    f: () => void,
  ): Promise<{ kernelMs: number; getExtraProfileInfo: () => string }> {
    const synchronize = () => callNative((addon) => addon.synchronize(device));
    const before = new Map(this.#forwarded);
    synchronize();
    const start = util.now();
    f();
    synchronize();
    const kernelMs = util.now() - start;
    const forwarded = [...this.#forwarded].filter(([name, n]) => before.get(name) !== n);
    const info = forwarded.map(([name]) => `${name} ran on the CPU`).join(', ');
    return { kernelMs, getExtraProfileInfo: () => info };
  }

  override memory(): CudaMemory {
    return {
      unreliable: false,
      reasons: [],
      numBytesOnDevice: this.#books.bytes,
      forwardedKernels: Object.fromEntries(this.#forwarded),
    };
  }

  #store(dtype: DataType, elements: Values | DeviceTensor): TensorInfo['dataId'] {
    const dataId = {};
    this.data.set(dataId, new Stored(this.#books, dtype, 1, elements));
    return dataId;
  }

  #stored(dataId: TensorInfo['dataId']): Stored {
    return this.data.get(dataId) as unknown as Stored;
  }

  #forgetReadBack(): void {
    for (const stored of this.#books.readBack) stored.forgetReadBack();
    this.#books.readBack.clear();
  }

  #forwarding<T>(kernelName: string, kernel: () => T): T {
    const times = this.#forwarded.get(kernelName) ?? 0;
    this.#forwarded.set(kernelName, times + 1);
    if (times === 0) {
      console.warn(
        `${cudaBackendName}: the kernel ${kernelName} runs on the CPU; its tensors come back from ` +
          'the device each time. tf.memory().forwardedKernels counts such calls.',
      );
    }
    try {
      return kernel();
    } finally {
      this.#forgetReadBack();
    }
  }
}
