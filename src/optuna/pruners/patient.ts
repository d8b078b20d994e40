import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import { checkCount } from './check-count.js';
import type { Pruner } from './pruner.js';
import { bestOf } from './reports.js';

/** Options of PatientPruner. */
export interface PatientPrunerOptions {
  /** By how much the reports must have become worse to count as such, 0 or more. Default 0. */
  minDelta?: number;
}

/**
 * Lets another pruner judge a trial only when its reports have not become better for some time: when
 * the best of the last `patience` + 1 reports is worse, by more than `minDelta`, than the best of those
 * before.
 */
export class PatientPruner implements Pruner {
  readonly #wrapped: Pruner | null;
  readonly #patience: number;
  readonly #minDelta: number;

  /**
   * @param wrappedPruner judges; with null such a trial is pruned at once.
   * @param patience reports, 0 or more.
   * Throws InvalidArgumentError.
   */
  constructor(wrappedPruner: Pruner | null, patience: number, options: PatientPrunerOptions = {}) {
    checkOptionNames('PatientPruner', options, ['minDelta']);
    const { minDelta = 0 } = options;
    if (wrappedPruner !== null && typeof wrappedPruner?.prune !== 'function') {
      throw invalidArgument('wrappedPruner', 'a Pruner or null', wrappedPruner);
    }
    checkCount('patience', patience, 0);
    if (!(typeof minDelta === 'number' && minDelta >= 0)) {
      throw invalidArgument('minDelta', 'a number from 0', minDelta);
    }
    this.#wrapped = wrappedPruner;
    this.#patience = patience;
    this.#minDelta = minDelta;
  }

  /** One of the same options, around such a pruner, that remembers nothing yet. */
  forTrial(): PatientPruner {
    const wrapped = this.#wrapped?.forTrial?.() ?? this.#wrapped;
    return new PatientPruner(wrapped, this.#patience, { minDelta: this.#minDelta });
  }

  prune(study: StudyView, trial: FrozenTrial): boolean | Promise<boolean> {
    const begin = trial.intermediateValues.size - this.#patience - 1;
    if (begin <= 0) return false;
    const values = [...trial.intermediateValues]
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
    const direction = study.directions[0]!;
    const before = bestOf(values.slice(0, begin), direction);
    const after = bestOf(values.slice(begin), direction);
    const isWorse =
      direction === 'minimize' ? before + this.#minDelta < after : before - this.#minDelta > after;
    if (!isWorse) return false;
    return this.#wrapped === null || this.#wrapped.prune(study, trial);
  }
}
