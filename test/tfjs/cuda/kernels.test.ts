import '../../helpers/emulated-addon.js';
import test from 'ava';
import type { CudaMemory } from '../../../src/tfjs/cuda-backend.js';
import { cudaBackendName } from '../../../src/tfjs/index.js';
import { nativeKernels } from '../../../src/tfjs/register-kernels.js';
import { core } from '../../helpers/tfjs.js';
import { cases, problems } from '../cases/compare.js';

/** The device's own exp, sin, ... differ from JavaScript's in the last bits. */
const tolerance = 2e-6;

const timesForwarded = (kernelName: string) => {
  core.setBackend(cudaBackendName);
  return (core.memory() as unknown as CudaMemory).forwardedKernels[kernelName] ?? 0;
};

test.before(() => {
  console.warn = () => {};
});

for (const { kernelName } of nativeKernels) {
  test.serial(`${kernelName} is tfjs-backend-cpu's on the device, too`, (t) => {
    for (const [title, one] of Object.entries(cases[kernelName]!)) {
      const before = timesForwarded(kernelName);
      t.deepEqual(problems(cudaBackendName, kernelName, one, tolerance).slice(0, 5), [], title);
      const isForwarded = timesForwarded(kernelName) > before;
      if (!one.isForwarded) t.false(isForwarded, title);
    }
  });
}
