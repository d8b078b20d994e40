import { type Direction, type FrozenTrial, lastStep, violation } from '../../frozen-trial.js';
import { nonDominationRanks, toLosses } from '../../pareto.js';
import { selectByHypervolume } from './hypervolume.js';

export interface Split {
  /** The good trials, in the order of their numbers. */
  below: FrozenTrial[];
  /** The others, running ones included, in the order of their numbers. */
  above: FrozenTrial[];
}

/**
 * Divides trials into the `nBelow` good ones and the rest: complete trials first, then pruned ones,
 * then infeasible ones. Running trials are never good.
 */
export function splitTrials(
  trials: readonly FrozenTrial[],
  directions: readonly Direction[],
  nBelow: number,
): Split {
  const running: FrozenTrial[] = [];
  const infeasible: FrozenTrial[] = [];
  const complete: FrozenTrial[] = [];
  const pruned: FrozenTrial[] = [];
  for (const trial of trials) {
    if (trial.state === 'running') running.push(trial);
    else if (violation(trial) > 0) infeasible.push(trial);
    else if (trial.state === 'complete') complete.push(trial);
    else pruned.push(trial);
  }
  const below = new Set<FrozenTrial>();
  const take = (good: readonly FrozenTrial[]): void => {
    for (const trial of good) below.add(trial);
  };
  take(bestComplete(complete, directions, nBelow));
  take(sortPruned(pruned, directions[0]!).slice(0, nBelow - below.size));
  take(
    infeasible.sort((a, b) => compare(violation(a), violation(b))).slice(0, nBelow - below.size),
  );
  return {
    below: trials.filter((trial) => below.has(trial)),
    above: trials.filter((trial) => !below.has(trial)),
  };
}

function bestComplete(
  trials: readonly FrozenTrial[],
  directions: readonly Direction[],
  nBelow: number,
): readonly FrozenTrial[] {
  if (nBelow >= trials.length) return trials;
  if (nBelow === 0) return [];
  const losses = trials.map((trial) => toLosses(trial.values!, directions));
  if (directions.length === 1) {
    const order = [...trials.keys()].sort((a, b) => compare(losses[a]![0]!, losses[b]![0]!));
    return order.slice(0, nBelow).map((i) => trials[i]!);
  }
  return bestByRank(losses, nBelow).map((i) => trials[i]!);
}

/** Whole ranks as far as they fit; of the next rank those that cover the largest hypervolume. */
export function bestByRank(losses: readonly (readonly number[])[], nBelow: number): number[] {
  const ranks = nonDominationRanks(losses, nBelow);
  const best: number[] = [];
  for (let rank = 0; best.length < nBelow; rank += 1) {
    const members = [...losses.keys()].filter((i) => ranks[i] === rank);
    const free = nBelow - best.length;
    if (members.length <= free) {
      best.push(...members);
    } else {
      const front = members.map((i) => losses[i]!);
      const chosen = selectByHypervolume(front, referencePoint(front), free);
      best.push(...members.filter((_, k) => chosen.has(k)));
    }
  }
  return best;
}

/** A point a little worse than the worst in every objective. */
function referencePoint(losses: readonly (readonly number[])[]): number[] {
  return losses[0]!.map((_, objective) => {
    const worst = Math.max(...losses.map((row) => row[objective]!));
    return Math.max(1.1 * worst, 0.9 * worst) || 1e-12;
  });
}

/** Those that got further first, then by their last value; those without reports last. */
function sortPruned(trials: readonly FrozenTrial[], direction: Direction): FrozenTrial[] {
  const keys = new Map(trials.map((trial) => [trial, prunedKey(trial, direction)]));
  return [...trials].sort((a, b) => {
    const [stepA, valueA] = keys.get(a)!;
    const [stepB, valueB] = keys.get(b)!;
    return compare(stepA, stepB) || compare(valueA, valueB);
  });
}

export function prunedKey(trial: FrozenTrial, direction: Direction): [number, number] {
  const step = lastStep(trial);
  if (step === undefined) return [1, 0];
  const value = trial.intermediateValues.get(step)!;
  if (Number.isNaN(value)) return [-step, Number.POSITIVE_INFINITY];
  return [-step, direction === 'minimize' ? value : -value];
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
