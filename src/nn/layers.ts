import { checkOptionNames } from '../options.js';
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
  checkPair,
} from './check.js';
import { l1l2, type Regularizer } from './regularizers.js';

/** Activations of any layer. */
export const activations = ['linear', 'relu', 'elu', 'tanh', 'sigmoid', 'softplus'] as const;
/** An activation of a hidden layer. */
export type ActivationName = (typeof activations)[number];

/** Activations of a dense or activation layer; 'softmax' is for the last one, and only that. */
export const outputActivations = [...activations, 'softmax'] as const;
/** An activation of a dense or activation layer; 'softmax' is for the last one, and only that. */
export type OutputActivationName = (typeof outputActivations)[number];

export const paddings = ['valid', 'same'] as const;
/** 'valid': none; 'same': the output has the size of the input, divided by the stride. */
export type PaddingName = (typeof paddings)[number];

/** One number for both axes, or [height, width]. */
export type SizeOrPair = number | readonly [height: number, width: number];

/** Of conv2d, as Keras names them. */
export interface Conv2dOptions {
  /** Output channels. */
  filters: number;
  /** Height and width of the kernel, in pixels. */
  kernelSize: SizeOrPair;
  /** Default: 1. */
  strides?: SizeOrPair;
  /** Default: 'valid'. */
  padding?: PaddingName;
  /** Default: 1. */
  dilationRate?: SizeOrPair;
  /** Default: 'linear'. */
  activation?: ActivationName;
  /** Default: true. */
  useBias?: boolean;
  /** The penalty on the weights, of l1, l2 or l1l2. Default: none. */
  kernelRegularizer?: Partial<Regularizer>;
  /** The penalty on the biases, of l1, l2 or l1l2. Default: none. */
  biasRegularizer?: Partial<Regularizer>;
}

/** Of maxPool2d and averagePool2d, as Keras names them. */
export interface Pool2dOptions {
  /** Default: 2. */
  poolSize?: SizeOrPair;
  /** Default: poolSize. */
  strides?: SizeOrPair;
  /** Default: 'valid'. */
  padding?: PaddingName;
}

/** Of dense, as Keras names them. */
export interface DenseOptions {
  /** Outputs. */
  units: number;
  /** Default: 'linear'. */
  activation?: OutputActivationName;
  /** Default: true. */
  useBias?: boolean;
  /** The penalty on the weights, of l1, l2 or l1l2. Default: none. */
  kernelRegularizer?: Partial<Regularizer>;
  /** The penalty on the biases, of l1, l2 or l1l2. Default: none. */
  biasRegularizer?: Partial<Regularizer>;
}

interface Conv2dLayer {
  readonly type: 'conv2d';
  readonly filters: number;
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;
  readonly dilationRate: readonly [number, number];
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelRegularizer: Regularizer;
  readonly biasRegularizer: Regularizer;
}

interface Pool2dLayer {
  readonly type: 'maxPool2d' | 'averagePool2d';
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;
}

interface FlattenLayer {
  readonly type: 'flatten';
}

interface DenseLayer {
  readonly type: 'dense';
  readonly units: number;
  readonly activation: OutputActivationName;
  readonly useBias: boolean;
  readonly kernelRegularizer: Regularizer;
  readonly biasRegularizer: Regularizer;
}

interface ActivationLayer {
  readonly type: 'activation';
  readonly activation: OutputActivationName;
}

interface DropoutLayer {
  readonly type: 'dropout';
  readonly rate: number;
}

/** What the factories of this file make. */
export type Layer =
  | Conv2dLayer
  | Pool2dLayer
  | FlattenLayer
  | DenseLayer
  | ActivationLayer
  | DropoutLayer;

const weightedNames = ['activation', 'useBias', 'kernelRegularizer', 'biasRegularizer'];
const noPenalty: Regularizer = { l1: 0, l2: 0 };

function checkRegularizer(name: string, value: Partial<Regularizer> | undefined): Regularizer {
  if (value === undefined) return noPenalty;
  checkObject(name, value);
  return l1l2({ ...noPenalty, ...value });
}

/** Two-dimensional convolution of [height, width, channels]. Weights: [height, width, in, filters]. */
export function conv2d(options: Conv2dOptions): Layer {
  checkOptionNames('conv2d', options, [
    ...weightedNames,
    'filters',
    'kernelSize',
    'strides',
    'padding',
    'dilationRate',
  ]);
  return {
    type: 'conv2d',
    filters: checkInteger('conv2d filters', options.filters, 1),
    kernelSize: checkPair('conv2d kernelSize', options.kernelSize),
    strides: checkPair('conv2d strides', options.strides ?? 1),
    padding: checkOneOf('conv2d padding', options.padding ?? 'valid', paddings),
    dilationRate: checkPair('conv2d dilationRate', options.dilationRate ?? 1),
    activation: checkOneOf('conv2d activation', options.activation ?? 'linear', activations),
    useBias: checkBoolean('conv2d useBias', options.useBias ?? true),
    kernelRegularizer: checkRegularizer('conv2d kernelRegularizer', options.kernelRegularizer),
    biasRegularizer: checkRegularizer('conv2d biasRegularizer', options.biasRegularizer),
  };
}

function pool2d(type: Pool2dLayer['type'], options: Pool2dOptions): Layer {
  checkOptionNames(type, options, ['poolSize', 'strides', 'padding']);
  const poolSize = checkPair(`${type} poolSize`, options.poolSize ?? 2);
  return {
    type,
    poolSize,
    strides: checkPair(`${type} strides`, options.strides ?? poolSize),
    padding: checkOneOf(`${type} padding`, options.padding ?? 'valid', paddings),
  };
}

/** The largest value of each window. */
export function maxPool2d(options: Pool2dOptions = {}): Layer {
  return pool2d('maxPool2d', options);
}

/** The mean of each window; padding is not counted. */
export function averagePool2d(options: Pool2dOptions = {}): Layer {
  return pool2d('averagePool2d', options);
}

/** [height, width, channels] to [height * width * channels]. */
export function flatten(): Layer {
  return { type: 'flatten' };
}

/** Fully connected. Weights: [in, units]. */
export function dense(options: DenseOptions): Layer {
  checkOptionNames('dense', options, [...weightedNames, 'units']);
  return {
    type: 'dense',
    units: checkInteger('dense units', options.units, 1),
    activation: checkOneOf('dense activation', options.activation ?? 'linear', outputActivations),
    useBias: checkBoolean('dense useBias', options.useBias ?? true),
    kernelRegularizer: checkRegularizer('dense kernelRegularizer', options.kernelRegularizer),
    biasRegularizer: checkRegularizer('dense biasRegularizer', options.biasRegularizer),
  };
}

/** An activation by itself. */
export function activation(options: { activation: OutputActivationName }): Layer {
  checkOptionNames('activation', options, ['activation']);
  return {
    type: 'activation',
    activation: checkOneOf('activation', options.activation, outputActivations),
  };
}

/** Drops each value with probability `rate`, in [0, 1), while training, and scales the rest up. */
export function dropout(options: { rate: number }): Layer {
  checkOptionNames('dropout', options, ['rate']);
  // The engine computes in float32, where a rate just below 1 is 1.
  const holds = (rate: number) => rate >= 0 && Math.fround(rate) < 1;
  return { type: 'dropout', rate: checkNumber('dropout rate', options.rate, 'in [0, 1)', holds) };
}
