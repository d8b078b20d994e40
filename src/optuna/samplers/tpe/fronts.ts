import { callNative, type NativeFronts } from '../../../native/addon.js';

/** What is ranked by several losses. */
export interface Ranked {
  /** None of them NaN. */
  readonly losses: readonly number[];
  /** Unique. Of equal ones that of the lowest number comes first. */
  readonly number: number;
}

/** Rows in ranks and the best of them; see native/include/trialforge/fronts.h. */
export class Fronts<T extends Ranked> {
  /** In the order in which they were added. */
  readonly #rows: T[] = [];
  #native: NativeFronts | undefined;
  /** How many of the rows `#native` has. */
  #nJoined = 0;
  /** The last call of bestLater, until it has ended. */
  #later: Promise<void> | undefined;
  /** The last answer, and of how many rows it was the best. */
  #best: { rows: readonly T[]; of: number } = { rows: [], of: 0 };

  add(row: T): void {
    this.#rows.push(row);
  }

  /**
   * The best `n`, or all if there are less: whole ranks as far as they fit, of the next those that cover
   * the largest hypervolume. By rank, then by number. Waits for bestLater.
   */
  best(n: number): readonly T[] {
    const of = this.#rows.length;
    const size = Math.min(n, of);
    if (this.#best.of !== of || this.#best.rows.length !== size) {
      const out = new Int32Array(size);
      if (size > 0) callNative(() => this.#joined().best(out));
      this.#best = { rows: Array.from(out, (i) => this.#rows[i]!), of };
    }
    return this.#best.rows;
  }

  /** On a thread, for the rows of now; then `best` takes no time. */
  bestLater(n: number): Promise<void> {
    const size = Math.min(n, this.#rows.length);
    if (size === 0) return Promise.resolve();
    const start = () => callNative(() => this.#joined().bestLater(size).promise);
    const later = (this.#later ? this.#later.then(start) : start()).finally(() => {
      if (this.#later === later) this.#later = undefined;
    });
    this.#later = later;
    return later;
  }

  /**
   * Roughly the nanoseconds that best(n) would take now, by what was added and asked before; Infinity while
   * bestLater is at work.
   */
  cost(n: number): number {
    if (this.#later) return Number.POSITIVE_INFINITY;
    const size = Math.min(n, this.#rows.length);
    return size === 0 ? 0 : callNative(() => this.#joined().cost(size));
  }

  /** Hands over what has been added, so that not all of it waits for the next question. */
  join(): void {
    if (!this.#later && this.#nJoined < this.#rows.length) callNative(() => this.#joined());
  }

  /** The native fronts, with all rows. */
  #joined(): NativeFronts {
    const joining = this.#rows.slice(this.#nJoined);
    this.#native ??= callNative((addon) => new addon.NativeFronts(this.#rows[0]!.losses.length));
    if (joining.length > 0) {
      this.#native.add(
        Float64Array.from(joining, ({ number }) => number),
        Float64Array.from(joining.flatMap(({ losses }) => losses)),
      );
      this.#nJoined = this.#rows.length;
    }
    return this.#native;
  }
}
