import {
  DeviceFailureError,
  DeviceUnavailableError,
  InvalidArgumentError,
  OutOfMemoryError,
  TrialforgeError,
} from '../errors.js';
import type { Capabilities } from './device.js';
import { loadAddon } from './load.js';

/** The addon's surface, as binding/ defines it. Nothing outside src/native/ sees it. */
export interface Addon {
  capabilities(): Capabilities;
  NativeDataset: new (
    images: Uint8Array | Float32Array,
    sampleSize: number,
    labels: Int32Array | Float32Array | undefined,
    classes: number,
  ) => NativeDataset;
  NativeNetwork: new (spec: NativeNetworkSpec, threads: number) => NativeNetwork;
  parzenLogPdf(
    logWeight: Float64Array,
    parameters: readonly NativeParzenParameter[],
    out: Float64Array,
  ): void;
  naturalLogs(x: Float64Array, out: Float64Array): void;
  truncatedNormalPpf(q: Float64Array, a: Float64Array, b: Float64Array, out: Float64Array): void;

  // Single operations: they run before the call returns, on the threads of this environment. `sizes`
  // are those of binding/<operation>.cpp, `activation` is the index in Activation.
  /** 0: one thread a core available. */
  setOpThreads(threads: number): void;
  opThreads(): number;
  detach(buffer: ArrayBufferLike): void;
  conv2d(
    sizes: Int32Array,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | undefined,
    activation: number,
    y: Float32Array,
  ): void;
  conv2dBackpropInput(
    sizes: Int32Array,
    dy: Float32Array,
    filter: Float32Array,
    dx: Float32Array,
  ): void;
  conv2dBackpropFilter(
    sizes: Int32Array,
    x: Float32Array,
    dy: Float32Array,
    dw: Float32Array,
  ): void;
  matMul(
    sizes: Int32Array,
    a: Float32Array,
    b: Float32Array,
    bias: Float32Array | undefined,
    activation: number,
    y: Float32Array,
  ): void;
  maxPool2d(sizes: Int32Array, x: Float32Array, y: Float32Array): void;
  maxPool2dGrad(sizes: Int32Array, x: Float32Array, dy: Float32Array, dx: Float32Array): void;
  averagePool2d(sizes: Int32Array, x: Float32Array, y: Float32Array): void;
  averagePool2dGrad(sizes: Int32Array, dy: Float32Array, dx: Float32Array): void;
  /** `op` indexes unaryOps of elementwise.ts; `parameters`: [alpha, beta]. */
  unary(op: number, parameters: Float32Array, x: NativeTensor, y: NativeTensor): void;
  /** `op` indexes binaryOps of elementwise.ts. */
  binary(
    op: number,
    aShape: Int32Array,
    bShape: Int32Array,
    a: NativeTensor,
    b: NativeTensor,
    y: NativeTensor,
  ): void;
  select(condition: Uint8Array, a: NativeTensor, b: NativeTensor, y: NativeTensor): void;
  cast(x: NativeTensor, y: NativeTensor): void;
}

/** The elements of a tensor: float32, int32 or bool. */
export type NativeTensor = Float32Array | Int32Array | Uint8Array;
  /** strided_copy.h: shape and strides in elements, at most 8 axes. */
  stridedCopy(
    shape: Int32Array,
    fromStrides: Int32Array,
    fromOffset: number,
    toStrides: Int32Array,
    toOffset: number,
    from: NativeArray,
    to: NativeArray,
  ): void;
  /** reduce.h: x [outer, reduced, inner] to y [outer, inner]; op counts in reduceOps. */
  reduce(
    op: number,
    outer: number,
    reduced: number,
    inner: number,
    x: NativeArray,
    y: NativeArray,
  ): void;
  /** The same with op in argOps. */
  argReduce(
    op: number,
    outer: number,
    reduced: number,
    inner: number,
    x: Float32Array | Int32Array,
    y: Int32Array,
  ): void;
  /** gather.h: sizes = [batch, outer, axis, inner, indicesPerBatch]. */
  gather(sizes: Int32Array, x: NativeArray, indices: Int32Array, y: NativeArray): void;
  oneHot(depth: number, on: number, off: number, indices: Int32Array, y: NativeArray): void;
  /** softmax_cross_entropy.h: [rows, classes]; y may be x. */
  softmax(rows: number, classes: number, x: Float32Array, y: Float32Array): void;
  logSoftmax(rows: number, classes: number, x: Float32Array, y: Float32Array): void;
  /** batch_norm.h: x [pixels, channels]; y may be x. */
  batchNorm(
    pixels: number,
    channels: number,
    x: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    scale: Float32Array | undefined,
    offset: Float32Array | undefined,
    epsilon: number,
    y: Float32Array,
  ): void;
  /** resize_bilinear.h: sizes = [batch, inHeight, inWidth, channels, outHeight, outWidth]. */
  resizeBilinear(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    x: Float32Array,
    y: Float32Array,
  ): void;
  resizeBilinearGrad(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    dy: Float32Array,
    dx: Float32Array,
  ): void;
  /**
   * depthwise_conv2d.h: sizes = [batch, inHeight, inWidth, inChannels, kernelHeight, kernelWidth,
   * multiplier, strideHeight, strideWidth, dilationHeight, dilationWidth, padding], padding 0 for
   * 'valid' and 1 for 'same'.
   */
  depthwiseConv2d(sizes: Int32Array, x: Float32Array, w: Float32Array, y: Float32Array): void;
  depthwiseConv2dBackpropInput(
    sizes: Int32Array,
    dy: Float32Array,
    w: Float32Array,
    dx: Float32Array,
  ): void;
  depthwiseConv2dBackpropFilter(
    sizes: Int32Array,
    x: Float32Array,
    dy: Float32Array,
    dw: Float32Array,
  ): void;
}

/** A tensor of float32, int32 or bool. */
export type NativeArray = Float32Array | Int32Array | Uint8Array;

/** ParzenParameter of native/include/trialforge/parzen.h. */
export interface NativeParzenParameter {
  kernel: number;
  mu?: Float64Array;
  sigma?: Float64Array;
  low?: number;
  high?: number;
  x?: Float64Array;
  lower?: Float64Array;
  upper?: Float64Array;
  probability?: Float64Array;
  nChoices?: number;
  choice?: Int32Array;
}

/** binding/dataset.cpp. */
export interface NativeDataset {
  dispose(): void;
}

/** binding/job.cpp: work on a thread of its own. */
export interface NativeJob<T> {
  promise: Promise<T>;
  /** Asks it to stop; the promise then rejects with code ERR_CANCELLED. */
  cancel(): void;
}

export interface NativeMetrics {
  loss: number;
  accuracy: number;
}

/** binding/network.cpp. One job at a time; src/nn/ sees to that. */
export interface NativeNetwork {
  trainEpoch(
    dataset: NativeDataset,
    batchSize: number,
    epoch: number,
    shuffle: boolean,
    onProgress:
      | ((batch: number, batches: number, loss: number, accuracy: number) => void)
      | undefined,
  ): NativeJob<NativeMetrics>;
  evaluate(dataset: NativeDataset, batchSize: number): NativeJob<NativeMetrics>;
  predict(dataset: NativeDataset, batchSize: number): NativeJob<Float32Array>;
  getWeights(): Float32Array;
  setWeights(weights: Float32Array): void;
  describe(): NativeDescription;
  dispose(): void;
}

export interface NativeDescription {
  layers: { type: string; outputShape: number[]; parameters: number; forwardFlops: number }[];
  parameters: {
    layer: number;
    name: 'kernel' | 'bias';
    shape: number[];
    offset: number;
    size: number;
  }[];
  classes: number;
  threads: number;
  bytes: number;
  iterations: number;
}

/** What binding/network_spec.cpp reads. */
export interface NativeNetworkSpec {
  inHeight: number;
  inWidth: number;
  inChannels: number;
  layers: readonly NativeLayer[];
  optimizer: NativeOptimizer;
  loss: string;
  seed: number;
}

export type NativeLayer = { type: string } & Record<string, unknown>;

export interface NativeOptimizer {
  type: string;
  learningRate: number;
  momentum: number;
  nesterov: boolean;
  beta1: number;
  beta2: number;
  rho: number;
  epsilon: number;
  initialAccumulator: number;
  centered: boolean;
}

let addon: Addon | undefined;

/** The addon, loaded at its first use, so that importing trialforge costs nothing and cannot fail. */
export function native(): Addon {
  addon ??= loadAddon();
  return addon;
}

/** Gives an error that came out of the addon its class. */
export function typedError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TrialforgeError) return error;
  switch ((error as { code?: unknown }).code) {
    case 'ERR_INVALID_ARGUMENT':
      return new InvalidArgumentError(error.message, { cause: error });
    case 'ERR_OUT_OF_MEMORY':
      return new OutOfMemoryError(error.message, { cause: error });
    case 'ERR_DEVICE_UNAVAILABLE':
      return new DeviceUnavailableError(error.message, { cause: error });
    case 'ERR_DEVICE_FAILURE':
      return new DeviceFailureError(error.message, { cause: error });
    default:
      return error;
  }
}

/** Calls into the addon with typed errors. */
export function callNative<T>(call: (addon: Addon) => T): T {
  try {
    return call(native());
  } catch (error) {
    throw typedError(error);
  }
}
