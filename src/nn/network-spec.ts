import { DeviceUnavailableError, InvalidArgumentError, invalidArgument } from '../errors.js';
import type { NativeDevice, NativeLayer, NativeNetworkSpec } from '../native/addon.js';
import { cudaDevices as findCudaDevices } from '../native/device.js';
import { checkOptionNames } from '../options.js';
import { checkInteger, checkObject, checkOneOf, checkPair } from './check.js';
import type { Layer } from './layers.js';
import {
  type Optimizer,
  type OptimizerName,
  optimizerByName,
  optimizerNames,
} from './optimizers.js';

/** The first takes class indices as labels, the second one-hot rows. */
export const losses = ['sparseCategoricalCrossentropy', 'categoricalCrossentropy'] as const;
/** What is minimized: for class indices, or for one-hot labels. */
export type LossName = (typeof losses)[number];

export const precisions = ['float32', 'tf32', 'bfloat16'] as const;
/**
 * Of matrix products and convolutions; sums and weights are float32. All but float32 need a CUDA
 * device.
 */
export type Precision = (typeof precisions)[number];

/** Where a network computes. 'auto': the first CUDA device, or else the CPU; 'cuda' is 'cuda:0'. */
export type DeviceName = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

/** What a Network is made of, and where it computes. */
export interface NetworkOptions {
  /** [height, width, channels] of an image. */
  inputShape: readonly [height: number, width: number, channels: number];
  /** In order; the last one has the activation 'softmax'. */
  layers: readonly Layer[];
  /** An optimizer, or its name for Keras's defaults. Default: 'adam'. */
  optimizer?: Optimizer | OptimizerName;
  /** Default: 'sparseCategoricalCrossentropy'. */
  loss?: LossName;
  /** Initial weights, shuffles and dropout masks follow from it: 0 .. 2^53 - 1. Default: 0. */
  seed?: number;
  /** Default: 'auto', the first CUDA device, or the CPU where there is none. 'cuda' is 'cuda:0'. */
  device?: DeviceName;
  /** Default: 'float32'. The others need a CUDA device. */
  precision?: Precision;
  /** CPU threads, 1 .. 1024; not used on CUDA. Results do not depend on it. Default: one a core available. */
  threads?: number;
  /** Bytes of a CUDA device that the network may use. Default: all that is free. */
  memoryLimit?: number;
}

export interface ResolvedSpec {
  native: NativeNetworkSpec;
  layers: readonly Layer[];
  optimizer: Optimizer;
  /** For each layer of the engine, the index of the layer it came from. */
  origins: readonly number[];
  device: NativeDevice;
  /** 0: one a core available. */
  threads: number;
  /** 0: none. */
  memoryLimit: number;
  loss: LossName;
  inputShape: readonly [number, number, number];
}

export const maxThreads = 1024;
const optionNames = [
  'inputShape',
  'layers',
  'optimizer',
  'loss',
  'seed',
  'device',
  'precision',
  'threads',
  'memoryLimit',
];

/** @throws InvalidArgumentError naming the option; DeviceUnavailableError */
export function resolveSpec(options: NetworkOptions): ResolvedSpec {
  checkOptionNames('Network', options, optionNames);
  const inputShape = checkInputShape(options.inputShape);
  const given: readonly Layer[] = options.layers;
  if (!Array.isArray(given)) throw invalidArgument('layers', 'an array of layers', given);
  const seed = options.seed ?? 0;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw invalidArgument('seed', 'an integer in 0 .. 2^53 - 1', seed);
  }
  const threads = options.threads === undefined ? 0 : checkThreads(options.threads);
  const loss = checkOneOf('loss', options.loss ?? 'sparseCategoricalCrossentropy', losses);
  const optimizer = resolveOptimizer(options.optimizer ?? 'adam');
  const device = resolveDevice(options.device ?? 'auto');
  const precision = checkOneOf('precision', options.precision ?? 'float32', precisions);
  if (precision !== 'float32' && device === 'cpu') {
    throw new DeviceUnavailableError(
      `precision '${precision}' needs a CUDA device; the CPU trains in 'float32'`,
    );
  }
  const [inHeight, inWidth, inChannels] = inputShape;
  checkSoftmax(given);
  const expanded = given.map(nativeLayers);
  const layers = expanded.flat();
  return {
    native: { inHeight, inWidth, inChannels, layers, optimizer, loss, precision, seed },
    layers: [...given],
    optimizer,
    origins: expanded.flatMap((parts, index) => parts.map(() => index)),
    device,
    threads,
    memoryLimit: options.memoryLimit === undefined ? 0 : checkMemoryLimit(options.memoryLimit),
    loss,
    inputShape,
  };
}

export function checkMemoryLimit(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw invalidArgument('memoryLimit', 'a number of bytes, an integer of 1 or more', value);
}

export function checkThreads(value: unknown): number {
  const threads = checkInteger('threads', value, 1);
  if (threads > maxThreads) throw invalidArgument('threads', `at most ${maxThreads}`, threads);
  return threads;
}

function checkInputShape(shape: unknown): [number, number, number] {
  if (!Array.isArray(shape) || shape.length !== 3) {
    throw invalidArgument('inputShape', '[height, width, channels]', shape);
  }
  return shape.map((size) => checkInteger('inputShape', size, 1)) as [number, number, number];
}

/** Of the last layer only, so that up to there the engine's layers are numbered as ours. */
function checkSoftmax(layers: readonly Layer[]): void {
  for (const [index, layer] of layers.entries()) {
    checkObject(`layer ${index}`, layer);
    const isLast = index === layers.length - 1;
    if (!isLast && 'activation' in layer && layer.activation === 'softmax') {
      throw new InvalidArgumentError(
        `layer ${index}: softmax is the activation of the last layer only`,
      );
    }
  }
}

/** @throws InvalidArgumentError; DeviceUnavailableError for a CUDA device that is not there, saying why */
export function resolveDevice(device: unknown): NativeDevice {
  if (device === 'cpu') return device;
  const match = typeof device === 'string' && /^cuda(?::(\d{1,3}))?$/.exec(device);
  if (device !== 'auto' && !match) {
    throw invalidArgument('device', "'auto', 'cpu', 'cuda' or 'cuda:<index>'", device);
  }
  const { cudaDevices, cudaUnavailableReason } = findCudaDevices();
  if (!match) return cudaDevices.length > 0 ? 'cuda:0' : 'cpu';
  const index = Number(match[1] ?? 0);
  if (cudaDevices.length === 0) {
    throw new DeviceUnavailableError(`device '${device}' is not there: ${cudaUnavailableReason}`);
  }
  if (index >= cudaDevices.length) {
    throw new DeviceUnavailableError(
      `device '${device}' is not there: the devices are cuda:0 to cuda:${cudaDevices.length - 1}`,
    );
  }
  return `cuda:${index}`;
}

function resolveOptimizer(optimizer: unknown): Optimizer {
  if (typeof optimizer === 'string') {
    return optimizerByName(checkOneOf('optimizer', optimizer, optimizerNames));
  }
  if (typeof optimizer !== 'object' || optimizer === null || !('type' in optimizer)) {
    throw invalidArgument('optimizer', 'an optimizer such as adam() or its name', optimizer);
  }
  return optimizer as Optimizer;
}

/** The engine's layers for one of ours: a softmax activation is a layer of its own there. */
function nativeLayers(layer: Layer): NativeLayer[] {
  switch (layer.type) {
    case 'conv2d': {
      const [kernelHeight, kernelWidth] = checkPair('conv2d kernelSize', layer.kernelSize);
      const [strideHeight, strideWidth] = checkPair('conv2d strides', layer.strides);
      const [dilationHeight, dilationWidth] = checkPair('conv2d dilationRate', layer.dilationRate);
      const kernel = { kernelHeight, kernelWidth, dilationHeight, dilationWidth };
      return [{ ...layer, ...kernel, strideHeight, strideWidth }];
    }
    case 'maxPool2d':
    case 'averagePool2d': {
      const [poolHeight, poolWidth] = checkPair(`${layer.type} poolSize`, layer.poolSize);
      const [strideHeight, strideWidth] = checkPair(`${layer.type} strides`, layer.strides);
      return [{ ...layer, poolHeight, poolWidth, strideHeight, strideWidth }];
    }
    case 'dense':
      return layer.activation === 'softmax'
        ? [{ ...layer, activation: 'linear' }, { type: 'softmax' }]
        : [{ ...layer }];
    case 'activation':
      return layer.activation === 'softmax' ? [{ type: 'softmax' }] : [{ ...layer }];
    case 'flatten':
    case 'dropout':
      return [{ ...layer }];
    default:
      throw invalidArgument('a layer', 'made by a factory such as conv2d()', layer);
  }
}
