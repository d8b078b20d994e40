import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import test from 'ava';
import type { TrialforgeCpuBackend } from '../../src/tfjs/backend.js';
import { cpuBackendName } from '../../src/tfjs/index.js';
import { nativeKernels } from '../../src/tfjs/register-kernels.js';
import { core } from '../helpers/tfjs.js';
import { elementwiseCases } from './cases/elementwise.js';
import { type Cases, floats, type Input, type KernelCase } from './cases/kernel-case.js';
import { layoutCases } from './cases/layout.js';
import { reduceCases } from './cases/reduce.js';
import { windowCases } from './cases/windows.js';

const cases: Cases = { ...elementwiseCases, ...layoutCases, ...reduceCases, ...windowCases };

/** What tfjs computes where it has no kernel of the name. */
const composed: Record<string, (inputs: Record<string, Tensor>) => Tensor> = {
  LogSoftmax: ({ logits }) => core.logSoftmax(logits!),
  ReluGrad: ({ dy, x }) => core.mul(dy!, core.step(x!)),
};

interface Result {
  shape: number[];
  dtype: string;
  values: ArrayLike<number>;
}

function make({ shape, dtype, values }: Input): Tensor {
  return core.tensor(Array.from(values), [...shape], dtype);
}

function tensorsOf(inputs: KernelCase['inputs']): NamedTensorMap {
  if (Array.isArray(inputs)) return inputs.map(make) as unknown as NamedTensorMap;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, make(input)]));
}

/** What the kernel of a backend makes of a case; also whether it is one of the engine. */
function run(backendName: string, kernelName: string, { inputs, attributes = {} }: KernelCase) {
  core.setBackend(backendName);
  const engine = core.engine();
  engine.startScope();
  try {
    const tensors = tensorsOf(inputs);
    const compose = backendName === 'cpu' ? composed[kernelName] : undefined;
    const made = compose
      ? compose(tensors)
      : engine.runKernel(kernelName, tensors, attributes as NamedAttrMap);
    const results: Result[] = ([made].flat() as Tensor[]).map((tensor) => {
      const { shape, dtype } = tensor;
      return { shape, dtype, values: tensor.dataSync() };
    });
    if (backendName === 'cpu') return { results, isNative: false };
    const backend = core.backend() as TrialforgeCpuBackend;
    const kernel = nativeKernels.find((one) => one.kernelName === kernelName)!;
    const native = kernel.run(backend, tensors, attributes);
    for (const one of [native ?? []].flat()) backend.disposeIntermediateTensorInfo(one);
    return { results, isNative: native !== undefined };
  } finally {
    engine.endScope();
  }
}

/** Of two numbers, over the larger of 1 and the expected one; NaN and infinities are like themselves. */
function difference(value: number, expected: number): number {
  if (Object.is(value, expected) || value === expected) return 0;
  const far = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
  return Number.isNaN(far) ? Number.POSITIVE_INFINITY : far;
}

/** What of a case is not as it should be. */
function problems(kernelName: string, one: KernelCase): string[] {
  const { tolerance = 0, isForwarded = false, instead } = one;
  const theirs = run('cpu', kernelName, one).results;
  const { results, isNative } = run(cpuBackendName, kernelName, one);
  if (isNative === isForwarded) return [isNative ? 'is not forwarded' : 'is not on the engine'];
  if (results.length !== theirs.length) return [`${results.length}, not ${theirs.length} tensors`];
  return results.flatMap(({ shape, dtype, values }, index) => {
    const wanted = { ...theirs[index]!, ...instead };
    const [form, wantedForm] = [`${dtype} [${shape}]`, `${wanted.dtype} [${wanted.shape}]`];
    if (form !== wantedForm) return [`${form}, not ${wantedForm}`];
    if (values.length !== wanted.values.length) return [`${values.length} elements`];
    return Array.from(values).flatMap((value, i) =>
      difference(value, wanted.values[i]!) <= tolerance
        ? []
        : [`[${i}]: ${value}, not ${wanted.values[i]}`],
    );
  });
}

for (const { kernelName } of nativeKernels) {
  test.serial(`${kernelName} is tfjs-backend-cpu's`, (t) => {
    const own = cases[kernelName];
    t.truthy(own, 'no case');
    for (const [title, one] of Object.entries(own!)) {
      t.deepEqual(problems(kernelName, one).slice(0, 5), [], title);
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
