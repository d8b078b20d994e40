import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { TrialforgeBackend } from '../../../src/tfjs/backend.js';
import { nativeKernels } from '../../../src/tfjs/register-kernels.js';
import { core } from '../../helpers/tfjs.js';
import { elementwiseCases } from './elementwise.js';
import type { Cases, Input, KernelCase } from './kernel-case.js';
import { layoutCases } from './layout.js';
import { reduceCases } from './reduce.js';
import { windowCases } from './windows.js';

export const cases: Cases = { ...elementwiseCases, ...layoutCases, ...reduceCases, ...windowCases };

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

export function make({ shape, dtype, values }: Input): Tensor {
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
    const backend = core.backend() as unknown as TrialforgeBackend;
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

/** What of a case is not as it should be. `least`: the tolerance of cases that have a lower one. */
export function problems(
  backendName: string,
  kernelName: string,
  one: KernelCase,
  least = 0,
): string[] {
  const { tolerance = 0, isForwarded = false, instead } = one;
  const theirs = run('cpu', kernelName, one).results;
  const { results, isNative } = run(backendName, kernelName, one);
  if (isNative === isForwarded) return [isNative ? 'is not forwarded' : 'is not on the engine'];
  if (results.length !== theirs.length) return [`${results.length}, not ${theirs.length} tensors`];
  return results.flatMap(({ shape, dtype, values }, index) => {
    const wanted = { ...theirs[index]!, ...instead };
    const [form, wantedForm] = [`${dtype} [${shape}]`, `${wanted.dtype} [${wanted.shape}]`];
    if (form !== wantedForm) return [`${form}, not ${wantedForm}`];
    if (values.length !== wanted.values.length) return [`${values.length} elements`];
    return Array.from(values).flatMap((value, i) =>
      difference(value, wanted.values[i]!) <= Math.max(tolerance, least)
        ? []
        : [`[${i}]: ${value}, not ${wanted.values[i]}`],
    );
  });
}
