import * as tf from '@tensorflow/tfjs-core';

/** Ours, and those of tfjs that it is measured against. */
export const backendNames = ['trialforge-cpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** Makes a backend the one in use. Returns how many threads it has. */
export async function useBackend(name: BackendName, threads: number): Promise<number> {
  tf.enableProdMode();
  if (name === 'wasm') {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    wasm.setThreadsCount(threads);
    await tf.setBackend(name);
    // tfjs-backend-wasm has threads in browsers alone.
    return (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')) ? wasm.getThreadsCount() : 1;
  }
  const { setThreadsCount } = await import('../../src/tfjs/index.js');
  await tf.setBackend(name);
  if (name === 'cpu') return 1;
  setThreadsCount(threads);
  return threads;
}
