/** What TensorFlow.js knows the backend on the CPU engine by. */
export const cpuBackendName = 'trialforge-cpu';
