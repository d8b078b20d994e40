/** What is ranked by a key, and then by its number. */
export interface Keyed {
  /** Unique. */
  readonly number: number;
  readonly key: readonly [number, number];
}

/** Of which the best few are asked for again and again. Numbers are in no order when they are added. */
export class Ranking<T extends Keyed> {
  /** The best, in order. None of the others is better than one of them. */
  #best: T[] = [];
  #others: T[] = [];

  get size(): number {
    return this.#best.length + this.#others.length;
  }

  add(item: T): void {
    const best = this.#best;
    const last = best.at(-1);
    if (last === undefined || isBefore(last, item)) {
      this.#others.push(item);
      return;
    }
    let from = 0;
    let to = best.length;
    while (from < to) {
      const half = (from + to) >>> 1;
      if (isBefore(best[half]!, item)) from = half + 1;
      else to = half;
    }
    best.splice(from, 0, item);
  }

  /** The best `n`, or all if there are less, the very best first. */
  best(n: number): T[] {
    const size = Math.max(n, 0);
    // Twice as many as are needed, so that all are sorted anew but rarely.
    const kept = 2 * size + 16;
    if (this.#best.length < size && this.#others.length > 0) {
      const all = [...this.#best, ...this.#others].sort(inOrder);
      this.#best = all.slice(0, kept);
      this.#others = all.slice(kept);
    } else if (this.#best.length > 2 * kept) {
      this.#others.push(...this.#best.splice(kept));
    }
    return this.#best.slice(0, size);
  }
}

function isBefore(a: Keyed, b: Keyed): boolean {
  return inOrder(a, b) < 0;
}

function inOrder(a: Keyed, b: Keyed): number {
  return compare(a.key[0], b.key[0]) || compare(a.key[1], b.key[1]) || a.number - b.number;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
