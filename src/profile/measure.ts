import { callNative, type NativeJob, typedError } from '../native/addon.js';
import type { Ceilings, ProfileEvent } from '../native/profile.js';
import { checkInteger, checkOneOf, checkSignal } from '../nn/check.js';
import { throwIfAborted } from '../nn/network.js';
import {
  checkThreads,
  type DeviceName,
  type NetworkOptions,
  type Precision,
  precisions,
  resolveDevice,
  resolveSpec,
} from '../nn/network-spec.js';
import { checkOptionNames } from '../options.js';
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
  measured: { batchSize: number; steps: number; signal?: AbortSignal },
): Promise<ProfileEvent[]> {
  checkOptionNames('profileNetwork', measured, ['batchSize', 'steps', 'signal']);
  const { batchSize, steps, signal } = measured;
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
  measured: Place & { precision?: Precision; runs: number },
): Promise<ProfileEvent[]> {
  checkOperation(operation);
  checkOptionNames('profileOperation', measured, [...placeNames, 'precision', 'runs']);
  const { signal, runs } = measured;
  checkInteger('runs', runs, 1);
  const precision = checkOneOf('precision', measured.precision ?? 'float32', precisions);
  const { device, threads } = placeOf(measured);
  return run(signal, () =>
    callNative((addon) =>
      addon.profileOperation(operation, sizes, precision, device, threads, runs),
    ),
  );
}

/** Measures for about a second. Errors as above. */
export async function measureCeilings(place: Place = {}): Promise<Ceilings> {
  checkOptionNames('measureCeilings', place, placeNames);
  const { device, threads } = placeOf(place);
  return run(place.signal, () => callNative((addon) => addon.measureCeilings(device, threads)));
}

const placeNames = ['device', 'threads', 'signal'];

function placeOf({ device, threads }: Place) {
  return {
    device: resolveDevice(device ?? 'auto'),
    threads: threads === undefined ? 0 : checkThreads(threads),
  };
}

async function run<T>(signal: AbortSignal | undefined, start: () => NativeJob<T>): Promise<T> {
  checkSignal(signal);
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
