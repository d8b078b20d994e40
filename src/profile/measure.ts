import { callNative, type NativeJob, typedError } from '../native/addon.js';
import type { Ceilings, ProfileEvent } from '../native/profile.js';
import { checkInteger } from '../nn/check.js';
import { throwIfAborted } from '../nn/network.js';
import {
  checkThreads,
  type DeviceName,
  type NetworkOptions,
  type Precision,
  resolveDevice,
  resolveSpec,
} from '../nn/network-spec.js';
import { checkOperation, type OperationName, type OperationSizes } from './operations.js';

/** Where something is measured. */
export interface Place {
  /** Default: 'auto', a CUDA device where there is one. */
  device?: DeviceName;
  /** CPU threads. Default: one a core available. */
  threads?: number;
  /** Rejects with AbortError when it fires. */
  signal?: AbortSignal;
}

/**
 * Training steps of a network on random images, after some to warm up: their passes, layers and kernels.
 * @param options the network's; its device and threads count
 * @throws InvalidArgumentError; DeviceUnavailableError; AbortError when the signal fires
 */
export async function profileNetwork(
  options: NetworkOptions,
  { batchSize, steps, signal }: { batchSize: number; steps: number; signal?: AbortSignal },
): Promise<ProfileEvent[]> {
  checkInteger('batchSize', batchSize, 1);
  checkInteger('steps', steps, 1);
  const spec = resolveSpec(options);
  return run(signal, () =>
    callNative((addon) =>
      addon.profileNetwork(spec.native, spec.device, spec.threads, batchSize, steps),
    ),
  );
}

/** Every pass of one operation, `runs` times each, on operands of given sizes. Errors as above. */
export async function profileOperation(
  operation: OperationName,
  sizes: OperationSizes,
  {
    device,
    threads,
    signal,
    precision = 'float32',
    runs,
  }: Place & {
    precision?: Precision;
    runs: number;
  },
): Promise<ProfileEvent[]> {
  checkOperation(operation);
  checkInteger('runs', runs, 1);
  const name = resolveDevice(device ?? 'auto');
  const count = threads === undefined ? 0 : checkThreads(threads);
  return run(signal, () =>
    callNative((addon) => addon.profileOperation(operation, sizes, precision, name, count, runs)),
  );
}

/** Measures for about a second. Errors as above. */
export async function measureCeilings({ device, threads, signal }: Place = {}): Promise<Ceilings> {
  const name = resolveDevice(device ?? 'auto');
  const count = threads === undefined ? 0 : checkThreads(threads);
  return run(signal, () => callNative((addon) => addon.measureCeilings(name, count)));
}

async function run<T>(signal: AbortSignal | undefined, start: () => NativeJob<T>): Promise<T> {
  throwIfAborted(signal);
  const job = start();
  const cancel = () => job.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await job.promise;
  } catch (error) {
    throwIfAborted(signal);
    throw typedError(error);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
