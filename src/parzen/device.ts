import { DeviceUnavailableError, invalidArgument } from '../errors.js';
import { capabilities } from '../native/device.js';
import { crossover } from './crossover.js';

/** Where a mixture is evaluated; 'auto' takes a CUDA device for large mixtures, if there is one. */
export type ParzenDevice = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

/** The options of a sampler that say where its mixtures are evaluated. */
export interface ParzenDeviceOptions {
  /**
   * Default 'cpu', which scores candidates bit for bit as the originals' seeds ask for. A CUDA
   * device computes in double precision too, but may round the last bits differently. Candidates
   * are drawn on the CPU in any case, and TPESampler decides there, too, between those whose scores
   * are nearly equal, so that a seed gives the same study everywhere; Hyperopt's tpe may decide
   * otherwise between scores that are equal in theory.
   */
  device?: ParzenDevice;
  /**
   * With 'auto': the product of points, components and parameters from which on the device is used.
   * Measured at first need, once a process, if left out. A number from 0.
   */
  deviceCrossover?: number;
}

/** `device` and `deviceCrossover`, checked. */
export interface ParzenPlace {
  readonly device: ParzenDevice;
  readonly crossover: number | undefined;
}

export const onCpu: ParzenPlace = { device: 'cpu', crossover: undefined };

/**
 * @throws InvalidArgumentError naming the option; DeviceUnavailableError for a CUDA device that is
 * not there
 */
export function parzenPlace({ device = 'cpu', deviceCrossover }: ParzenDeviceOptions): ParzenPlace {
  if (typeof device !== 'string' || !/^(auto|cpu|cuda(:\d+)?)$/.test(device)) {
    throw invalidArgument('device', "'auto', 'cpu', 'cuda' or 'cuda:<index>'", device);
  }
  if (
    deviceCrossover !== undefined &&
    !(typeof deviceCrossover === 'number' && deviceCrossover >= 0)
  ) {
    throw invalidArgument('deviceCrossover', 'a number from 0', deviceCrossover);
  }
  if (device.startsWith('cuda')) requireCudaDevice(device);
  return { device, crossover: deviceCrossover };
}

function requireCudaDevice(device: ParzenDevice): void {
  const { cudaDevices, cudaUnavailableReason } = capabilities();
  if (cudaDevices.some(({ index }) => index === cudaIndex(device))) return;
  throw new DeviceUnavailableError(
    cudaDevices.length === 0
      ? `there is no device '${device}': ${cudaUnavailableReason}. Use 'auto' or 'cpu'`
      : `there is no device '${device}', but ${cudaDevices.map(({ index }) => `'cuda:${index}'`).join(', ')}`,
  );
}

function cudaIndex(device: ParzenDevice): number {
  return device.includes(':') ? Number(device.slice('cuda:'.length)) : 0;
}

let hasDevice: boolean | undefined;

/** The CUDA device that takes on a mixture of this size; undefined for the CPU. */
export function cudaIndexFor(place: ParzenPlace, size: number): number | undefined {
  if (place.device === 'cpu') return undefined;
  if (place.device !== 'auto') return cudaIndex(place.device);
  hasDevice ??= capabilities().cudaDevices.length > 0;
  if (!hasDevice) return undefined;
  return size >= (place.crossover ?? crossover()) ? 0 : undefined;
}
