/** What TensorFlow.js knows the backend on the CPU engine by. */
export const cpuBackendName = 'trialforge-cpu';
/** And that on a CUDA device. */
export const cudaBackendName = 'trialforge-cuda';

const names: readonly string[] = [cpuBackendName, cudaBackendName];

export function isOurs(backendName: string): boolean {
  return names.includes(backendName);
}
