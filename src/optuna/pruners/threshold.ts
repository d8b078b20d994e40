import { InvalidArgumentError, invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { StudyView } from '../study/study-context.js';
import { type FrozenTrial, lastStep } from '../trial/frozen-trial.js';
import { checkCount } from './check-count.js';
import { isFirstInInterval } from './interval.js';
import type { Pruner } from './pruner.js';

/** Options of ThresholdPruner. */
export interface ThresholdPrunerOptions {
  /** A report below is pruned. One of the bounds must be given. Default -Infinity. */
  lower?: number;
  /** A report above is pruned. Default Infinity. */
  upper?: number;
  /** A trial is not pruned before this step, 0 or more. Default 0. */
  nWarmupSteps?: number;
  /** A trial is judged once in so many steps, 1 or more. Default 1. */
  intervalSteps?: number;
}

const optionNames = ['lower', 'upper', 'nWarmupSteps', 'intervalSteps'];

/** Prunes a trial whose last report is out of bounds, or NaN. */
export class ThresholdPruner implements Pruner {
  readonly #lower: number;
  readonly #upper: number;
  readonly #nWarmupSteps: number;
  readonly #intervalSteps: number;

  /** Throws InvalidArgumentError without bounds, and for options out of range. */
  constructor(options: ThresholdPrunerOptions) {
    checkOptionNames('ThresholdPruner', options, optionNames);
    if (options.lower === undefined && options.upper === undefined) {
      throw new InvalidArgumentError('lower or upper must be given');
    }
    const { lower = -Infinity, upper = Infinity, nWarmupSteps = 0, intervalSteps = 1 } = options;
    for (const [name, bound] of Object.entries({ lower, upper })) {
      if (typeof bound !== 'number' || Number.isNaN(bound)) {
        throw invalidArgument(name, 'a number', bound);
      }
    }
    if (lower > upper) {
      throw new InvalidArgumentError(
        `lower must not exceed upper: lower is ${lower}, upper is ${upper}`,
      );
    }
    checkCount('nWarmupSteps', nWarmupSteps, 0);
    checkCount('intervalSteps', intervalSteps, 1);
    this.#lower = lower;
    this.#upper = upper;
    this.#nWarmupSteps = nWarmupSteps;
    this.#intervalSteps = intervalSteps;
  }

  prune(_study: StudyView, trial: FrozenTrial): boolean {
    const step = lastStep(trial);
    if (step === undefined || step < this.#nWarmupSteps) return false;
    if (!isFirstInInterval(trial, step, this.#nWarmupSteps, this.#intervalSteps)) return false;
    const value = trial.intermediateValues.get(step)!;
    return !(value >= this.#lower && value <= this.#upper);
  }
}
