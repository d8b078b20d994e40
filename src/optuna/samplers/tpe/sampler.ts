import { setImmediate as nextTurn } from 'node:timers/promises';
import { RandomState } from '../../../numpy/random-state.js';
import { cudaIndexFor, type ParzenPlace, parzenPlace } from '../../../parzen/device.js';
import type { ParzenHistoryOptions } from '../../../parzen/history.js';
import {
  type Distribution,
  isSingle,
  type ParamValue,
  type SearchSpace,
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
import { DrawsAhead, drawAhead } from './draws-ahead.js';
import {
  type Densities,
  type Draw,
  type Evaluate,
  JointDensity,
  nanosecondsOf,
} from './joint-density.js';
import { checkedGamma, completeOptions, defaultGamma, type TPESamplerOptions } from './options.js';
import { type Observations, ParzenEstimator } from './parzen-estimator.js';
import { readRelativeParams, writeRelativeParams } from './relative-params.js';
import {
  KnownParams,
  lastFinished,
  noneAlone,
  type SpacesAlone,
  spaceAlone,
  spacesAlone,
} from './spaces-alone.js';
import { type GammaFunction, type Observation, TrialHistory } from './trial-history.js';
import { equalWeights, forgettingWeights, type WeightsFunction, WeightsMemory } from './weights.js';

/** So many new trials are looked at before the event loop has its turn: in less than 1 ms, or 5 at first. */
const trialsATurn = 100;
/** What a new trial costs, roughly. */
const nanosecondsOfNew = 5000;

interface PreparedDraw extends Draw {
  density: JointDensity;
  /** Evaluates the candidates on a CUDA device, where that is to be done. */
  evaluate: Evaluate | undefined;
}

/** What was made of the trials in one scope, shared by a sampler and those for single trials. */
interface ScopeMemory {
  history: TrialHistory;
  /** By the names of the parameters. */
  densities: Map<string, JointDensity>;
  params: KnownParams;
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
  /** Ends when the draws ahead of all trials that were asked for have been made. */
  drawing: Promise<void>;
}

/**
 * The tree-structured Parzen estimator (Bergstra et al., Algorithms for hyper-parameter
 * optimization, 2011; Watanabe, arXiv:2304.11127): draws candidates from the density l of good
 * trials and takes the one with the largest l / g, where g is the density of the others.
 *
 * In large studies draws are made on a thread before the trial starts, those of single parameters in the
 * order of the trial before, so that `suggest` does not block the event loop for long.
 */
export class TPESampler implements Sampler {
  readonly #options: TPESamplerOptions;
  readonly #ahead: DrawsAhead;
  readonly #drawsAhead: boolean;
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
  #seedOfTrials: number | undefined;

  /**
   * Throws InvalidArgumentError for options out of range or that exclude each other, and
   * DeviceUnavailableError for a CUDA device that is not there.
   */
  constructor(options: TPESamplerOptions = {}) {
    const all = completeOptions(options);
    const { seed, nStartupTrials, nEiCandidates, multivariate, group, constantLiar, version } = all;
    this.#options = options;
    this.#place = parzenPlace(all);
    this.#ahead =
      handedOver?.ahead ??
      new DrawsAhead(
        { rng: new RandomState(seed), startUp: new RandomSampler({ seed }), draws: 0 },
        handedOver !== undefined,
      );
    this.#drawsAhead = all.drawAhead;
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
      drawing: Promise.resolve(),
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
    return this.#constantLiar ? this : this.#alike({ constantLiar: true }, this.#ahead);
  }

  /** Shares what this one remembers, and its draws if they are given. */
  #alike(options: TPESamplerOptions, ahead: DrawsAhead | undefined): TPESampler {
    handedOver = { memory: this.#memory, ahead };
    try {
      return new TPESampler({ ...this.#options, ...options });
    } finally {
      handedOver = undefined;
    }
  }

  /** Makes the trial's draws, on a thread if they take long; if they do not, only with a stream of its own. */
  beforeTrial(study: StudyView, trial: FrozenTrial): Promise<void> | undefined {
    if (!this.#hasStarted(study)) return;
    // In a study that is pinned, all that is known of it is at hand now, but not while the trial runs.
    if (this.#ahead.inAnyOrder) return this.#drawInTurn(study, trial);
    if (!this.#drawsAhead || Object.hasOwn(trial.systemAttrs, 'fixed_params')) return;
    return this.#isDear(study) ? this.#drawInTurn(study, trial) : undefined;
  }

  /** One trial after the other: what needs the histories at once would wait for another trial's thread. */
  #drawInTurn(study: StudyView, trial: FrozenTrial): Promise<void> {
    const drawn = this.#memory.drawing.then(() => this.#drawAhead(study, trial));
    this.#memory.drawing = drawn.catch(() => this.#ahead.takeBack(study, trial));
    return drawn;
  }

  #isDear(study: StudyView): boolean {
    const { history } = this.#scopeMemory(study);
    const trials = this.#trials(study);
    if ((trials.length - history.nSeen) * nanosecondsOfNew >= drawAhead.from) return true;
    history.look(trials, isFiltered(study));
    const { joint, alone } = this.#expected(study);
    const perTerm = nanosecondsOf(joint) + alone.nanoseconds;
    const draws = this.#nEiCandidates * trials.length * perTerm;
    return draws + history.nanosecondsOfSplit >= drawAhead.from;
  }

  /** The trials that count. */
  #trials(study: StudyView): readonly FrozenTrial[] {
    return study.trials({ cached: !this.#constantLiar });
  }

  /** From what the next trial is likely to draw. */
  #expected(study: StudyView): { joint: SearchSpace; alone: SpacesAlone } {
    const joint = this.inferRelativeSearchSpace(study);
    const trials = study.trials({ cached: true });
    if (this.#ahead.inAnyOrder) {
      const { history, params } = this.#scopeMemory(study);
      params.look(history);
      return { joint, alone: params.alone(joint) };
    }
    const last = lastFinished(trials);
    return { joint, alone: last ? spacesAlone(last, joint) : noneAlone };
  }

  async #drawAhead(study: StudyView, trial: FrozenTrial): Promise<void> {
    const { history } = this.#scopeMemory(study);
    const onThread = this.#isDear(study);
    if (onThread) {
      do {
        // Of a study that others have filled, some trials at a time.
        while (!this.#look(study, trialsATurn)) await nextTurn();
      } while (await history.prepareSplit());
    }
    const { joint, alone } = this.#expected(study);
    const expected = [
      ...(joint.size > 0 ? [{ space: joint, parts: this.#parts(study, joint) }] : []),
      ...alone.spaces.map((space) => ({ space, parts: [space] })),
    ];
    for (const { space, parts } of expected) {
      const rng = this.#ahead.stream.rng.copy();
      const drawn: Map<string, ParamValue>[] = [];
      for (const part of parts) {
        if (onThread) await this.#syncLater(study, trial, part);
        const draw = this.#prepare(study, trial, part);
        this.#ahead.stream.draws += 1;
        const isLater = onThread && !draw.evaluate;
        drawn.push(isLater ? await draw.density.chooseLater(draw) : chosen(draw));
      }
      this.#ahead.add(study, trial, { space, values: united(drawn), rng }, parts.length);
    }
  }

  /** Looks at new trials, at `most` of them. Returns whether none are left. */
  #look(study: StudyView, most: number): boolean {
    const { history } = this.#scopeMemory(study);
    const isDone = history.look(this.#trials(study), isFiltered(study), most);
    if (!this.#isMultivariate(study)) return isDone;
    const space = this.#group ? this.#decomposition(study) : this.#intersection(study);
    return space.look(study.trials({ cached: true }), most) && isDone;
  }

  /** Evaluates the constraints of a trial that is complete or pruned. */
  afterTrial(study: StudyView, trial: FrozenTrial, state: TrialState): void {
    this.#ahead.takeBack(study, trial);
    if (this.#constraints && (state === 'complete' || state === 'pruned')) {
      setConstraints(this.#constraints, study, trial);
    }
  }

  inferRelativeSearchSpace(study: StudyView): SearchSpace {
    if (!this.#isMultivariate(study)) return emptySpace;
    if (this.#group) return new Map(this.#groups(study).flatMap((group) => [...group]));
    const trials = study.trials({ cached: true });
    return multiValued(this.#intersection(study).calculate(trials));
  }

  sampleRelative(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue> {
    if (space.size === 0 || !this.#hasStarted(study)) return noValues;
    const values = this.#ahead.take(study, trial, space) ?? this.#drawNow(study, trial, space);
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
      return this.#ahead.stream.startUp.sampleIndependent(study, trial, name, distribution);
    }
    if (this.#warnIndependent && this.#isMultivariate(study)) {
      this.#warnOfIndependent(study, trial, name);
    }
    const space = spaceAlone(name, distribution);
    const values = this.#ahead.take(study, trial, space) ?? this.#sample(study, trial, space);
    return values.get(name)!;
  }

  #drawNow(study: StudyView, trial: FrozenTrial, space: SearchSpace) {
    return united(this.#parts(study, space).map((part) => this.#sample(study, trial, part)));
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
      if (finished >= this.#nStartupTrials) break;
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
    return this.#decomposition(study)
      .calculate(study.trials({ cached: true }))
      .map(multiValued);
  }

  #intersection(study: StudyView): IntersectionSearchSpace {
    const { intersections } = this.#memory;
    return remembered(intersections, study.scope, () => new IntersectionSearchSpace());
  }

  #decomposition(study: StudyView): GroupDecomposedSearchSpace {
    const { decompositions } = this.#memory;
    return remembered(decompositions, study.scope, () => new GroupDecomposedSearchSpace());
  }

  #sample(study: StudyView, trial: FrozenTrial, space: SearchSpace): Map<string, ParamValue> {
    const draw = this.#prepare(study, trial, space);
    this.#ahead.stream.draws += 1;
    return chosen(draw);
  }

  /** Brings the density of `space` up to date. */
  #prepare(study: StudyView, trial: FrozenTrial, space: SearchSpace): PreparedDraw {
    const { history, densities } = this.#synced(study);
    const memory = this.#memory;
    const density = this.#density(space, history, densities);
    try {
      density.sync(history, trial.number, (running) => this.#paramsOf(study, running));
    } catch (error) {
      densities.delete(keyOf(space));
      throw error;
    }
    return {
      density,
      rng: this.#ahead.stream.rng,
      nCandidates: this.#nEiCandidates,
      good: study.directions.length > 1 ? memory.equalWeights : memory.goodWeights,
      bad: memory.goodWeights,
      evaluate: this.#isForDevice(space, history)
        ? (candidates) => this.#evaluateOnDevice(study, trial, space, history, candidates)
        : undefined,
    };
  }

  /** Brings the density of `space` up to date on a thread. */
  async #syncLater(study: StudyView, trial: FrozenTrial, space: SearchSpace): Promise<void> {
    const { history, densities } = this.#synced(study);
    const density = this.#density(space, history, densities);
    try {
      await density.syncLater(history, trial.number, (running) => this.#paramsOf(study, running));
    } catch (error) {
      densities.delete(keyOf(space));
      throw error;
    }
  }

  #isForDevice(space: SearchSpace, { observations }: TrialHistory): boolean {
    const size = this.#nEiCandidates * (observations.length + 1) * space.size;
    return cudaIndexFor(this.#place, size) !== undefined;
  }

  #density(
    space: SearchSpace,
    { generation }: TrialHistory,
    densities: Map<string, JointDensity>,
  ): JointDensity {
    const key = keyOf(space);
    let density = densities.get(key);
    if (!density?.fits(space, generation)) {
      density = new JointDensity(space, this.#parzen, generation);
      densities.set(key, density);
    }
    return density;
  }

  #scopeMemory(study: StudyView): ScopeMemory {
    const { scopes } = this.#memory;
    const withRunning = this.#constantLiar;
    return remembered(withRunning ? scopes.liar : scopes.honest, study.scope, () => {
      // As in Optuna, the number of objectives of the first study decides for good.
      this.#memory.gamma ??= defaultGamma(study.directions.length);
      const gamma = checkedGamma(this.#memory.gamma);
      return {
        history: new TrialHistory(study.directions, gamma, withRunning),
        densities: new Map(),
        params: new KnownParams(),
      };
    });
  }

  #synced(study: StudyView): ScopeMemory {
    const memory = this.#scopeMemory(study);
    memory.history.sync(this.#trials(study), isFiltered(study));
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

  /** Densities that a CUDA device evaluates from all observations. */
  #evaluateOnDevice(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
    { observations }: TrialHistory,
    candidates: Observations,
  ): Densities {
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
    return { good: good.logPdf(candidates), bad: bad.logPdf(candidates) };
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
let handedOver: { memory: Memory; ahead: DrawsAhead | undefined } | undefined;

function chosen(draw: PreparedDraw): Map<string, ParamValue> {
  const { density, evaluate } = draw;
  return evaluate ? density.chooseBy(evaluate, draw) : density.choose(draw);
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

/** Whether the view does not show all trials of the study. */
function isFiltered(study: StudyView): boolean {
  return study.scope !== study.key;
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
