import { invalidArgument, show } from '../../errors.js';
import {
  type Choice,
  categoricalDistribution,
  checkWidth,
  contains,
  type Distribution,
  type FloatOptions,
  floatDistribution,
  type IntOptions,
  intDistribution,
  isSingle,
  type ParamValue,
  type SearchSpace,
  sameDistribution,
  singleValue,
  toExternal,
  toInternal,
} from '../distributions/distributions.js';
import { MultiObjectiveError, UpdateFinishedTrialError } from '../errors.js';
import type { PinnedView } from '../optimize/pinned-view.js';
import type { Pruner } from '../pruners/pruner.js';
import { toJson } from '../python-json.js';
import { emptySpace, noValues, type Sampler } from '../samplers/sampler.js';
import { snapshotOf } from '../storages/trial-table.js';
import { type StudyContext, type StudyView, samplerView } from '../study/study-context.js';
import { warn } from '../warn.js';
import type { BaseTrial } from './base-trial.js';
import {
  type Attrs,
  checkConstraint,
  checkReport,
  constraintPrefix,
  constraintsOf,
  type FrozenTrial,
  isFinished,
  type TrialState,
} from './frozen-trial.js';

/** A running trial, as an objective gets it: suggests parameters and takes reports. */
export class Trial implements BaseTrial {
  readonly #context: StudyContext;
  /** What sampler and pruner see. */
  readonly #view: StudyView;
  readonly #sampler: Sampler;
  readonly #pruner: Pruner;
  /** @internal Unique within the storage. */
  readonly id: number;
  /** 0, 1, 2, ... within the study. */
  readonly number: number;
  #relative: { space: SearchSpace; values: ReadonlyMap<string, ParamValue> } | undefined;

  /** @internal Of a deterministic optimization: what its sampler, one of its own, sees. */
  readonly pinned: { readonly view: PinnedView; readonly sampler: Sampler } | undefined;

  /** @internal Trials come from `study.ask()` and `study.optimize()`. */
  constructor(
    context: StudyContext,
    sampler: Sampler,
    pruner: Pruner,
    frozen: FrozenTrial,
    view?: PinnedView,
  ) {
    this.#context = context;
    this.#view = view ?? context;
    this.pinned = view && { view, sampler };
    this.#sampler = sampler;
    this.#pruner = pruner;
    this.id = frozen.id;
    this.number = frozen.number;
  }

  /** The parameters suggested so far. */
  get params(): Readonly<Record<string, ParamValue>> {
    return this.frozen().params;
  }

  /** The distributions of the parameters suggested so far. */
  get distributions(): Readonly<Record<string, Distribution>> {
    return this.frozen().distributions;
  }

  /** 'running' until it is told, then how it ended. */
  get state(): TrialState {
    return this.#trial.state;
  }

  get userAttrs(): Attrs {
    return this.frozen().userAttrs;
  }

  get systemAttrs(): Attrs {
    return this.frozen().systemAttrs;
  }

  /** The constraints set so far, by key. */
  get constraints(): Readonly<Record<string, number>> {
    return constraintsOf(this.#trial.systemAttrs);
  }

  get datetimeStart(): Date | null {
    return this.#trial.datetimeStart;
  }

  /** The trial as it is now. */
  frozen(): FrozenTrial {
    return snapshotOf(this.#trial);
  }

  /**
   * A number in [low, high]; see FloatOptions. The same name gives the same value again. Throws
   * InvalidArgumentError, IncompatibleDistributionError, UpdateFinishedTrialError.
   */
  suggestFloat(name: string, low: number, high: number, options?: FloatOptions): number {
    const known = this.#known(name, 'float', low, high, options);
    return this.suggest(name, known ?? floatDistribution(low, high, options)) as number;
  }

  /** An integer in low..high; see IntOptions. Otherwise as suggestFloat. */
  suggestInt(name: string, low: number, high: number, options?: IntOptions): number {
    const known = this.#known(name, 'int', low, high, options);
    return this.suggest(name, known ?? intDistribution(low, high, options)) as number;
  }

  /** One of `choices`: null, booleans, numbers or strings. Otherwise as suggestFloat. */
  suggestCategorical<const T extends Choice>(name: string, choices: readonly T[]): T {
    return this.suggest(name, categoricalDistribution(choices)) as T;
  }

  /** A value of `distribution`. Otherwise as suggestFloat. */
  suggest(name: string, distribution: Distribution): ParamValue {
    if (typeof name !== 'string') throw invalidArgument('name', 'a string', name);
    const trial = this.#trial;
    if (Object.hasOwn(trial.params, name)) return this.#suggestedBefore(trial, name, distribution);
    if (isFinished(trial.state)) throw new UpdateFinishedTrialError(trial.number, trial.state);
    this.#context.checkKnown(name, distribution);

    const internal = toInternal(distribution, this.#choose(trial, name, distribution), name);
    const { storage } = this.#context;
    this.#context.write(this.id, storage.setTrialParam(this.id, name, internal, distribution));
    return toExternal(distribution, internal);
  }

  /**
   * Reports the objective's value after step `step` (0, 1, 2, ...), for the pruner. NaN and
   * Infinity are reports too. A second report of a step is ignored. Rejects with
   * InvalidArgumentError, MultiObjectiveError, UpdateFinishedTrialError.
   */
  async report(value: number, step: number): Promise<void> {
    this.#checkSingleObjective('trial.report');
    checkReport(value, step);
    await this.#context.flush(this.id);
    if (this.#trial.intermediateValues.has(step)) {
      warn(`trial ${this.number} has reported step ${step} before; the second report is ignored`);
      return;
    }
    await this.#context.storage.setTrialIntermediateValue(this.id, step, value);
  }

  /**
   * Whether the pruner would give up this trial. Rejects with MultiObjectiveError, and with
   * InvalidArgumentError if the pruner's answer is no boolean.
   */
  async shouldPrune(): Promise<boolean> {
    this.#checkSingleObjective('trial.shouldPrune');
    await this.#context.flush(this.id);
    await this.#context.storage.sync(this.#context.studyId);
    const prune = await this.#pruner.prune(this.#view, this.#trial);
    await this.#context.flush(this.id);
    if (typeof prune !== 'boolean') {
      throw invalidArgument("the pruner's answer", 'a boolean', prune);
    }
    return prune;
  }

  /** Notes something about the trial; `value` is anything that JSON can hold. */
  async setUserAttr(key: string, value: unknown): Promise<void> {
    if (typeof key !== 'string') throw invalidArgument('key', 'a string', key);
    const json = toJson('value', value);
    await this.#context.flush(this.id);
    await this.#context.storage.setTrialUserAttr(this.id, key, json);
  }

  /**
   * Sets a constraint: the trial is feasible if all of them are 0 or less. A second value for a key
   * is ignored. Rejects with InvalidArgumentError for what is no number.
   */
  async setConstraint(key: string, value: number): Promise<void> {
    checkConstraint(key, value);
    await this.#context.flush(this.id);
    if (Object.hasOwn(this.#trial.systemAttrs, constraintPrefix + key)) {
      warn(`trial ${this.number} has constraint '${key}' already; the second value is ignored`);
      return;
    }
    await this.#context.storage.setTrialSystemAttr(this.id, constraintPrefix + key, value);
  }

  /** The study's distribution of that name if it is the one described, which need not be made anew. */
  #known(
    name: string,
    kind: 'float' | 'int',
    low: number,
    high: number,
    options: FloatOptions | IntOptions | undefined,
  ): Distribution | undefined {
    if (options !== undefined) return undefined;
    const known = this.#context.distribution(name);
    if (known?.kind !== kind || known.low !== low || known.high !== high) return undefined;
    return !known.log && known.step === (kind === 'int' ? 1 : null) ? known : undefined;
  }

  /** @internal Draws now what is drawn jointly, unless enqueued values may make that needless. */
  drawJointly(): void {
    const trial = this.#trial;
    if (!Object.hasOwn(trial.systemAttrs, 'fixed_params')) this.#chooseRelative(trial);
  }

  /** @internal Whether it is of the same study, which may have been opened more than once. */
  isOf({ storage, studyId }: StudyContext): boolean {
    return storage === this.#context.storage && studyId === this.#context.studyId;
  }

  /** As the storage keeps it now. */
  get #trial(): FrozenTrial {
    return this.#context.trial(this.id);
  }

  /** The value of a new parameter: enqueued, the only one, chosen jointly, or chosen by itself. */
  #choose(trial: FrozenTrial, name: string, distribution: Distribution): ParamValue {
    const fixed = trial.systemAttrs['fixed_params'] as
      | Readonly<Record<string, ParamValue>>
      | undefined;
    if (fixed && Object.hasOwn(fixed, name)) {
      const value = fixed[name]!;
      if (!contains(distribution, toInternal(distribution, value, name))) {
        warn(`the enqueued ${show(value)} of '${name}' is outside of the suggested range`);
      }
      return value;
    }
    if (isSingle(distribution)) return singleValue(distribution);
    if (distribution.kind !== 'categorical') checkWidth(distribution);
    const { space, values } = this.#chooseRelative(trial);
    if (values.has(name)) {
      this.#context.checkCompatible(name, space.get(name) ?? distribution, distribution);
      const value = values.get(name)!;
      if (contains(distribution, toInternal(distribution, value, name))) return value;
    }
    return this.#sampler.sampleIndependent(
      samplerView(this.#view, trial, this.#pruner),
      trial,
      name,
      distribution,
    );
  }

  #chooseRelative(trial: FrozenTrial) {
    if (!this.#relative) {
      const sampler = this.#sampler;
      const view = samplerView(this.#view, trial, this.#pruner);
      const space = sampler.inferRelativeSearchSpace?.(view, trial) ?? emptySpace;
      const values = sampler.sampleRelative?.(view, trial, space) ?? noValues;
      if (typeof values.has !== 'function' || typeof values.get !== 'function') {
        throw invalidArgument("the result of the sampler's sampleRelative", 'a Map', values);
      }
      this.#relative = { space, values };
    }
    return this.#relative;
  }

  #suggestedBefore(trial: FrozenTrial, name: string, distribution: Distribution): ParamValue {
    const known = trial.distributions[name]!;
    this.#context.checkCompatible(name, known, distribution);
    if (!sameDistribution(known, distribution)) {
      warn(
        `'${name}' was suggested in trial ${trial.number} with another range; the first one holds`,
      );
    }
    return trial.params[name]!;
  }

  #checkSingleObjective(what: string): void {
    if (this.#context.directions.length > 1) {
      throw new MultiObjectiveError(what, 'prune by yourself instead');
    }
  }
}
