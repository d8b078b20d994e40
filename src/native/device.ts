import { callNative } from './addon.js';

/** The CPU's vector code paths, slowest first. */
export const instructionSets = ['portable', 'avx2', 'avx512'] as const;
export type InstructionSet = (typeof instructionSets)[number];

/** One CUDA device. Memory in bytes. */
export interface CudaDevice {
  readonly index: number;
  readonly name: string;
  /** Compute capability: 9 and 0 for a Hopper GPU. */
  readonly computeMajor: number;
  readonly computeMinor: number;
  readonly multiprocessors: number;
  readonly totalBytes: number;
  /** 0 if the device cannot be opened. */
  readonly freeBytes: number;
}

/** What the native addon and this machine can do: Capabilities of native/include/trialforge/device.h. */
export interface Capabilities {
  /** That built the addon, such as `g++ 12.2.0`. */
  readonly compiler: string;
  /** Empty where the system does not tell. */
  readonly cpuModel: string;
  /** Cores available to this process. */
  readonly cpuCores: number;
  readonly cpuFeatures: readonly string[];
  /** The one in use; the environment variable TRIALFORGE_INSTRUCTION_SET can name a lesser one. */
  readonly instructionSet: InstructionSet;
  readonly builtWithCuda: boolean;
  /** 13000 for 13.0; 0 without CUDA. */
  readonly cudaRuntimeVersion: number;
  /** The newest CUDA the driver supports; 0 without a driver. */
  readonly cudaDriverVersion: number;
  readonly cudaDevices: readonly CudaDevice[];
  /** Why `cudaDevices` is empty; empty otherwise. */
  readonly cudaUnavailableReason: string;
}

/**
 * Looks at this machine. Where there are CUDA devices, it opens each to ask for its free memory.
 * Throws AddonError if the addon cannot be loaded, and InvalidArgumentError if
 * TRIALFORGE_INSTRUCTION_SET names no instruction set.
 */
export function capabilities(): Capabilities {
  return callNative((addon) => addon.capabilities());
}

let found: Pick<Capabilities, 'cudaDevices' | 'cudaUnavailableReason'> | undefined;

/** The CUDA devices as they were at the first look, and why there are none. */
export function cudaDevices(): Pick<Capabilities, 'cudaDevices' | 'cudaUnavailableReason'> {
  found ??= capabilities();
  return found;
}
