import { InvalidArgumentError, invalidArgument } from '../../../errors.js';
import { RandomState } from '../../../numpy/random-state.js';
import { checkOptionNames } from '../../../options.js';
import { type ParzenDeviceOptions, type ParzenPlace, parzenPlace } from '../../../parzen/device.js';
import {
  type Distribution,
  isSingle,
  type ParamValue,
  type SearchSpace,
  toExternal,
  toInternal,
} from '../../distributions.js';
import type { FrozenTrial, TrialState } from '../../frozen-trial.js';
import { GroupDecomposedSearchSpace } from '../../search-space/group.js';
import { IntersectionSearchSpace } from '../../search-space/intersection.js';
import { byName } from '../../search-space/names.js';
import type { StudyView } from '../../study-context.js';
import { RandomSampler } from '../random.js';
import { emptySpace, noValues, type Sampler } from '../sampler.js';
import { equalWeights, type Observations, ParzenEstimator } from './parzen-estimator.js';
import { readRelativeParams, writeRelativeParams } from './relative-params.js';
import { splitTrials } from './split.js';

export const tpeVersions = ['v5', 'v4'] as const;
/** Whose defaults hold: those of Optuna 5, or independent sampling without constant liar as in Optuna 4. */
export type TpeVersion = (typeof tpeVersions)[number];

export interface TPESamplerOptions extends ParzenDeviceOptions {
  /** An integer in 0..2^32-1; from the operating system if left out. */
  seed?: number;
  /** So many trials (complete or pruned) are random before the first is modelled. Default 10. */
  nStartupTrials?: number;
  /** Candidates drawn for every choice, 1 or more. Default 24. */
  nEiCandidates?: number;
  /**
   * Choose parameters together, by their joint density. Default: with one objective under 'v5', or
   * with `group`.
   */
  multivariate?: boolean;
  /** Choose together only what occurs together: for conditional spaces. Excludes multivariate: false. */
  group?: boolean;
  /** Count running trials as bad ones, so that parallel trials spread. Default under 'v5'. */
  constantLiar?: boolean;
  /** 'v5' if left out. */
  version?: TpeVersion;
}

const optionNames = [
  'seed',
  'nStartupTrials',
  'nEiCandidates',
  'multivariate',
  'group',
  'constantLiar',
  'version',
  'device',
  'deviceCrossover',
];
const defaults = { nStartupTrials: 10, nEiCandidates: 24, group: false, version: 'v5' } as const;

const finishedStates: readonly TrialState[] = ['complete', 'pruned'];
const observedStates: readonly TrialState[] = ['complete', 'pruned', 'running'];

/**
 * The tree-structured Parzen estimator (Bergstra et al., Algorithms for hyper-parameter
 * optimization, 2011; Watanabe, arXiv:2304.11127): draws candidates from the density l of good
 * trials and takes the one with the largest l / g, where g is the density of the others.
 */
export class TPESampler implements Sampler {
  readonly #rng: RandomState;
  readonly #random: RandomSampler;
  readonly #nStartupTrials: number;
  readonly #nEiCandidates: number;
  readonly #multivariate: boolean | undefined;
  readonly #group: boolean;
  readonly #constantLiar: boolean;
  readonly #place: ParzenPlace;
  readonly #intersections = new WeakMap<object, IntersectionSearchSpace>();
  readonly #decompositions = new WeakMap<object, GroupDecomposedSearchSpace>();

  /**
   * Throws InvalidArgumentError for options out of range or that exclude each other, and
   * DeviceUnavailableError for a CUDA device that is not there.
   */
  constructor(options: TPESamplerOptions = {}) {
    checkOptionNames('TPESampler', options, optionNames);
    const { seed, nStartupTrials, nEiCandidates, multivariate, group, constantLiar, version } = {
      ...defaults,
      ...withoutUndefined(options),
    };
    if (!(Number.isInteger(nStartupTrials) && nStartupTrials >= 0)) {
      throw invalidArgument('nStartupTrials', 'an integer from 0', nStartupTrials);
    }
    if (!(Number.isInteger(nEiCandidates) && nEiCandidates >= 1)) {
      throw invalidArgument('nEiCandidates', 'an integer from 1', nEiCandidates);
    }
    for (const [name, value] of Object.entries({ multivariate, group, constantLiar })) {
      if (value !== undefined && typeof value !== 'boolean') {
        throw invalidArgument(name, 'a boolean', value);
      }
    }
    if (!tpeVersions.includes(version)) {
      throw invalidArgument('version', `one of ${tpeVersions.join(', ')}`, version);
    }
    if (group && multivariate === false) {
      throw new InvalidArgumentError('multivariate must not be false with group');
    }
    this.#place = parzenPlace(withoutUndefined(options));
    this.#rng = new RandomState(seed);
    // Start-up trials have a stream of their own, with the same seed.
    this.#random = new RandomSampler({ seed });
    this.#nStartupTrials = nStartupTrials;
    this.#nEiCandidates = nEiCandidates;
    this.#group = group;
    this.#multivariate = multivariate ?? (group ? true : version === 'v4' ? false : undefined);
    this.#constantLiar = constantLiar ?? version === 'v5';
  }

  inferRelativeSearchSpace(study: StudyView): SearchSpace {
    if (!this.#isMultivariate(study)) return emptySpace;
    if (this.#group) return new Map(this.#groups(study).flatMap((group) => [...group]));
    const trials = study.trials({ cached: true });
    const space = remembered(this.#intersections, study.key, () => new IntersectionSearchSpace());
    return multiValued(space.calculate(trials));
  }

  sampleRelative(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue> {
    if (study.trials({ states: finishedStates, cached: true }).length < this.#nStartupTrials) {
      return noValues;
    }
    const values = new Map<string, ParamValue>();
    for (const group of this.#group ? this.#groups(study) : [space]) {
      if (group.size === 0) continue;
      for (const [name, value] of this.#sample(study, trial, group)) values.set(name, value);
    }
    if (values.size > 0 && this.#constantLiar) writeRelativeParams(study, trial, space, values);
    return values;
  }

  sampleIndependent(
    study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue {
    const finished = study.trials({ states: finishedStates, cached: !this.#constantLiar });
    if (finished.length < this.#nStartupTrials) {
      return this.#random.sampleIndependent(study, trial, name, distribution);
    }
    return this.#sample(study, trial, new Map([[name, distribution]])).get(name)!;
  }

  #isMultivariate(study: StudyView): boolean {
    return this.#multivariate ?? study.directions.length === 1;
  }

  /** The groups without single-valued parameters, names sorted. */
  #groups(study: StudyView): SearchSpace[] {
    const trials = study.trials({ cached: true });
    const space = remembered(
      this.#decompositions,
      study.key,
      () => new GroupDecomposedSearchSpace(),
    );
    return space
      .calculate(trials)
      .map((group) => multiValued(new Map([...group].sort(([a], [b]) => byName(a, b)))));
  }

  #sample(study: StudyView, trial: FrozenTrial, space: SearchSpace): Map<string, ParamValue> {
    const trials = this.#constantLiar
      ? study.trials({ states: observedStates }).filter(({ number }) => number !== trial.number)
      : study.trials({ states: finishedStates, cached: true });
    const nFinished = trials.filter(({ state }) => state !== 'running').length;
    const nObjectives = study.directions.length;
    const { below, above } = splitTrials(trials, study.directions, gamma(nFinished, nObjectives));
    const good = this.#estimator(study, space, below, nObjectives > 1 ? equalWeights : undefined);
    const bad = this.#estimator(study, space, above);
    const candidates = good.sample(this.#rng, this.#nEiCandidates);
    const badLog = bad.logPdf(candidates);
    const best = argmax(good.logPdf(candidates).map((value, i) => value - badLog[i]!));
    return new Map(
      [...space].map(([name, distribution]) => [
        name,
        toExternal(distribution, candidates.get(name)![best]!),
      ]),
    );
  }

  #estimator(
    study: StudyView,
    space: SearchSpace,
    trials: readonly FrozenTrial[],
    weights?: (n: number) => Float64Array,
  ): ParzenEstimator {
    const rows = trials
      .map((trial) =>
        trial.state === 'running' && this.#isMultivariate(study)
          ? { ...readRelativeParams(trial), ...trial.params }
          : trial.params,
      )
      .filter((params) => [...space.keys()].every((name) => Object.hasOwn(params, name)));
    const observations: Observations = new Map(
      [...space].map(([name, distribution]) => [
        name,
        Float64Array.from(rows, (params) => toInternal(distribution, params[name])),
      ]),
    );
    return new ParzenEstimator(space, observations, rows.length, weights, this.#place);
  }
}

/** How many trials are good: a tenth, with one objective at most 25. */
function gamma(n: number, nObjectives: number): number {
  const tenth = Math.ceil(0.1 * n);
  return nObjectives === 1 ? Math.min(tenth, 25) : tenth;
}

/** The first index of the largest value; of the first NaN, if there is one. */
function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i])) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}

function multiValued(space: SearchSpace): SearchSpace {
  return new Map([...space].filter(([, distribution]) => !isSingle(distribution)));
}

function remembered<T>(memory: WeakMap<object, T>, key: object, make: () => T): T {
  let known = memory.get(key);
  if (known === undefined) {
    known = make();
    memory.set(key, known);
  }
  return known;
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}
