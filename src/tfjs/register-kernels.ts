import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  registerKernel,
} from '@tensorflow/tfjs-core';
import type { TrialforgeBackend } from './backend.js';
import type { AnyKernel } from './kernel.js';
import { fusedMatMul } from './kernels/_FusedMatMul.js';
import { addN } from './kernels/AddN.js';
import { avgPool } from './kernels/AvgPool.js';
import { avgPoolGrad } from './kernels/AvgPoolGrad.js';
import { batchMatMul } from './kernels/BatchMatMul.js';
import { binaryKernels } from './kernels/binary.js';
import { cast } from './kernels/Cast.js';
import { concat } from './kernels/Concat.js';
import { conv2D } from './kernels/Conv2D.js';
import { conv2DBackpropFilter } from './kernels/Conv2DBackpropFilter.js';
import { conv2DBackpropInput } from './kernels/Conv2DBackpropInput.js';
import { depthwiseConv2dNative } from './kernels/DepthwiseConv2dNative.js';
import { depthwiseConv2dNativeBackpropFilter } from './kernels/DepthwiseConv2dNativeBackpropFilter.js';
import { depthwiseConv2dNativeBackpropInput } from './kernels/DepthwiseConv2dNativeBackpropInput.js';
import { fusedBatchNorm } from './kernels/FusedBatchNorm.js';
import { fusedConv2D } from './kernels/FusedConv2D.js';
import { fusedDepthwiseConv2D } from './kernels/FusedDepthwiseConv2D.js';
import { fill, onesLike, zerosLike } from './kernels/fill.js';
import { gatherV2 } from './kernels/GatherV2.js';
import { maxPool } from './kernels/MaxPool.js';
import { maxPoolGrad } from './kernels/MaxPoolGrad.js';
import { oneHot } from './kernels/OneHot.js';
import { pack } from './kernels/Pack.js';
import { padV2 } from './kernels/PadV2.js';
import { resizeBilinear } from './kernels/ResizeBilinear.js';
import { resizeBilinearGrad } from './kernels/ResizeBilinearGrad.js';
import { reverse } from './kernels/Reverse.js';
import { reduceKernels } from './kernels/reduce.js';
import { select } from './kernels/Select.js';
import { slice } from './kernels/Slice.js';
import { splitV } from './kernels/SplitV.js';
import { logSoftmax, softmax } from './kernels/softmax.js';
import { tile } from './kernels/Tile.js';
import { transpose } from './kernels/Transpose.js';
import { unpack } from './kernels/Unpack.js';
import { unaryKernels } from './kernels/unary.js';

/** The kernels that run on the engine. */
export const nativeKernels: readonly AnyKernel[] = [
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  addN,
  avgPool,
  avgPoolGrad,
  batchMatMul,
  cast,
  concat,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseConv2dNative,
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
  fill,
  fusedBatchNorm,
  fusedConv2D,
  fusedDepthwiseConv2D,
  fusedMatMul,
  gatherV2,
  logSoftmax,
  maxPool,
  maxPoolGrad,
  oneHot,
  onesLike,
  pack,
  padV2,
  resizeBilinear,
  resizeBilinearGrad,
  reverse,
  select,
  slice,
  softmax,
  splitV,
  tile,
  transpose,
  unpack,
  zerosLike,
];

/** Of tfjs-backend-cpu, on the same memory; they name a tensor anew and never look into it. */
const naming = new Set(['ExpandDims', 'Identity', 'Reshape']);

type KernelFunc = KernelConfig['kernelFunc'];

/** The tensors among the inputs of a kernel. */
function tensorsOf(inputs: object): TensorInfo[] {
  const all = Object.values(inputs).flat() as (TensorInfo | null | undefined)[];
  return all.filter((input) => input?.dataId !== undefined) as TensorInfo[];
}

/** A kernel of tfjs-backend-cpu on one of our backends. */
function forwarded(kernelName: string, kernelFunc: KernelFunc): KernelFunc {
  return (parameters) => {
    const backend = parameters.backend as TrialforgeBackend;
    return backend.forward(kernelName, tensorsOf(parameters.inputs), () => kernelFunc(parameters));
  };
}

/** On the engine, or by `otherwise` where that has nothing for such arguments. */
function onEngine({ kernelName, run }: AnyKernel, otherwise: KernelFunc | undefined): KernelFunc {
  return (parameters) => {
    const { inputs, attrs } = parameters;
    const backend = parameters.backend as TrialforgeBackend;
    const result = run(backend, inputs, attrs ?? {}) ?? otherwise?.(parameters);
    if (result === undefined) {
      throw new Error(`${kernelName}: the engine has no kernel for such arguments`);
    }
    return result;
  };
}

/** Registers every kernel that tfjs-backend-cpu knows, and some more, for one of our backends. */
export function registerKernels(backendName: string): void {
  const byName = new Map(nativeKernels.map((kernel) => [kernel.kernelName, kernel]));
  const register = (config: Omit<KernelConfig, 'backendName'>) => {
    if (getKernel(config.kernelName, backendName)) return;
    registerKernel({ ...config, backendName });
  };
  for (const config of getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = config;
    const other = naming.has(kernelName) ? kernelFunc : forwarded(kernelName, kernelFunc);
    const kernel = byName.get(kernelName);
    register({ ...config, kernelFunc: kernel ? onEngine(kernel, other) : other });
  }
  for (const kernel of nativeKernels) {
    register({ kernelName: kernel.kernelName, kernelFunc: onEngine(kernel, undefined) });
  }
}
