import { invalidArgument, show } from '../../errors.js';
import {
  contains,
  type Distribution,
  type ParamValue,
  type SearchSpace,
  toInternal,
} from '../distributions/distributions.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial, TrialState } from '../trial/frozen-trial.js';
import { warn } from '../warn.js';
import { emptySpace, noValues, type Sampler } from './sampler.js';

/** Gives some parameters fixed values and lets another sampler choose the others. */
export class PartialFixedSampler implements Sampler {
  readonly #fixed: ReadonlyMap<string, ParamValue>;
  readonly #base: Sampler;

  /**
   * @param fixedParams values by name. One out of the suggested range is used, with a warning; one of
   *   another kind makes the suggestion throw InvalidArgumentError. A parameter with a single value
   *   has that.
   * @param baseSampler chooses the others.
   * Throws InvalidArgumentError.
   */
  constructor(fixedParams: Readonly<Record<string, ParamValue>>, baseSampler: Sampler) {
    if (typeof fixedParams !== 'object' || fixedParams === null || Array.isArray(fixedParams)) {
      throw invalidArgument('fixedParams', 'an object of values by name', fixedParams);
    }
    if (typeof baseSampler?.sampleIndependent !== 'function') {
      throw invalidArgument('baseSampler', 'a Sampler', baseSampler);
    }
    for (const [name, value] of Object.entries(fixedParams)) {
      if (value !== null && !['boolean', 'number', 'string'].includes(typeof value)) {
        throw invalidArgument(
          `fixedParams['${name}']`,
          'null, a boolean, a number or a string',
          value,
        );
      }
    }
    this.#fixed = new Map(Object.entries(fixedParams));
    this.#base = baseSampler;
  }

  beforeTrial(study: StudyView, trial: FrozenTrial): void | Promise<void> {
    return this.#base.beforeTrial?.(study, trial);
  }

  inferRelativeSearchSpace(study: StudyView, trial: FrozenTrial): SearchSpace {
    return this.#free(this.#base.inferRelativeSearchSpace?.(study, trial) ?? emptySpace);
  }

  sampleRelative(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue> {
    // A sampler may choose more than it was asked for: TPE in groups does.
    return this.#free(this.#base.sampleRelative?.(study, trial, space) ?? noValues);
  }

  sampleIndependent(
    study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue {
    const value = this.#fixed.get(name);
    if (value === undefined) {
      return this.#base.sampleIndependent(study, trial, name, distribution);
    }
    if (!contains(distribution, toInternal(distribution, value, `the fixed '${name}'`))) {
      warn(`the fixed ${show(value)} of '${name}' is outside of the suggested range`);
    }
    return value;
  }

  afterTrial(
    study: StudyView,
    trial: FrozenTrial,
    state: TrialState,
    values: readonly number[] | null,
  ): void | Promise<void> {
    return this.#base.afterTrial?.(study, trial, state, values);
  }

  #free<T>(byName: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    return new Map([...byName].filter(([name]) => !this.#fixed.has(name)));
  }
}
