// What TPE takes for good trials, by the plain rules and from all of them at once: slow, and the oracle of
// what is kept up to date.

import { prunedKey } from '../../src/optuna/samplers/tpe/pruned-key.js';
import { compareRows, covers, dominates, toLosses } from '../../src/optuna/study/pareto.js';
import {
  type Direction,
  type FrozenTrial,
  violation,
} from '../../src/optuna/trial/frozen-trial.js';

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
  return slowBestByRank(losses, nBelow).map((i) => trials[i]!);
}

/** Whole ranks as far as they fit; of the next rank those that cover the largest hypervolume. */
export function slowBestByRank(losses: readonly (readonly number[])[], nBelow: number): number[] {
  const ranks = nonDominationRanks(losses, nBelow);
  const best: number[] = [];
  for (let rank = 0; best.length < nBelow; rank += 1) {
    const members = [...losses.keys()].filter((i) => ranks[i] === rank);
    const free = nBelow - best.length;
    if (members.length <= free) {
      best.push(...members);
    } else {
      const front = members.map((i) => losses[i]!);
      const chosen = slowSelect(front, referencePoint(front), free);
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

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The rank of every row of losses: 0 for those that none dominates, 1 for those that only rank 0
 * dominates, and so on, until `enough` rows are ranked; the rest share the next rank.
 */
export function nonDominationRanks(
  losses: readonly (readonly number[])[],
  enough = losses.length,
): Int32Array {
  const ranks = new Int32Array(losses.length);
  // In lexicographic order only an earlier row can dominate a later one.
  let left = [...losses.keys()].sort((a, b) => compareRows(losses[a]!, losses[b]!));
  for (let rank = 0; left.length > 0; rank += 1) {
    const done = losses.length - left.length >= enough;
    const front: number[] = [];
    const rest: number[] = [];
    for (const i of left) {
      const beaten = !done && front.some((j) => dominates(losses[j]!, losses[i]!));
      (beaten ? rest : front).push(i);
    }
    for (const i of front) ranks[i] = rank;
    left = rest;
  }
  return ranks;
}

type Point = readonly number[];

/** Volume of the box between `point` and `reference`. */
function boxVolume(point: Point, reference: Point): number {
  return point.reduce((volume, x, i) => volume * (reference[i]! - x), 1);
}

/** The volume that `points` dominate below `reference` (While, Bradstreet, Barone: WFG, 2012). */
function hypervolume(points: readonly Point[], reference: Point): number {
  let volume = 0;
  for (const [i, point] of points.entries()) {
    volume += exclusiveVolume(point, points.slice(i + 1), reference);
  }
  return volume;
}

/** The volume that `point` dominates and none of `others` does. */
function exclusiveVolume(point: Point, others: readonly Point[], reference: Point): number {
  const inclusive = boxVolume(point, reference);
  if (inclusive === Number.POSITIVE_INFINITY || others.length === 0) return inclusive;
  const limited = others.map((other) => other.map((x, i) => Math.max(x, point[i]!)));
  const front = limited.filter(
    (a, i) => !limited.some((b, j) => j !== i && covers(b, a) && (j < i || !covers(a, b))),
  );
  return inclusive - hypervolume(front, reference);
}

/**
 * Positions of `size` of the mutually non-dominated `losses`, chosen one after the other so that
 * each adds most to the hypervolume below `reference`. Duplicates come last.
 */
export function slowSelect(losses: readonly Point[], reference: Point, size: number): Set<number> {
  if (size >= losses.length) return new Set(losses.keys());
  const unique = uniqueInOrder(losses);
  if (unique.length < size) {
    const chosen = new Set(unique);
    for (let i = 0; chosen.size < size; i += 1) chosen.add(i);
    return chosen;
  }
  if (!reference.every(Number.isFinite)) return new Set(unique.slice(0, size));
  const points = unique.map((i) => losses[i]!);
  const select = reference.length === 2 ? selectPlanar : selectLazily;
  return new Set(select(points, reference, size).map((i) => unique[i]!));
}

/** The first positions of different rows, in lexicographic order of the rows. */
function uniqueInOrder(losses: readonly Point[]): number[] {
  const order = [...losses.keys()].sort((a, b) => compareRows(losses[a]!, losses[b]!) || a - b);
  return order.filter((i, k) => k === 0 || compareRows(losses[order[k - 1]!]!, losses[i]!) !== 0);
}

/** Two objectives, rows in lexicographic order: what a row would add is a rectangle. */
function selectPlanar(points: readonly Point[], reference: Point, size: number): number[] {
  const corners = points.map(() => [reference[0]!, reference[1]!] as [number, number]);
  const left = new Set(points.keys());
  const chosen: number[] = [];
  while (chosen.length < size) {
    const best = firstLargest(left, (i) => boxVolume(points[i]!, corners[i]!));
    chosen.push(best);
    left.delete(best);
    const [x, y] = points[best]! as [number, number];
    for (const [i, corner] of corners.entries()) {
      if (i < best) corner[0] = Math.min(corner[0], x);
      if (i > best) corner[1] = Math.min(corner[1], y);
    }
  }
  return chosen;
}

/** Any number of objectives. What a point adds only shrinks, so an old value is an upper bound. */
function selectLazily(points: readonly Point[], reference: Point, size: number): number[] {
  const gains = points.map((point) => boxVolume(point, reference));
  const left = new Set(points.keys());
  const chosen: number[] = [];
  let covered = 0;
  while (chosen.length < size) {
    const best = firstLargest(left, (i) => gains[i]!);
    covered += gains[best]!;
    chosen.push(best);
    left.delete(best);
    if (covered === Number.POSITIVE_INFINITY) {
      gains.fill(covered);
      continue;
    }
    const selected = chosen.map((i) => points[i]!);
    let largest = 0;
    for (const i of [...left].sort((a, b) => gains[b]! - gains[a]! || a - b)) {
      if (gains[i]! < largest) break;
      gains[i] = exclusiveVolume(points[i]!, selected, reference);
      largest = Math.max(largest, gains[i]!);
    }
  }
  return chosen;
}

function firstLargest(candidates: Iterable<number>, value: (i: number) => number): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (const i of candidates) {
    const v = value(i);
    if (best < 0 || v > largest) {
      best = i;
      largest = v;
    }
  }
  return best;
}
