// Hypervolumes of sets of losses (all objectives minimised) below a reference point, and the greedy
// choice of the subset that covers most of it (Guerreiro, Fonseca, Paquete: Greedy hypervolume
// subset selection in low dimensions, 2016).

import { compareRows } from '../../pareto.js';

type Point = readonly number[];

/** Volume of the box between `point` and `reference`. */
function boxVolume(point: Point, reference: Point): number {
  return point.reduce((volume, x, i) => volume * (reference[i]! - x), 1);
}

/** Whether `a` is nowhere worse than `b`. */
function covers(a: Point, b: Point): boolean {
  return a.every((x, i) => x <= b[i]!);
}

/** The volume that `points` dominate below `reference` (While, Bradstreet, Barone: WFG, 2012). */
export function hypervolume(points: readonly Point[], reference: Point): number {
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
export function selectByHypervolume(
  losses: readonly Point[],
  reference: Point,
  size: number,
): Set<number> {
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
