import {
  engine,
  getGradient,
  registerGradient,
  type Tensor,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { isOurs } from './backend-name.js';

const ours = new WeakSet<object>();

function reluGrad(dy: Tensor, x: Tensor): Tensor {
  return engine().runKernel('ReluGrad', { dy, x }) as Tensor;
}

/**
 * Gives relu a gradient of one kernel instead of three, on these backends only. To be called when a
 * backend is made: by then whatever registers tfjs's gradients has been imported.
 */
export function registerGradients(): void {
  const given = getGradient('Relu');
  if (given === undefined || ours.has(given)) return;
  const config: typeof given = {
    ...given,
    gradFunc: (dy, saved, attributes) => {
      const x = saved[0]!;
      if (!isOurs(engine().backendName) || x.dtype !== 'float32') {
        return given.gradFunc(dy, saved, attributes);
      }
      return { x: () => reluGrad(dy as Tensor, x) };
    },
  };
  ours.add(config);
  registerGradient(config);
  registerGradient({
    kernelName: 'ReluGrad',
    inputsToSave: ['x'],
    gradFunc: (ddx, [x]) => ({
      dy: () => reluGrad(ddx as Tensor, x!),
      x: () => zerosLike(x!),
    }),
  });
}
