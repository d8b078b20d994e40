import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import test from 'ava';
import { cpuBackendName } from '../../src/tfjs/index.js';
import { nativeKernels } from '../../src/tfjs/register-kernels.js';
import { core } from '../helpers/tfjs.js';
import { cases, make, problems } from './cases/compare.js';
import { floats } from './cases/kernel-case.js';

for (const { kernelName } of nativeKernels) {
  test.serial(`${kernelName} is tfjs-backend-cpu's`, (t) => {
    const own = cases[kernelName];
    t.truthy(own, 'no case');
    for (const [title, one] of Object.entries(own!)) {
      t.deepEqual(problems(cpuBackendName, kernelName, one).slice(0, 5), [], title);
    }
  });
}

// tfjs has nothing to compare them with: see `undilated`.
for (const kind of ['Conv2D', 'DepthwiseConv2dNative'] as const) {
  test.serial(`the gradients of a dilated ${kind} are its adjoint`, (t) => {
    core.setBackend(cpuBackendName);
    const engine = core.engine();
    const filterShape = kind === 'Conv2D' ? [3, 2, 3, 4] : [3, 2, 3, 2];
    const attributes = { strides: [1, 2], pad: 'same', dataFormat: 'NHWC', dilations: [2, 3] };
    const x = make(floats([2, 9, 11, 3], 1, 1));
    const filter = make(floats(filterShape, 1, 2));
    const call = (name: string, inputs: NamedTensorMap, more = {}) =>
      engine.runKernel(name, inputs, { ...attributes, ...more } as NamedAttrMap) as Tensor;
    const dot = (a: Tensor, b: Tensor) => core.sum(core.mul(a, b)).dataSync()[0]!;
    const y = call(kind, { x, filter });
    const dy = make(floats(y.shape, 1, 3));
    const expected = dot(y, dy);
    const dx = call(`${kind}BackpropInput`, { dy, filter }, { inputShape: x.shape });
    const dw = call(`${kind}BackpropFilter`, { x, dy }, { filterShape });
    t.true(Math.abs(dot(dx, x) - expected) < 1e-4, `${dot(dx, x)}, not ${expected}`);
    t.true(Math.abs(dot(dw, filter) - expected) < 1e-4, `${dot(dw, filter)}, not ${expected}`);
    t.true(Math.abs(expected) > 0.1);
  });
}
