import { invalidArgument } from '../../errors.js';
import type { Distribution, ParamValue, SearchSpace } from '../distributions/distributions.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial, TrialState } from '../trial/frozen-trial.js';

/**
 * Chooses parameters. The study calls, for every trial: beforeTrial; at the first parameter that is
 * neither enqueued nor single-valued, inferRelativeSearchSpace and sampleRelative; for every
 * parameter that these did not give, sampleIndependent; and afterTrial before the result is stored.
 * A sampler that chooses every parameter by itself needs sampleIndependent alone.
 *
 * What samples is synchronous, because `trial.suggest...` is.
 */
export interface Sampler {
  /** Called when a trial has started, before its first parameter. */
  beforeTrial?(study: StudyView, trial: FrozenTrial): void | Promise<void>;
  /** The parameters that sampleRelative will choose together. */
  inferRelativeSearchSpace?(study: StudyView, trial: FrozenTrial): SearchSpace;
  /** Values by name; may leave names out. */
  sampleRelative?(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue>;
  /** The value of one parameter, chosen by itself: inside its distribution. */
  sampleIndependent(
    study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue;
  /** `state` and `values` are what the trial is about to become. */
  afterTrial?(
    study: StudyView,
    trial: FrozenTrial,
    state: TrialState,
    values: readonly number[] | null,
  ): void | Promise<void>;
  /**
   * A sampler for the trial of that number alone, whose random numbers depend on this one's seed and
   * the number, not on what was drawn before; it may share what this one remembers of trials.
   * `study.optimize({ deterministic: true })` needs it.
   */
  forTrial?(number: number): Sampler;
  /**
   * The sampler for the trials of a batch, whose joint values are drawn one after the other before any of
   * them has a result: this one, or one that draws from its stream and lets running trials count.
   */
  forBatch?(): Sampler;
}

/** The sampler itself. Throws InvalidArgumentError if it is none. */
export function checkedSampler(sampler: Sampler): Sampler {
  if (typeof sampler?.sampleIndependent === 'function') return sampler;
  throw invalidArgument('sampler', 'a Sampler', sampler);
}

/** Nothing to choose together. */
export const emptySpace: SearchSpace = new Map();
export const noValues: ReadonlyMap<string, ParamValue> = new Map();
