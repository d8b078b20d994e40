/**
 * Importing this module registers two backends with TensorFlow.js, which prefers them to the others:
 * 'trialforge-cpu', and 'trialforge-cuda', which comes first where there is a CUDA device. It needs
 * `@tensorflow/tfjs-core` and `@tensorflow/tfjs-backend-cpu`.
 * @module trialforge/tfjs
 */
import { findBackendFactory, type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { callNative, native } from '../native/addon.js';
import { checkThreads } from '../nn/network-spec.js';
import { cpuBackendName, cudaBackendName } from './backend-name.js';
import { TrialforgeCpuBackend } from './cpu-backend.js';
import { TrialforgeCudaBackend } from './cuda-backend.js';
import { registerGradients } from './gradients.js';
import { registerKernels } from './register-kernels.js';

/** Above those of tfjs: webgl and wasm have 2, tensorflow has 3. */
const cpuPriority = 4;
const cudaPriority = 5;
/** Below all others: only who asks for it by name gets to know why it does not work. */
const unusablePriority = 0;

function hasCudaDevice(): boolean {
  try {
    return native().cudaDeviceCount() > 0;
  } catch {
    // The backend on the CPU says what is wrong with the addon.
    return false;
  }
}

function register(name: string, priority: () => number, make: () => KernelBackend): void {
  // A second copy of this module finds the first one's.
  if (findBackendFactory(name) != null) return;
  registerKernels(name);
  const factory = () => {
    native();
    registerGradients();
    return make();
  };
  registerBackend(name, factory, priority());
}

register(
  cpuBackendName,
  () => cpuPriority,
  () => new TrialforgeCpuBackend(),
);
register(
  cudaBackendName,
  () => (hasCudaDevice() ? cudaPriority : unusablePriority),
  () => new TrialforgeCudaBackend(),
);

/**
 * How many threads the operations of 'trialforge-cpu' use. Results do not depend on it. Default: one a core
 * available.
 * @param threads 1 .. 1024
 * @throws InvalidArgumentError
 */
export function setThreadsCount(threads: number): void {
  const checked = checkThreads(threads);
  callNative((addon) => addon.setOpThreads(checked));
}

/** How many threads the operations of 'trialforge-cpu' use. */
export function getThreadsCount(): number {
  return callNative((addon) => addon.opThreads());
}

export {
  type FitFastCallback,
  type FitFastHistory,
  type FitFastLogs,
  type FitFastModel,
  type FitFastOptions,
  fitFast,
} from './fit-fast.js';
export { cpuBackendName, cudaBackendName };
