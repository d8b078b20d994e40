import {
  DeviceFailureError,
  DeviceUnavailableError,
  InvalidArgumentError,
  OutOfMemoryError,
  TrialforgeError,
} from '../errors.js';
import type { Capabilities } from './device.js';
import type { DeviceTensorConstructor } from './device-tensor.js';
import { loadAddon } from './load.js';
import type { Operations } from './operations.js';
import type { Ceilings, ProfileEvent } from './profile.js';

/** The addon's surface, as binding/ defines it. Nothing outside src/native/ sees it. */
export interface Addon extends Operations {
  capabilities(): Capabilities;
  /** Opens no device. */
  cudaDeviceCount(): number;
  DeviceTensor: DeviceTensorConstructor;
  /** Waits until all that this JavaScript environment has submitted to a CUDA device is done. */
  synchronize(device: number): void;
  NativeDataset: new (
    images: Uint8Array | Float32Array,
    sampleSize: number,
    labels: Int32Array | Float32Array | undefined,
    classes: number,
    device: NativeDevice,
  ) => NativeDataset;
  /**
   * Groups of networks; those of a group can train together. memoryLimit: bytes of CUDA memory that all
   * of them may use, 0: what there is.
   */
  makeNetworks(
    groups: readonly (readonly NativeNetworkSpec[])[],
    device: NativeDevice,
    threads: number,
    memoryLimit: number,
  ): NativeNetwork[][];
  trainTogether(
    networks: readonly NativeNetwork[],
    dataset: NativeDataset,
    batchSize: number,
    epoch: number,
    shuffle: boolean,
    onProgress: NativeProgress | undefined,
  ): NativeJob<NativeMetrics[]>;
  evaluateTogether(
    networks: readonly NativeNetwork[],
    dataset: NativeDataset,
    batchSize: number,
  ): NativeJob<NativeMetrics[]>;
  parzenLogPdf(
    logWeight: Float64Array,
    parameters: readonly NativeParzenParameter[],
    out: Float64Array,
    /** In double precision on that CUDA device; on the CPU if undefined. */
    cudaIndex?: number,
  ): void;
  naturalLogs(x: Float64Array, out: Float64Array): void;
  /** See native/include/trialforge/mersenne_twister.h; both have 624 words. */
  mersenneTwister(state: Int32Array, words: Int32Array): void;
  NativeParzenHistory: new (
    /** [d, 5]: number of choices (0: a number), low, high, step (0: none), log (0 or 1). */
    dimensions: Float64Array,
    priorWeight: number,
    magicClip: boolean,
    endpoints: boolean,
  ) => NativeParzenHistory;
  NativeFronts: new (nObjectives: number) => NativeFronts;
  profileNetwork(
    spec: NativeNetworkSpec,
    device: string,
    threads: number,
    batchSize: number,
    steps: number,
  ): NativeJob<ProfileEvent[]>;
  profileOperation(
    operation: string,
    sizes: Readonly<Record<string, number>>,
    precision: string,
    device: string,
    threads: number,
    runs: number,
  ): NativeJob<ProfileEvent[]>;
  measureCeilings(device: string, threads: number): NativeJob<Ceilings>;
}

export type NativeDevice = 'cpu' | `cuda:${number}`;

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

/** binding/parzen_history.cpp: ParzenHistory of native/include/trialforge/parzen_history.h. */
export interface NativeParzenHistory {
  /** sides: 0 nowhere, 1 above, 2 below; rows [n, d]. */
  update(numbers: Float64Array, sides: Int32Array, rows: Float64Array): void;
  /** As update, on a thread. Calls follow each other in the order in which they are made. */
  updateLater(numbers: Float64Array, sides: Int32Array, rows: Float64Array): NativeJob<void>;
  logPdf(side: number, logWeights: Float64Array, points: Float64Array, out: Float64Array): void;
  sample(uniforms: Float64Array, below: Float64Array, points: Float64Array): void;
  best(points: Float64Array, logBelow: Float64Array, logAbove: Float64Array): number;
  choose(
    uniforms: Float64Array,
    below: Float64Array,
    logBelow: Float64Array,
    logAbove: Float64Array,
    nCandidates: number,
    out: Float64Array,
  ): void;
  /** As choose, on a thread; `out` tells the size alone. */
  chooseLater(
    uniforms: Float64Array,
    below: Float64Array,
    logBelow: Float64Array,
    logAbove: Float64Array,
    nCandidates: number,
    out: Float64Array,
  ): NativeJob<Float64Array>;
}

/** binding/fronts.cpp: Fronts of native/include/trialforge/fronts.h. */
export interface NativeFronts {
  /** losses: [n, m]. */
  add(numbers: Float64Array, losses: Float64Array): void;
  /** Rows by their order of addition, as many as fit. */
  best(out: Int32Array): void;
  /** On a thread; then `best` with n rows takes no time. Calls in the meantime wait for it. */
  bestLater(n: number): NativeJob<void>;
  /** Nanoseconds, roughly. */
  cost(n: number): number;
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

/** With the metrics so far of each network that trains. */
export type NativeProgress = (batch: number, batches: number, metrics: NativeMetrics[]) => void;

/** binding/network.cpp. One job at a time; src/nn/ sees to that. */
export interface NativeNetwork {
  trainEpoch(
    dataset: NativeDataset,
    batchSize: number,
    epoch: number,
    shuffle: boolean,
    onProgress: NativeProgress | undefined,
  ): NativeJob<NativeMetrics>;
  evaluate(dataset: NativeDataset, batchSize: number): NativeJob<NativeMetrics>;
  predict(dataset: NativeDataset, batchSize: number): NativeJob<Float32Array>;
  getWeights(): Float32Array;
  setWeights(weights: Float32Array): void;
  setLearningRate(learningRate: number): void;
  /** Frees what only training and evaluation need. */
  trim(): void;
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
  device: NativeDevice;
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
  precision: string;
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
  correctedEpsilon: boolean;
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
