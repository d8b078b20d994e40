import { InvalidArgumentError, invalidArgument } from '../../../errors.js';
import { checkOptionNames } from '../../../options.js';
import type { ParzenDeviceOptions } from '../../../parzen/device.js';
import type { ConstraintsFunction } from '../constraints.js';
import type { GammaFunction } from './trial-history.js';
import { forgettingWeights, type WeightsFunction } from './weights.js';

export const tpeVersions = ['v5', 'v4'] as const;
/** Whose defaults hold: those of Optuna 5, or independent sampling without constant liar as in Optuna 4. */
export type TpeVersion = (typeof tpeVersions)[number];

/** Options of TPESampler. */
export interface TPESamplerOptions extends ParzenDeviceOptions {
  /** An integer in 0..2^32-1; from the operating system if left out. */
  seed?: number;
  /** So many trials (complete or pruned), 0 or more, are random before the first is modelled. Default 10. */
  nStartupTrials?: number;
  /** Candidates drawn for every choice, 1 or more. Default 24. */
  nEiCandidates?: number;
  /**
   * Choose parameters together, by their joint density. Default: with one objective under 'v5', or
   * with `group`.
   */
  multivariate?: boolean;
  /**
   * Choose together only what occurs together: for conditional spaces. Excludes
   * multivariate: false. Default false.
   */
  group?: boolean;
  /** Count running trials as bad ones, so that parallel trials spread. Default under 'v5'. */
  constantLiar?: boolean;
  /** Whose defaults hold. Default 'v5'. */
  version?: TpeVersion;
  /**
   * How many of n finished trials are good: an integer from 0. Default: a tenth, rounded up; with one
   * objective at most 25.
   */
  gamma?: GammaFunction;
  /**
   * The weights of n observations, oldest first: n finite numbers from 0, the same for the same n. With
   * several objectives those of good trials are equal. Default: 1 for the latest 25, and a ramp from 1/n
   * to 1 for older ones.
   */
  weights?: WeightsFunction;
  /** The weight of the flat prior beside an observation's, a number from 0. Default 1. */
  priorWeight?: number;
  /** Has no effect: there always is a prior. Optuna takes it for the sake of old programs. */
  considerPrior?: boolean;
  /**
   * Whether kernels have a least width, the range by min(100, observations + 2). Default true; otherwise
   * it is 1e-12.
   */
  considerMagicClip?: boolean;
  /**
   * Whether the kernels of the outermost observations reach to the ends of the range. Default false: to
   * their only neighbour.
   */
  considerEndpoints?: boolean;
  /** Warn when parameters are to be chosen together and one has to be chosen by itself. Default false. */
  warnIndependentSampling?: boolean;
  /**
   * Called with every complete or pruned trial before it is stored: constraints, which are kept if all
   * of them are 0 or less. Prefer `trial.setConstraint`.
   */
  constraintsFunc?: ConstraintsFunction;
  /**
   * Whether the draws of long studies are made on a thread when a trial is asked for, so that `suggest`
   * does not block the event loop. Seeds give what they give in Optuna either way, as long as each trial
   * suggests and is told before the next one is asked for, and the study stays as it is between `ask` and
   * `suggest`; with false always. Deterministic optimizations draw before the trial in any case. Default
   * true.
   */
  drawAhead?: boolean;
}

const optionNames = [
  'seed',
  'nStartupTrials',
  'nEiCandidates',
  'multivariate',
  'group',
  'constantLiar',
  'version',
  'gamma',
  'weights',
  'priorWeight',
  'considerPrior',
  'considerMagicClip',
  'considerEndpoints',
  'warnIndependentSampling',
  'constraintsFunc',
  'drawAhead',
  'device',
  'deviceCrossover',
];
const defaults = {
  nStartupTrials: 10,
  nEiCandidates: 24,
  group: false,
  version: 'v5',
  weights: forgettingWeights,
  priorWeight: 1,
  considerPrior: true,
  considerMagicClip: true,
  considerEndpoints: false,
  warnIndependentSampling: false,
  drawAhead: true,
} as const;

export type CompleteOptions = TPESamplerOptions &
  Required<Pick<TPESamplerOptions, keyof typeof defaults>>;

/** Throws InvalidArgumentError for options out of range or that exclude each other. */
export function completeOptions(options: TPESamplerOptions): CompleteOptions {
  checkOptionNames('TPESampler', options, optionNames);
  const all: CompleteOptions = { ...defaults, ...withoutUndefined(options) };
  checkOptions(all);
  return all;
}

/** The default of gamma. */
export function defaultGamma(nObjectives: number): GammaFunction {
  return nObjectives === 1 ? tenthOrLess : tenth;
}

function tenth(n: number): number {
  return Math.ceil(0.1 * n);
}

function tenthOrLess(n: number): number {
  return Math.min(tenth(n), 25);
}

/** `gamma`, but throwing InvalidArgumentError where it gives no integer from 0. */
export function checkedGamma(gamma: GammaFunction): GammaFunction {
  return (n) => {
    const good = gamma(n);
    if (!(Number.isInteger(good) && good >= 0)) {
      throw invalidArgument(`gamma(${n})`, 'an integer from 0', good);
    }
    return good;
  };
}

function checkOptions(options: CompleteOptions): void {
  const { nStartupTrials, nEiCandidates, version, priorWeight } = options;
  if (!(Number.isInteger(nStartupTrials) && nStartupTrials >= 0)) {
    throw invalidArgument('nStartupTrials', 'an integer from 0', nStartupTrials);
  }
  if (!(Number.isInteger(nEiCandidates) && nEiCandidates >= 1 && nEiCandidates < 2 ** 24)) {
    throw invalidArgument('nEiCandidates', 'an integer in 1..2^24 - 1', nEiCandidates);
  }
  for (const name of [
    'multivariate',
    'group',
    'constantLiar',
    'considerPrior',
    'considerMagicClip',
    'considerEndpoints',
    'warnIndependentSampling',
    'drawAhead',
  ] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalidArgument(name, 'a boolean', value);
    }
  }
  for (const name of ['gamma', 'weights', 'constraintsFunc'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') {
      throw invalidArgument(name, 'a function', value);
    }
  }
  if (!tpeVersions.includes(version)) {
    throw invalidArgument('version', `one of ${tpeVersions.join(', ')}`, version);
  }
  if (!(Number.isFinite(priorWeight) && priorWeight >= 0)) {
    throw invalidArgument('priorWeight', 'a finite number from 0', priorWeight);
  }
  if (options.group && options.multivariate === false) {
    throw new InvalidArgumentError('multivariate must not be false with group');
  }
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}
