import { NoBestTrialError } from '../errors.js';
import {
  constraintsOf,
  type Direction,
  type FrozenTrial,
  violation,
} from '../trial/frozen-trial.js';
import { onParetoFront, toLosses } from './pareto.js';

/**
 * The complete trial with the best value; of equal ones the first that was complete. If it breaks a
 * constraint, the best that breaks none, of equal ones that of the lowest number. Throws
 * NoBestTrialError.
 */
export function bestTrial(trials: readonly FrozenTrial[], direction: Direction): FrozenTrial {
  const complete = trials.filter((trial) => trial.state === 'complete');
  const best = firstBest(complete, direction, (trial) => Number(trial.datetimeComplete));
  if (!best) throw new NoBestTrialError('no trial is complete yet');
  if (violation(best) === 0) return best;
  const feasible = firstBest(
    complete.filter((trial) => violation(trial) === 0),
    direction,
    (trial) => trial.number,
  );
  if (!feasible) throw new NoBestTrialError('no complete trial keeps its constraints');
  return feasible;
}

/** The trial with the best value; of equal ones that of the smallest `order`, then the first. */
function firstBest(
  trials: readonly FrozenTrial[],
  direction: Direction,
  order: (trial: FrozenTrial) => number,
): FrozenTrial | undefined {
  const sign = direction === 'minimize' ? 1 : -1;
  let best: FrozenTrial | undefined;
  for (const trial of trials) {
    if (best !== undefined) {
      const [value, least] = [sign * trial.values![0]!, sign * best.values![0]!];
      if (value > least || (value === least && order(trial) >= order(best))) continue;
    }
    best = trial;
  }
  return best;
}

/**
 * The complete trials that no other dominates, by number. As soon as any trial has constraints, only
 * those count that keep theirs.
 */
export function paretoFront(
  trials: readonly FrozenTrial[],
  directions: readonly Direction[],
): FrozenTrial[] {
  const constrained = trials.some(
    (trial) => Object.keys(constraintsOf(trial.systemAttrs)).length > 0,
  );
  const candidates = trials.filter(
    (trial) => trial.state === 'complete' && (!constrained || violation(trial) === 0),
  );
  const losses = candidates.map((trial) => toLosses(trial.values!, directions));
  const isOn = onParetoFront(losses);
  return candidates.filter((_, i) => isOn[i]);
}
