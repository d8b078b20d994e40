import { InvalidArgumentError, invalidArgument } from '../../../errors.js';
import { RandomState } from '../../../numpy/random-state.js';
import { checkOptionNames } from '../../../options.js';
import {
  cudaIndexFor,
  type ParzenDeviceOptions,
  type ParzenPlace,
  parzenPlace,
} from '../../../parzen/device.js';
import type { ParzenHistoryOptions } from '../../../parzen/history.js';
import {
  type Distribution,
  isSingle,
  type ParamValue,
  type SearchSpace,
  toExternal,
  toInternal,
} from '../../distributions/distributions.js';
import { GroupDecomposedSearchSpace } from '../../search-space/group.js';
import { IntersectionSearchSpace } from '../../search-space/intersection.js';
import type { StudyView } from '../../study/study-context.js';
import type { FrozenTrial, TrialState } from '../../trial/frozen-trial.js';
import { warn } from '../../warn.js';
import { type ConstraintsFunction, setConstraints } from '../constraints.js';
import { RandomSampler } from '../random.js';
import { emptySpace, noValues, type Sampler } from '../sampler.js';
import { ownSeed, seedOfTrial } from '../trial-seed.js';
import { JointDensity, nanosecondsOf } from './joint-density.js';
import { ParzenEstimator } from './parzen-estimator.js';
import { readRelativeParams, writeRelativeParams } from './relative-params.js';
import { type GammaFunction, type Observation, TrialHistory } from './trial-history.js';
import { equalWeights, forgettingWeights, type WeightsFunction, WeightsMemory } from './weights.js';

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
} as const;

type CompleteOptions = TPESamplerOptions & Required<Pick<TPESamplerOptions, keyof typeof defaults>>;

/**
 * What a joint draw may cost on the event loop, in nanoseconds as JointDensity estimates them; a dearer
 * one is made on a thread before the trial starts. By sizes, not by the clock, so that the order of
 * events, on which parallel trials depend, is the same in every run. Tests change it.
 */
export const drawAhead = { from: 2e6 };

/** What was made of the trials in one scope, shared by a sampler and those for single trials. */
interface ScopeMemory {
  history: TrialHistory;
  /** By the names of the parameters. */
  densities: Map<string, JointDensity>;
}

interface Memory {
  /** By scope: with running trials, and without. */
  scopes: { liar: WeakMap<object, ScopeMemory>; honest: WeakMap<object, ScopeMemory> };
  intersections: WeakMap<object, IntersectionSearchSpace>;
  decompositions: WeakMap<object, GroupDecomposedSearchSpace>;
  goodWeights: WeightsMemory;
  equalWeights: WeightsMemory;
  gamma: GammaFunction | undefined;
  started: WeakMap<object, number>;
}

/** Random numbers; those of start-up trials are a stream of their own, with the same seed. */
interface Stream {
  readonly rng: RandomState;
  readonly startUp: RandomSampler;
  /** Draws from `rng` so far. */
  draws: number;
}

/** A joint draw that was made before it was asked for. */
interface DrawnAhead {
  space: SearchSpace;
  values: ReadonlyMap<string, ParamValue>;
  /** The stream before the draw, and how many draws there were after it. */
  rng: RandomState;
  draws: number;
}

/**
 * The tree-structured Parzen estimator (Bergstra et al., Algorithms for hyper-parameter
 * optimization, 2011; Watanabe, arXiv:2304.11127): draws candidates from the density l of good
 * trials and takes the one with the largest l / g, where g is the density of the others.
 *
 * Joint draws of large studies are made on a thread before the trial starts, so that `suggest` never blocks
 * the event loop for long.
 */
export class TPESampler implements Sampler {
  readonly #options: TPESamplerOptions;
  readonly #stream: Stream;
  readonly #nStartupTrials: number;
  readonly #nEiCandidates: number;
  readonly #multivariate: boolean | undefined;
  readonly #group: boolean;
  readonly #constantLiar: boolean;
  readonly #weights: WeightsFunction;
  readonly #parzen: ParzenHistoryOptions;
  readonly #warnIndependent: boolean;
  readonly #constraints: ConstraintsFunction | undefined;
  readonly #place: ParzenPlace;
  readonly #memory: Memory;
  readonly #ahead = new WeakMap<object, Map<number, DrawnAhead>>();
  #seedOfTrials: number | undefined;

  /**
   * Throws InvalidArgumentError for options out of range or that exclude each other, and
   * DeviceUnavailableError for a CUDA device that is not there.
   */
  constructor(options: TPESamplerOptions = {}) {
    checkOptionNames('TPESampler', options, optionNames);
    const all: CompleteOptions = { ...defaults, ...withoutUndefined(options) };
    checkOptions(all);
    const { seed, nStartupTrials, nEiCandidates, multivariate, group, constantLiar, version } = all;
    this.#options = options;
    this.#place = parzenPlace(withoutUndefined(options));
    this.#stream = handedOver?.stream ?? {
      rng: new RandomState(seed),
      startUp: new RandomSampler({ seed }),
      draws: 0,
    };
    this.#nStartupTrials = nStartupTrials;
    this.#nEiCandidates = nEiCandidates;
    this.#group = group;
    this.#multivariate = multivariate ?? (group ? true : version === 'v4' ? false : undefined);
    this.#constantLiar = constantLiar ?? version === 'v5';
    this.#weights = all.weights;
    this.#parzen = {
      priorWeight: all.priorWeight,
      magicClip: all.considerMagicClip,
      endpoints: all.considerEndpoints,
    };
    this.#warnIndependent = all.warnIndependentSampling;
    this.#constraints = all.constraintsFunc;
    this.#memory = handedOver?.memory ?? {
      scopes: { liar: new WeakMap(), honest: new WeakMap() },
      intersections: new WeakMap(),
      decompositions: new WeakMap(),
      goodWeights: new WeightsMemory(all.weights, all.priorWeight),
      equalWeights: new WeightsMemory(equalWeights, all.priorWeight),
      gamma: all.gamma,
      started: new WeakMap(),
    };
  }

  /** Options with which the estimator behaves as Hyperopt's. */
  static hyperoptParameters(): TPESamplerOptions {
    return {
      considerPrior: true,
      priorWeight: 1,
      considerMagicClip: true,
      considerEndpoints: false,
      nStartupTrials: 20,
      nEiCandidates: 24,
      gamma: (n) => Math.min(Math.ceil(0.25 * Math.sqrt(n)), 25),
      weights: forgettingWeights,
    };
  }

  /**
   * A sampler whose random numbers depend on this one's seed and the trial's number alone; it shares what
   * this one remembers of trials.
   */
  forTrial(number: number): TPESampler {
    this.#seedOfTrials ??= this.#options.seed ?? ownSeed();
    return this.#alike({ seed: seedOfTrial(this.#seedOfTrials, number) }, undefined);
  }

  /** This sampler, but one that counts running trials as bad ones. */
  forBatch(): Sampler {
    return this.#constantLiar ? this : this.#alike({ constantLiar: true }, this.#stream);
  }

  /** Shares what this one remembers, and draws from `stream` if it is given. */
  #alike(options: TPESamplerOptions, stream: Stream | undefined): TPESampler {
    handedOver = { memory: this.#memory, stream };
    try {
      return new TPESampler({ ...this.#options, ...options });
    } finally {
      handedOver = undefined;
    }
  }

  /** Makes the trial's joint draw on a thread, if it takes long. */
  beforeTrial(study: StudyView, trial: FrozenTrial): Promise<void> | undefined {
    if (Object.hasOwn(trial.systemAttrs, 'fixed_params') || !this.#hasStarted(study)) return;
    const space = this.inferRelativeSearchSpace(study);
    if (space.size === 0 || this.#cost(study, space) < drawAhead.from) return;
    return this.#drawAhead(study, trial, space);
  }

  /** Nanoseconds of a joint draw, from its sizes. */
  #cost(study: StudyView, space: SearchSpace): number {
    const { scopes } = this.#memory;
    const memory = (this.#constantLiar ? scopes.liar : scopes.honest).get(study.scope);
    if (memory === undefined) return 0;
    const terms = this.#nEiCandidates * memory.history.observations.length;
    return terms * nanosecondsOf(space);
  }

  async #drawAhead(study: StudyView, trial: FrozenTrial, space: SearchSpace): Promise<void> {
    const stream = this.#stream;
    const rng = stream.rng.copy();
    const drawn: Map<string, ParamValue>[] = [];
    for (const group of this.#parts(study, space)) {
      const draw = this.#prepare(study, trial, group);
      stream.draws += 1;
      drawn.push(draw.density ? await draw.density.chooseLater(draw) : draw.alone());
    }
    const ahead = remembered(this.#ahead, study.key, () => new Map<number, DrawnAhead>());
    ahead.set(trial.id, { space, values: united(drawn), rng, draws: stream.draws });
  }

  /** Evaluates the constraints of a trial that is complete or pruned. */
  afterTrial(study: StudyView, trial: FrozenTrial, state: TrialState): void {
    this.#takeBack(study, trial);
    if (this.#constraints && (state === 'complete' || state === 'pruned')) {
      setConstraints(this.#constraints, study, trial);
    }
  }

  inferRelativeSearchSpace(study: StudyView): SearchSpace {
    if (!this.#isMultivariate(study)) return emptySpace;
    if (this.#group) return new Map(this.#groups(study).flatMap((group) => [...group]));
    const trials = study.trials({ cached: true });
    const { intersections } = this.#memory;
    return multiValued(
      remembered(intersections, study.key, () => new IntersectionSearchSpace()).calculate(trials),
    );
  }

  sampleRelative(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue> {
    if (space.size === 0 || !this.#hasStarted(study)) return noValues;
    const values = this.#drawnAhead(study, trial, space) ?? this.#drawNow(study, trial, space);
    if (values.size > 0 && this.#constantLiar) {
      const inOrder = Array.from(space.keys(), (name) => values.get(name)!);
      writeRelativeParams(study, trial, space, inOrder);
    }
    return values;
  }

  sampleIndependent(
    study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue {
    if (!this.#hasStarted(study)) {
      return this.#stream.startUp.sampleIndependent(study, trial, name, distribution);
    }
    if (this.#warnIndependent && this.#isMultivariate(study)) {
      this.#warnOfIndependent(study, trial, name);
    }
    return this.#sample(study, trial, new Map([[name, distribution]])).get(name)!;
  }

  #drawNow(study: StudyView, trial: FrozenTrial, space: SearchSpace) {
    return united(this.#parts(study, space).map((part) => this.#sample(study, trial, part)));
  }

  /** The values of beforeTrial, if they are of that space. */
  #drawnAhead(study: StudyView, trial: FrozenTrial, space: SearchSpace) {
    const ahead = this.#ahead.get(study.key);
    const drawn = ahead?.get(trial.id);
    if (drawn === undefined) return undefined;
    const isSame =
      drawn.space.size === space.size && [...space.keys()].every((name) => drawn.space.has(name));
    if (isSame) {
      ahead!.delete(trial.id);
      return drawn.values;
    }
    this.#takeBack(study, trial);
    return undefined;
  }

  /** As if beforeTrial had not drawn, unless others have drawn since. */
  #takeBack(study: StudyView, trial: FrozenTrial): void {
    const ahead = this.#ahead.get(study.key);
    const drawn = ahead?.get(trial.id);
    if (drawn === undefined) return;
    ahead!.delete(trial.id);
    if (drawn.draws === this.#stream.draws) this.#stream.rng.restore(drawn.rng);
  }

  #isMultivariate(study: StudyView): boolean {
    return this.#multivariate ?? study.directions.length === 1;
  }

  /** Whether enough trials have finished for the first to be modelled. */
  #hasStarted(study: StudyView): boolean {
    const { started } = this.#memory;
    // Trials of a scope never become less.
    const known = started.get(study.scope) ?? 0;
    if (known >= this.#nStartupTrials) return true;
    let finished = 0;
    for (const { state } of study.trials({ cached: true })) {
      if (state === 'complete' || state === 'pruned') finished += 1;
    }
    started.set(study.scope, finished);
    return finished >= this.#nStartupTrials;
  }

  /** What is drawn together: names sorted, single-valued parameters left out. */
  #parts(study: StudyView, space: SearchSpace): readonly SearchSpace[] {
    if (!this.#group) return [space];
    return this.#groups(study)
      .map((group) =>
        [...group.keys()].every((name) => space.has(name))
          ? group
          : new Map([...group].filter(([name]) => space.has(name))),
      )
      .filter((group) => group.size > 0);
  }

  /** The groups without single-valued parameters, names sorted. */
  #groups(study: StudyView): SearchSpace[] {
    const trials = study.trials({ cached: true });
    const { decompositions } = this.#memory;
    return remembered(decompositions, study.key, () => new GroupDecomposedSearchSpace())
      .calculate(trials)
      .map(multiValued);
  }

  #sample(study: StudyView, trial: FrozenTrial, space: SearchSpace): Map<string, ParamValue> {
    const draw = this.#prepare(study, trial, space);
    this.#stream.draws += 1;
    return draw.density ? draw.density.choose(draw) : draw.alone();
  }

  /** Brings the density of `space` up to date; without one where a CUDA device is to evaluate it. */
  #prepare(study: StudyView, trial: FrozenTrial, space: SearchSpace) {
    const { history, densities } = this.#synced(study);
    const memory = this.#memory;
    const draw = {
      rng: this.#stream.rng,
      nCandidates: this.#nEiCandidates,
      good: study.directions.length > 1 ? memory.equalWeights : memory.goodWeights,
      bad: memory.goodWeights,
      alone: () => this.#sampleOnDevice(study, trial, space, history),
    };
    const size = this.#nEiCandidates * (history.observations.length + 1) * space.size;
    if (cudaIndexFor(this.#place, size) !== undefined) return { ...draw, density: undefined };
    const key = keyOf(space);
    let density = densities.get(key);
    if (!density?.fits(space, history.generation)) {
      density = new JointDensity(space, this.#parzen, history.generation);
    }
    // If an error keeps it from being brought up to date, it is not used again.
    densities.delete(key);
    density.sync(history, trial.number, (running) => this.#paramsOf(study, running));
    densities.set(key, density);
    return { ...draw, density };
  }

  #synced(study: StudyView): ScopeMemory {
    const { scopes, gamma } = this.#memory;
    const withRunning = this.#constantLiar;
    const memory = remembered(withRunning ? scopes.liar : scopes.honest, study.scope, () => {
      // As in Optuna, the number of objectives of the first study decides for good.
      const rule = gamma ?? (study.directions.length === 1 ? tenthOrLess : tenth);
      this.#memory.gamma = rule;
      return {
        history: new TrialHistory(study.directions, checkedGamma(rule), withRunning),
        densities: new Map(),
      };
    });
    memory.history.sync(study.trials({ cached: !withRunning }), study.scope !== study.key);
    return memory;
  }

  #paramsOf(study: StudyView, trial: FrozenTrial): Readonly<Record<string, ParamValue>> {
    return this.#isMultivariate(study)
      ? { ...readRelativeParams(trial), ...trial.params }
      : trial.params;
  }

  #warnOfIndependent(study: StudyView, trial: FrozenTrial, name: string): void {
    const isKnown = study
      .trials({ states: ['complete', 'pruned'], cached: true })
      .some(({ params }) => Object.hasOwn(params, name));
    if (!isKnown) return;
    warn(
      `'${name}' of trial ${trial.number} is chosen by itself: not all trials have it, or its range changes; group: true chooses what occurs together`,
    );
  }

  /** A draw whose densities are evaluated at once, from all observations, on a CUDA device. */
  #sampleOnDevice(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
    { observations }: TrialHistory,
  ): Map<string, ParamValue> {
    const counted = observations
      .filter(({ kind, number }) => kind !== 'gone' && number !== trial.number)
      .sort((a, b) => a.number - b.number);
    const estimator = (of: readonly Observation[], weights: WeightsFunction) =>
      this.#estimator(study, space, of, weights);
    const several = study.directions.length > 1;
    const good = estimator(
      counted.filter(({ below }) => below),
      several ? equalWeights : this.#weights,
    );
    const bad = estimator(
      counted.filter(({ below }) => !below),
      this.#weights,
    );
    const candidates = good.sample(this.#stream.rng, this.#nEiCandidates);
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
    observed: readonly Observation[],
    weights: WeightsFunction,
  ): ParzenEstimator {
    const rows = observed
      .map(({ kind, trial }) => (kind === 'running' ? this.#paramsOf(study, trial) : trial.params))
      .filter((params) => [...space.keys()].every((name) => Object.hasOwn(params, name)));
    const observations = new Map(
      [...space].map(([name, distribution]) => [
        name,
        Float64Array.from(rows, (params) => toInternal(distribution, params[name])),
      ]),
    );
    const options = { ...this.#parzen, weights, place: this.#place };
    return new ParzenEstimator(space, observations, rows.length, options);
  }
}

/** What the next sampler made by another one shares with it. */
let handedOver: { memory: Memory; stream: Stream | undefined } | undefined;

function tenth(n: number): number {
  return Math.ceil(0.1 * n);
}

function tenthOrLess(n: number): number {
  return Math.min(tenth(n), 25);
}

function checkedGamma(gamma: GammaFunction): GammaFunction {
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

/** The first index of the largest value; of the first NaN, if there is one. */
function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i])) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}

/** All values; those of a single part are not copied. */
function united(parts: readonly Map<string, ParamValue>[]): ReadonlyMap<string, ParamValue> {
  return parts.length === 1 ? parts[0]! : new Map(parts.flatMap((part) => [...part]));
}

const keys = new WeakMap<SearchSpace, string>();

/** The same for spaces with the same names in the same order. */
function keyOf(space: SearchSpace): string {
  return remembered(keys, space, () => JSON.stringify([...space.keys()]));
}

const multiValuedSpaces = new WeakMap<SearchSpace, SearchSpace>();

/** The space without single-valued parameters; the same one for the same space. */
function multiValued(space: SearchSpace): SearchSpace {
  return remembered(
    multiValuedSpaces,
    space,
    () => new Map([...space].filter(([, distribution]) => !isSingle(distribution))),
  );
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
