// What tfjs-core's own test suite finds when it starts: scripts/test-tfjs.mjs bundles this before it.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { cpuBackendName } from '../../src/tfjs/index.js';

/** The suite has specs for a backend of the name 'cpu' alone: ours takes that, too. */
function takeNameOfCpu(): void {
  tf.removeBackend('cpu');
  tf.registerBackend('cpu', tf.findBackendFactory(cpuBackendName));
  for (const kernel of tf.getKernelsForBackend(cpuBackendName)) {
    if (tf.getKernel(kernel.kernelName, 'cpu')) tf.unregisterKernel(kernel.kernelName, 'cpu');
    tf.registerKernel({ ...kernel, backendName: 'cpu' });
  }
}

const backendName = process.env['TRIALFORGE_TFJS_BACKEND'] ?? cpuBackendName;
const environments = [{ name: backendName, backendName, isDataSync: true }];
if (backendName === cpuBackendName) {
  takeNameOfCpu();
  environments.push({ name: 'under-the-name-cpu', backendName: 'cpu', isDataSync: true });
}
setTestEnvs(environments);
