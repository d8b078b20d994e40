import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { NoBestTrialError } from '../errors.js';
import { bestTrial } from '../study/best.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import { warn } from '../warn.js';
import { checkCount } from './check-count.js';
import type { Pruner } from './pruner.js';
import { wilcoxonPValue } from './wilcoxon-test.js';

/** Options of WilcoxonPruner. */
export interface WilcoxonPrunerOptions {
  /** A trial is pruned if the p-value is below, 0..1. Default 0.1. */
  pThreshold?: number;
  /** Nothing is pruned before so many steps are in common; 2 at least. Default 2. */
  nStartupSteps?: number;
}

/**
 * Prunes a trial whose reports are worse than the best trial's at the same steps, by a one-sided
 * Wilcoxon signed-rank test (Wilcoxon, Individual comparisons by ranking methods, 1945). For
 * objectives that are means over instances (folds, problems): report each instance's value with the
 * instance as step, in an order of your own, and return the mean. A trial with a better mean so far
 * than the best trial's is kept. Where either has reports that are not finite, nothing is pruned.
 */
export class WilcoxonPruner implements Pruner {
  readonly #pThreshold: number;
  readonly #nStartupSteps: number;

  /** Throws InvalidArgumentError for options out of range. */
  constructor(options: WilcoxonPrunerOptions = {}) {
    checkOptionNames('WilcoxonPruner', options, ['pThreshold', 'nStartupSteps']);
    const { pThreshold = 0.1, nStartupSteps = 2 } = options;
    if (!(typeof pThreshold === 'number' && pThreshold >= 0 && pThreshold <= 1)) {
      throw invalidArgument('pThreshold', 'a number in 0..1', pThreshold);
    }
    checkCount('nStartupSteps', nStartupSteps, 0);
    this.#pThreshold = pThreshold;
    this.#nStartupSteps = nStartupSteps;
  }

  prune(study: StudyView, trial: FrozenTrial): boolean {
    const own = trial.intermediateValues;
    if (own.size === 0) return false;
    if (!areFinite(own)) {
      warn(
        `trial ${trial.number} is kept: WilcoxonPruner cannot compare reports that are not finite`,
      );
      return false;
    }
    const best = bestReports(study);
    if (best === undefined) return false;
    const differences: number[] = [];
    for (const [step, value] of own) {
      if (best.has(step)) differences.push(value - best.get(step)!);
    }
    if (differences.length < own.size) {
      warn(`WilcoxonPruner ignores steps of trial ${trial.number} that the best trial has not`);
    }
    if (differences.length < Math.max(2, this.#nStartupSteps)) return false;
    const maximize = study.directions[0] === 'maximize';
    const p = wilcoxonPValue(differences, maximize ? 'less' : 'greater');
    if (!(p < this.#pThreshold)) return false;
    return maximize ? mean(best) > mean(own) : mean(best) < mean(own);
  }
}

/** The best trial's reports; undefined if they cannot be compared. */
function bestReports(study: StudyView): ReadonlyMap<number, number> | undefined {
  let best: FrozenTrial;
  try {
    best = bestTrial(study.trials(), study.directions[0]!);
  } catch (error) {
    if (error instanceof NoBestTrialError) return undefined;
    throw error;
  }
  const { number, intermediateValues } = best;
  if (intermediateValues.size > 0 && areFinite(intermediateValues)) return intermediateValues;
  const what = intermediateValues.size === 0 ? 'no reports' : 'reports that are not finite';
  warn(`WilcoxonPruner cannot compare with the best trial, ${number}, which has ${what}`);
  return undefined;
}

function areFinite(reports: ReadonlyMap<number, number>): boolean {
  return [...reports.values()].every(Number.isFinite);
}

function mean(reports: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const value of reports.values()) sum += value;
  return sum / reports.size;
}
