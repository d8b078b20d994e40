import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { StudyView } from '../study/study-context.js';
import { type FrozenTrial, lastStep } from '../trial/frozen-trial.js';
import { checkCount } from './check-count.js';
import { isFirstInInterval } from './interval.js';
import type { Pruner } from './pruner.js';
import { bestOf } from './reports.js';

/** Options of PercentilePruner and MedianPruner. */
export interface PercentilePrunerOptions {
  /** Nothing is pruned before so many trials, 0 or more, are complete. Default 5. */
  nStartupTrials?: number;
  /** A trial is not pruned before this step, 0 or more. Default 0. */
  nWarmupSteps?: number;
  /** A trial is judged once in so many steps, 1 or more. Default 1. */
  intervalSteps?: number;
  /** So many complete trials, 1 or more, must have reported the step. Default 1. */
  nMinTrials?: number;
}

const optionNames = ['nStartupTrials', 'nWarmupSteps', 'intervalSteps', 'nMinTrials'];

/**
 * Prunes a trial whose best report so far is worse than the given percentile of what the complete
 * trials reported at the same step.
 */
export class PercentilePruner implements Pruner {
  readonly #percentile: number;
  readonly #nStartupTrials: number;
  readonly #nWarmupSteps: number;
  readonly #intervalSteps: number;
  readonly #nMinTrials: number;

  /** `percentile`: 0..100; 25 keeps the best quarter. Throws InvalidArgumentError. */
  constructor(percentile: number, options: PercentilePrunerOptions = {}) {
    checkOptionNames('PercentilePruner', options, optionNames);
    const { nStartupTrials = 5, nWarmupSteps = 0, intervalSteps = 1, nMinTrials = 1 } = options;
    if (!(percentile >= 0 && percentile <= 100)) {
      throw invalidArgument('percentile', 'a number in 0..100', percentile);
    }
    checkCount('nStartupTrials', nStartupTrials, 0);
    checkCount('nWarmupSteps', nWarmupSteps, 0);
    checkCount('intervalSteps', intervalSteps, 1);
    checkCount('nMinTrials', nMinTrials, 1);
    this.#percentile = percentile;
    this.#nStartupTrials = nStartupTrials;
    this.#nWarmupSteps = nWarmupSteps;
    this.#intervalSteps = intervalSteps;
    this.#nMinTrials = nMinTrials;
  }

  prune(study: StudyView, trial: FrozenTrial): boolean {
    const complete = study.trials({ states: ['complete'] });
    if (complete.length === 0 || complete.length < this.#nStartupTrials) return false;
    const step = lastStep(trial);
    if (step === undefined || step < this.#nWarmupSteps) return false;
    if (!isFirstInInterval(trial, step, this.#nWarmupSteps, this.#intervalSteps)) return false;

    const maximize = study.directions[0] === 'maximize';
    const best = bestOf(trial.intermediateValues.values(), study.directions[0]!);
    if (Number.isNaN(best)) return true;
    const others = complete
      .map(({ intermediateValues }) => intermediateValues.get(step))
      .filter((value) => value !== undefined);
    if (others.length < this.#nMinTrials) return false;
    const bound = percentileOf(others, maximize ? 100 - this.#percentile : this.#percentile);
    return maximize ? best < bound : best > bound;
  }
}

/** The percentile of those that are not NaN, between neighbours by linear interpolation. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * (percentile / 100);
  const left = sorted[Math.floor(position)]!;
  const right = sorted[Math.min(Math.floor(position) + 1, sorted.length - 1)]!;
  const part = position - Math.floor(position);
  // From the nearer end, as NumPy does: the result is exact at both.
  return part < 0.5 ? left + (right - left) * part : right - (right - left) * (1 - part);
}
