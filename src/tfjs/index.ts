/**
 * Importing this module registers the backend 'trialforge-cpu' with TensorFlow.js, which prefers it
 * to the others. It needs `@tensorflow/tfjs-core` and `@tensorflow/tfjs-backend-cpu`.
 */
import { findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { callNative, native } from '../native/addon.js';
import { checkThreads } from '../nn/network-spec.js';
import { TrialforgeCpuBackend } from './backend.js';
import { cpuBackendName } from './backend-name.js';
import { registerGradients } from './gradients.js';
import { registerKernels } from './register-kernels.js';

/** Above those of tfjs: webgl and wasm have 2, tensorflow has 3. */
const priority = 4;

// A second copy of this module finds the first one's.
if (findBackendFactory(cpuBackendName) == null) {
  registerKernels();
  registerBackend(
    cpuBackendName,
    () => {
      native();
      registerGradients();
      return new TrialforgeCpuBackend();
    },
    priority,
  );
}

/**
 * How many threads the backend's operations use. Results do not depend on it. Default: one a core
 * available.
 * @param threads 1 .. 1024
 * @throws InvalidArgumentError
 */
export function setThreadsCount(threads: number): void {
  const checked = checkThreads(threads);
  callNative((addon) => addon.setOpThreads(checked));
}

/** How many threads the backend's operations use. */
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
export { cpuBackendName };
