import { InvalidArgumentError, invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { StudyView } from '../study/study-context.js';
import { type Direction, type FrozenTrial, lastStep } from '../trial/frozen-trial.js';
import { checkCount } from './check-count.js';
import type { Pruner } from './pruner.js';

/** Options of SuccessiveHalvingPruner. */
export interface SuccessiveHalvingPrunerOptions {
  /**
   * Steps after which a trial is first judged, 1 or more. 'auto': a hundredth of the last step of the
   * longest complete trial, once there is one; nothing is pruned before. Default 'auto'.
   */
  minResource?: number | 'auto';
  /** Of so many trials, 2 or more, one goes on to the next rung, so many times as far. Default 4. */
  reductionFactor?: number;
  /** So many rungs, 0 or more, are left out at the beginning. Default 0. */
  minEarlyStoppingRate?: number;
  /**
   * No trial goes on from a rung that not more than so many, 0 or more, have reached, itself included.
   * Needs minResource. Default 0.
   */
  bootstrapCount?: number;
}

const optionNames = ['minResource', 'reductionFactor', 'minEarlyStoppingRate', 'bootstrapCount'];

/**
 * Asynchronous successive halving (Jamieson and Talwalkar, Non-stochastic best arm identification and
 * hyperparameter optimization, 2016; Li et al., A system for massively parallel hyperparameter tuning,
 * 2020): rung k is at step minResource * reductionFactor^(minEarlyStoppingRate + k). A trial that
 * arrives there goes on if it is among the best 1/reductionFactor of those that arrived so far, of any
 * state; the first ones do if they are the best. What a trial had at a rung is its system attribute
 * `completed_rung_<k>`.
 */
export class SuccessiveHalvingPruner implements Pruner {
  readonly #options: SuccessiveHalvingPrunerOptions;
  #minResource: number | undefined;
  readonly #reductionFactor: number;
  readonly #minEarlyStoppingRate: number;
  readonly #bootstrapCount: number;

  /** Throws InvalidArgumentError for options out of range or that exclude each other. */
  constructor(options: SuccessiveHalvingPrunerOptions = {}) {
    checkOptionNames('SuccessiveHalvingPruner', options, optionNames);
    const {
      minResource = 'auto',
      reductionFactor = 4,
      minEarlyStoppingRate = 0,
      bootstrapCount = 0,
    } = options;
    if (minResource !== 'auto' && !(Number.isInteger(minResource) && minResource >= 1)) {
      throw invalidArgument('minResource', "an integer from 1 or 'auto'", minResource);
    }
    checkCount('reductionFactor', reductionFactor, 2);
    checkCount('minEarlyStoppingRate', minEarlyStoppingRate, 0);
    checkCount('bootstrapCount', bootstrapCount, 0);
    if (bootstrapCount > 0 && minResource === 'auto') {
      throw new InvalidArgumentError(
        `bootstrapCount must be 0 with minResource 'auto', not ${bootstrapCount}`,
      );
    }
    this.#options = { ...options };
    this.#minResource = minResource === 'auto' ? undefined : minResource;
    this.#reductionFactor = reductionFactor;
    this.#minEarlyStoppingRate = minEarlyStoppingRate;
    this.#bootstrapCount = bootstrapCount;
  }

  /** One of the same options that remembers nothing yet. */
  forTrial(): SuccessiveHalvingPruner {
    return new SuccessiveHalvingPruner(this.#options);
  }

  prune(study: StudyView, trial: FrozenTrial): boolean {
    const step = lastStep(trial);
    if (step === undefined) return false;
    const value = trial.intermediateValues.get(step)!;
    this.#minResource ??= estimatedMinResource(study);
    if (this.#minResource === undefined) return false;
    let others: readonly FrozenTrial[] | undefined;
    for (let rung = nextRung(trial); ; rung += 1) {
      const rungStep =
        this.#minResource * this.#reductionFactor ** (this.#minEarlyStoppingRate + rung);
      if (step < rungStep) return false;
      if (Number.isNaN(value)) return true;
      others ??= study.trials().filter(({ number }) => number !== trial.number);
      const key = rungKey(rung);
      const competing = others
        .filter(({ systemAttrs }) => Object.hasOwn(systemAttrs, key))
        .map(({ systemAttrs }) => systemAttrs[key] as number);
      competing.push(value);
      study.setTrialSystemAttr(trial.id, key, value);
      if (competing.length <= this.#bootstrapCount) return true;
      if (!isAmongBest(value, competing, this.#reductionFactor, study.directions[0]!)) return true;
    }
  }
}

function rungKey(rung: number): string {
  return `completed_rung_${rung}`;
}

/** The first rung at which the trial has not been judged. */
function nextRung({ systemAttrs }: FrozenTrial): number {
  let rung = 0;
  while (Object.hasOwn(systemAttrs, rungKey(rung))) rung += 1;
  return rung;
}

function estimatedMinResource(study: StudyView): number | undefined {
  const last = largestStep(study);
  return last === undefined ? undefined : Math.max(Math.floor(last / 100), 1);
}

/** The last step of the longest complete trial; undefined if none has reported. */
export function largestStep(study: StudyView): number | undefined {
  const steps = study.trials({ states: ['complete'] }).map(lastStep);
  return steps.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}

/** Whether one of `values` is in their best part, of which there is one at least. */
function isAmongBest(
  value: number,
  values: number[],
  reductionFactor: number,
  direction: Direction,
): boolean {
  const position = Math.max(Math.floor(values.length / reductionFactor) - 1, 0);
  values.sort((a, b) => a - b);
  return direction === 'minimize'
    ? value <= values[position]!
    : value >= values[values.length - 1 - position]!;
}
