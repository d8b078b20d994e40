// Hypervolumes of sets of losses (all objectives minimised) below a reference point, and the greedy
// choice of the subset that covers most of it (Guerreiro, Fonseca, Paquete: Greedy hypervolume
// subset selection in low dimensions, 2016).

import { compareRows } from '../../study/pareto.js';
import { GainHeap } from './gain-heap.js';

type Point = readonly number[];

/** Volume of the box between `point` and `reference`. */
function boxVolume(point: Point, reference: Point): number {
  return point.reduce((volume, x, i) => volume * (reference[i]! - x), 1);
}

/** The volume that `points` dominate below `reference` (While, Bradstreet, Barone: WFG, 2012). */
export function hypervolume(points: readonly Point[], reference: Point): number {
  const rows = Float64Array.from(points.flat());
  return new Volumes(reference).dominated(rows, points.length);
}

/** Volumes below one reference point. Points lie one after the other in an array of numbers. */
class Volumes {
  readonly #reference: Float64Array;
  /** Memory of the recursion, by its depth. */
  readonly #scratch: Float64Array[] = [];

  constructor(reference: Point) {
    this.#reference = Float64Array.from(reference);
  }

  /** What the first `count` of `rows` dominate. */
  dominated(rows: Float64Array, count: number, depth = 0): number {
    let volume = 0;
    for (let i = 0; i < count; i += 1) volume += this.#exclusive(rows, i, count, depth);
    return volume;
  }

  /** What both the row at `a` and that at `b` dominate. */
  shared(rows: Float64Array, a: number, b: number): number {
    const reference = this.#reference;
    let volume = 1;
    for (let k = 0; k < reference.length; k += 1) {
      const x = rows[a + k]!;
      const y = rows[b + k]!;
      volume *= reference[k]! - (x > y ? x : y);
    }
    return volume;
  }

  /** What the i-th of `rows` dominates and those from the next to the `count`-th do not. */
  #exclusive(rows: Float64Array, i: number, count: number, depth: number): number {
    const m = this.#reference.length;
    const at = i * m;
    const inclusive = this.shared(rows, at, at);
    if (inclusive === Number.POSITIVE_INFINITY || i + 1 === count) return inclusive;
    if (i + 2 === count) return inclusive - this.shared(rows, at, at + m);
    let front = this.#scratch[depth];
    if (front === undefined || front.length < (count - i) * m) {
      front = new Float64Array(2 * count * m);
      this.#scratch[depth] = front;
    }
    let size = 0;
    for (let j = i + 1; j < count; j += 1) {
      for (let k = 0; k < m; k += 1) {
        const mine = rows[at + k]!;
        const other = rows[j * m + k]!;
        front[size * m + k] = other > mine ? other : mine;
      }
      size = settle(front, size, m) || size;
    }
    return inclusive - this.dominated(front, size, depth + 1);
  }
}

/**
 * Lets the row behind the first `size`, of which none covers another, join them unless it is covered; those
 * that it covers go. Returns how many there are then, or 0 if nothing has changed.
 */
function settle(rows: Float64Array, size: number, m: number): number {
  const last = size * m;
  for (let at = 0; at < last; at += m) {
    if (rowCovers(rows, at, last, m)) return 0;
  }
  let to = 0;
  for (let at = 0; at <= last; at += m) {
    if (at < last && rowCovers(rows, last, at, m)) continue;
    if (to < at) for (let k = 0; k < m; k += 1) rows[to + k] = rows[at + k]!;
    to += m;
  }
  return to / m;
}

/** Whether the row at `a` is nowhere worse than that at `b`. */
function rowCovers(rows: Float64Array, a: number, b: number, m: number): boolean {
  if (!(rows[a]! <= rows[b]!)) return false;
  for (let k = 1; k < m; k += 1) {
    if (!(rows[a + k]! <= rows[b + k]!)) return false;
  }
  return true;
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
  if (unique.length <= size) {
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
  const n = points.length;
  const right = new Float64Array(n).fill(reference[0]!);
  const top = new Float64Array(n).fill(reference[1]!);
  const gains = Float64Array.from(points, (point) => boxVolume(point, reference));
  const isChosen = new Uint8Array(n);
  const left = new GainHeap(gains);
  const chosen: number[] = [];
  while (chosen.length < size) {
    const best = left.pop();
    const [x, y] = points[best]! as [number, number];
    const gain = (right[best]! - x) * (top[best]! - y);
    // A gain only shrinks: one that is out of date is an upper bound.
    if (gain < gains[best]!) {
      gains[best] = gain;
      left.push(best);
      continue;
    }
    chosen.push(best);
    isChosen[best] = 1;
    // Beyond the nearest chosen ones, rectangles end before they reach this row.
    for (let i = best - 1; i >= 0 && !isChosen[i]; i -= 1) right[i] = Math.min(right[i]!, x);
    for (let i = best + 1; i < n && !isChosen[i]; i += 1) top[i] = Math.min(top[i]!, y);
  }
  return chosen;
}

/**
 * Any number of objectives. What a point adds only shrinks, so an old value is an upper bound; another is
 * what it adds to a single chosen point.
 */
function selectLazily(points: readonly Point[], reference: Point, size: number): number[] {
  const volumes = new Volumes(reference);
  const candidates = points.map((point) => new Candidate(point, boxVolume(point, reference)));
  const bounds = Float64Array.from(candidates, ({ inclusive }) => inclusive);
  const left = new GainHeap(bounds);
  const chosen: Float64Array[] = [];
  const positions: number[] = [];
  let covered = 0;
  while (positions.length < size) {
    const i = left.pop();
    const candidate = candidates[i]!;
    if (candidate.knows(chosen)) {
      covered += bounds[i]!;
      positions.push(i);
      chosen.push(candidate.point);
      if (covered === Number.POSITIVE_INFINITY) break;
      continue;
    }
    bounds[i] = Math.min(bounds[i]!, candidate.bound(chosen, volumes));
    const next = left.first;
    if (next === undefined || !(bounds[i]! < bounds[next]!)) bounds[i] = candidate.gain(volumes);
    left.push(i);
  }
  // Nothing adds to an endless volume: the first are as good as any.
  for (let i = 0; positions.length < size; i += 1) if (!positions.includes(i)) positions.push(i);
  return positions;
}

/** What rounding may add to a gain, as a part of the volume of the point's box. */
const rounding = 1e-10;

/** A point, and what of the chosen ones limits the volume that it would add. */
class Candidate {
  readonly point: Float64Array;
  /** The volume of its box. */
  readonly inclusive: number;
  /** The corners at which the boxes of the point and of chosen ones meet, without covered ones. */
  #corners: Float64Array;
  #size = 0;
  /** How many of the chosen ones are among them. */
  #seen = 0;
  #gain: number;
  #isCurrent = true;

  constructor(point: Point, inclusive: number) {
    this.point = Float64Array.from(point);
    this.inclusive = inclusive;
    this.#gain = inclusive;
    this.#corners = new Float64Array(8 * point.length);
  }

  /** Whether its gain is that beside all of `chosen`. */
  knows(chosen: readonly Float64Array[]): boolean {
    return this.#isCurrent && this.#seen === chosen.length;
  }

  /** More than what it adds to `chosen`, to which others were only appended since the last call. */
  bound(chosen: readonly Float64Array[], volumes: Volumes): number {
    const { point } = this;
    const m = point.length;
    let corners = this.#corners;
    let bound = Number.POSITIVE_INFINITY;
    for (; this.#seen < chosen.length; this.#seen += 1) {
      const last = this.#size * m;
      if (last + m > corners.length) corners = this.#grow();
      const other = chosen[this.#seen]!;
      for (let k = 0; k < m; k += 1) {
        const x = point[k]!;
        const y = other[k]!;
        corners[last + k] = y > x ? y : x;
      }
      const size = settle(corners, this.#size, m);
      if (size === 0) continue;
      this.#size = size;
      this.#isCurrent = false;
      const at = (size - 1) * m;
      bound = Math.min(bound, this.inclusive - volumes.shared(corners, at, at));
    }
    return bound + rounding * this.inclusive;
  }

  /** What it adds to the chosen ones of the last call of `bound`. */
  gain(volumes: Volumes): number {
    if (!this.#isCurrent) {
      this.#gain = this.inclusive - volumes.dominated(this.#corners, this.#size);
      this.#isCurrent = true;
    }
    return this.#gain;
  }

  #grow(): Float64Array {
    const corners = new Float64Array(2 * this.#corners.length);
    corners.set(this.#corners);
    this.#corners = corners;
    return corners;
  }
}
