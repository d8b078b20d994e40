import { checkOptionNames } from '../options.js';
import { checkBoolean, checkNumber } from './check.js';

export const optimizerNames = ['sgd', 'adam', 'rmsprop', 'adagrad', 'adadelta'] as const;
/** The rules by which weights are stepped. */
export type OptimizerName = (typeof optimizerNames)[number];

/** What the factories of this file make; each rule reads its own part. */
export interface Optimizer {
  /** The rule. */
  readonly type: OptimizerName;
  /** Above 0. */
  readonly learningRate: number;
  /** Of sgd and rmsprop, in [0, 1]. */
  readonly momentum: number;
  /** Of sgd: look ahead along the momentum. */
  readonly nesterov: boolean;
  /** Of adam: decay of the mean of gradients, in [0, 1). */
  readonly beta1: number;
  /** Of adam: decay of the mean of their squares, in [0, 1). */
  readonly beta2: number;
  /** Of rmsprop and adadelta: decay of the mean of squares, in [0, 1). */
  readonly rho: number;
  /** Keeps the divisor from 0; 0 or more. */
  readonly epsilon: number;
  /** Of adam: epsilon counts after the correction of bias, as in tfjs and PyTorch. */
  readonly correctedEpsilon: boolean;
  /** Of adagrad: where the sums of squares begin, 0 or more. */
  readonly initialAccumulator: number;
  /** Of rmsprop: divide by an estimate of the variance. */
  readonly centered: boolean;
}

type Hyperparameters = Omit<Optimizer, 'type'>;

/** Keras's defaults. */
const shared: Hyperparameters = {
  learningRate: 0.001,
  momentum: 0,
  nesterov: false,
  beta1: 0.9,
  beta2: 0.999,
  rho: 0.9,
  epsilon: 1e-7,
  correctedEpsilon: false,
  initialAccumulator: 0.1,
  centered: false,
};

const optionNames: Record<OptimizerName, readonly (keyof Hyperparameters)[]> = {
  sgd: ['learningRate', 'momentum', 'nesterov'],
  adam: ['learningRate', 'beta1', 'beta2', 'epsilon', 'correctedEpsilon'],
  rmsprop: ['learningRate', 'rho', 'momentum', 'epsilon', 'centered'],
  adagrad: ['learningRate', 'initialAccumulator', 'epsilon'],
  adadelta: ['learningRate', 'rho', 'epsilon'],
};

/** Above 0 and finite, still so in the float32 of the engine. */
export function checkRate(name: string, value: unknown): number {
  const holds = (rate: number) => Math.fround(rate) > 0 && Number.isFinite(Math.fround(rate));
  return checkNumber(name, value, 'a finite number above 0', holds);
}

function isFraction(value: number): boolean {
  return value >= 0 && Math.fround(value) < 1;
}

function isNotNegative(value: number): boolean {
  return value >= 0 && Number.isFinite(Math.fround(value));
}

function optimizer(
  type: OptimizerName,
  options: Partial<Hyperparameters>,
  own: Partial<Hyperparameters> = {},
): Optimizer {
  checkOptionNames(type, options, optionNames[type]);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const o: Hyperparameters = { ...shared, ...own, ...Object.fromEntries(given) };
  return {
    type,
    learningRate: checkRate(`${type} learningRate`, o.learningRate),
    momentum: checkNumber(`${type} momentum`, o.momentum, 'in [0, 1]', (v) => v >= 0 && v <= 1),
    nesterov: checkBoolean(`${type} nesterov`, o.nesterov),
    beta1: checkNumber(`${type} beta1`, o.beta1, 'in [0, 1)', isFraction),
    beta2: checkNumber(`${type} beta2`, o.beta2, 'in [0, 1)', isFraction),
    rho: checkNumber(`${type} rho`, o.rho, 'in [0, 1)', isFraction),
    epsilon: checkNumber(
      `${type} epsilon`,
      o.epsilon,
      'a finite number of 0 or more',
      isNotNegative,
    ),
    correctedEpsilon: checkBoolean(`${type} correctedEpsilon`, o.correctedEpsilon),
    initialAccumulator: checkNumber(
      `${type} initialAccumulator`,
      o.initialAccumulator,
      'a finite number of 0 or more',
      isNotNegative,
    ),
    centered: checkBoolean(`${type} centered`, o.centered),
  };
}

/** Of sgd. */
export interface SgdOptions {
  /** Above 0. Default: 0.01. */
  learningRate?: number;
  /** In [0, 1]. Default: 0. */
  momentum?: number;
  /** Look ahead by the momentum (Nesterov). Default: false. */
  nesterov?: boolean;
}

/** Stochastic gradient descent. */
export function sgd(options: SgdOptions = {}): Optimizer {
  return optimizer('sgd', options, { learningRate: 0.01 });
}

/** Of adam. */
export interface AdamOptions {
  /** Above 0. Default: 0.001. */
  learningRate?: number;
  /** Decay of the mean gradient, in [0, 1). Default: 0.9. */
  beta1?: number;
  /** Decay of the mean squared gradient, in [0, 1). Default: 0.999. */
  beta2?: number;
  /** Default: 1e-7. */
  epsilon?: number;
  /**
   * Adds epsilon to the root of the bias-corrected mean squared gradient, as Kingma and Ba's algorithm 1,
   * tfjs and PyTorch do. Default: false, to that of the mean itself, as Keras does.
   */
  correctedEpsilon?: boolean;
}

/** Kingma & Ba 2015. */
export function adam(options: AdamOptions = {}): Optimizer {
  return optimizer('adam', options);
}

/** Of rmsprop. */
export interface RmspropOptions {
  /** Above 0. Default: 0.001. */
  learningRate?: number;
  /** Decay of the mean squared gradient, in [0, 1). Default: 0.9. */
  rho?: number;
  /** In [0, 1]. Default: 0. */
  momentum?: number;
  /** Default: 1e-7. */
  epsilon?: number;
  /** Divide by the variance instead of the mean square. */
  centered?: boolean;
}

/** Tieleman & Hinton 2012. */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  return optimizer('rmsprop', options);
}

/** Of adagrad. */
export interface AdagradOptions {
  /** Above 0. Default: 0.001. */
  learningRate?: number;
  /** Where the sum of squared gradients starts. Default: 0.1. */
  initialAccumulator?: number;
  /** Default: 1e-7. */
  epsilon?: number;
}

/** Duchi, Hazan & Singer 2011. */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  return optimizer('adagrad', options);
}

/** Of adadelta. */
export interface AdadeltaOptions {
  /** Above 0. Default: 0.001. */
  learningRate?: number;
  /** Decay of both means, in [0, 1). Default: 0.95. */
  rho?: number;
  /** Default: 1e-7. */
  epsilon?: number;
}

/** Zeiler 2012. */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  return optimizer('adadelta', options, { rho: 0.95 });
}

const factories: Record<OptimizerName, () => Optimizer> = { sgd, adam, rmsprop, adagrad, adadelta };

/** The optimizer of that name with its defaults. */
export function optimizerByName(name: OptimizerName): Optimizer {
  return factories[name]();
}
