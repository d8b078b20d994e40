import { compareRows, dominates } from '../../study/pareto.js';
import { selectByHypervolume } from './hypervolume.js';

/** What is ranked by several losses. */
export interface Ranked {
  readonly losses: readonly number[];
  /** Unique. Of equal ones that of the lowest number comes first. */
  readonly number: number;
}

/** So many rows join one by one. */
const fewRows = 32;

/**
 * Rows in ranks: the first front has those that none dominates, the next those that only the first front
 * dominates, and so on. A row that joins moves only those that it pushes down (Li, Deb, Zhang, Zhang:
 * Efficient nondomination level update method for steady-state evolutionary multiobjective optimization,
 * 2017).
 */
export class Fronts<T extends Ranked> {
  /** Each in lexicographic order of losses. */
  #fronts: T[][] = [];
  /** Those behind the fronts that have been asked for. */
  #rest: T[] = [];
  #size = 0;
  /** Those that have yet to join. */
  #joining: T[] = [];

  add(row: T): void {
    this.#joining.push(row);
    this.#size += 1;
  }

  #joinAll(): void {
    const joining = this.#joining;
    this.#joining = [];
    if (joining.length < fewRows || joining.length < this.#size / fewRows) {
      for (const row of joining) this.#join(row);
    } else {
      this.#rest = [...this.#fronts.flat(), ...this.#rest, ...joining];
      this.#fronts = [];
    }
  }

  #join(row: T): void {
    let joining = [row];
    for (let rank = this.#rankOf(row); joining.length > 0; rank += 1) {
      const front = this.#fronts[rank];
      if (front === undefined) {
        for (const other of joining) this.#rest.push(other);
        return;
      }
      const staying: T[] = [];
      const beaten: T[] = [];
      for (const member of front) {
        (isBeaten(member, joining) ? beaten : staying).push(member);
      }
      if (staying.length === 0) {
        // A whole front is pushed down, and with it all behind it.
        this.#fronts.splice(rank, 0, joining);
        return;
      }
      this.#fronts[rank] = merge(staying, joining);
      joining = beaten;
    }
  }

  /** Takes the next front out of the rest. */
  #peel(): T[] {
    const front: T[] = [];
    const rest: T[] = [];
    this.#rest.sort((a, b) => compareRows(a.losses, b.losses));
    for (const row of this.#rest) (hasBetter(front, row) ? rest : front).push(row);
    this.#rest = rest;
    this.#fronts.push(front);
    return front;
  }

  /**
   * The best `n`, or all if there are less: whole ranks as far as they fit, of the next those that cover
   * the largest hypervolume. By rank, then by number.
   */
  best(n: number): T[] {
    this.#joinAll();
    const best: T[] = [];
    const wanted = Math.min(n, this.#size);
    for (let rank = 0; best.length < wanted; rank += 1) {
      const front = this.#fronts[rank] ?? this.#peel();
      const free = wanted - best.length;
      const members = [...front].sort((a, b) => a.number - b.number);
      if (members.length <= free) {
        for (const member of members) best.push(member);
        continue;
      }
      const losses = members.map((member) => member.losses);
      const chosen = selectByHypervolume(losses, referencePoint(losses), free);
      best.push(...members.filter((_, i) => chosen.has(i)));
    }
    return best;
  }

  /** The first front none of whose members dominates `row`; what no front dominates, no later one does. */
  #rankOf(row: T): number {
    let from = 0;
    let to = this.#fronts.length;
    while (from < to) {
      const half = (from + to) >>> 1;
      if (hasBetter(this.#fronts[half]!, row)) from = half + 1;
      else to = half;
    }
    return from;
  }
}

/** Whether a member of `front` dominates `row`. */
function hasBetter(front: readonly Ranked[], row: Ranked): boolean {
  let from = 0;
  let to = front.length;
  while (from < to) {
    const half = (from + to) >>> 1;
    if (compareRows(front[half]!.losses, row.losses) < 0) from = half + 1;
    else to = half;
  }
  // Only those before it in lexicographic order can; of two objectives the nearest if any.
  const last = row.losses.length === 2 ? Math.max(from - 1, 0) : 0;
  for (let i = from - 1; i >= last; i -= 1) {
    if (dominates(front[i]!.losses, row.losses)) return true;
  }
  return false;
}

function isBeaten(member: Ranked, by: readonly Ranked[]): boolean {
  for (const { losses } of by) {
    if (losses[0]! > member.losses[0]!) return false;
    if (dominates(losses, member.losses)) return true;
  }
  return false;
}

/** Two lists in lexicographic order, as one. */
function merge<T extends Ranked>(a: readonly T[], b: readonly T[]): T[] {
  const merged: T[] = [];
  let i = 0;
  for (const row of b) {
    while (i < a.length && compareRows(a[i]!.losses, row.losses) <= 0) {
      merged.push(a[i]!);
      i += 1;
    }
    merged.push(row);
  }
  for (; i < a.length; i += 1) merged.push(a[i]!);
  return merged;
}

/** A point a little worse than the worst in every objective. */
function referencePoint(losses: readonly (readonly number[])[]): number[] {
  return losses[0]!.map((_, objective) => {
    let worst = Number.NEGATIVE_INFINITY;
    for (const row of losses) worst = Math.max(worst, row[objective]!);
    return Math.max(1.1 * worst, 0.9 * worst) || 1e-12;
  });
}
