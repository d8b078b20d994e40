// CPython's sets of small integers, as far as their order goes: Optuna's GridSampler draws from the list
// of such a set's elements, so their order decides what is drawn.

const linearProbes = 9;
const perturbShift = 5;
const smallest = 8;
const large = 50000;
const empty = -1;
const removed = -2;

/** A set of integers from 0 to 2^31 - 1. */
export class IntegerSet {
  #table = new Int32Array(smallest).fill(empty);
  #used = 0;
  /** Slots in use, those of removed elements included. */
  #fill = 0;

  /** {0, ..., n - 1}. */
  static range(n: number): IntegerSet {
    const set = new IntegerSet();
    for (let i = 0; i < n; i += 1) set.#add(i);
    return set;
  }

  /** In the order in which Python lists them. */
  elements(): number[] {
    return Array.from(this.#table.filter((element) => element >= 0));
  }

  /** A new set of the elements that are not in `other`. */
  without(other: ReadonlySet<number>): IntegerSet {
    const result = new IntegerSet();
    if (this.#used >> 2 <= other.size) {
      for (const element of this.elements()) if (!other.has(element)) result.#add(element);
      return result;
    }
    result.#copy(this);
    result.#remove(other);
    return result;
  }

  #add(element: number): void {
    this.#table[this.#freeSlot(element)] = element;
    this.#used += 1;
    this.#fill += 1;
    if (this.#fill * 5 >= (this.#table.length - 1) * 3) this.#resize(this.#grown());
  }

  #copy(other: IntegerSet): void {
    if (other.#used * 5 >= (smallest - 1) * 3) this.#resize(other.#used * 2);
    if (this.#table.length === other.#table.length && other.#fill === other.#used) {
      this.#table.set(other.#table);
    } else {
      for (const element of other.elements()) this.#table[this.#freeSlot(element)] = element;
    }
    this.#used = other.#used;
    this.#fill = other.#used;
  }

  #remove(elements: ReadonlySet<number>): void {
    const kept = this.#table.map((element) => (elements.has(element) ? removed : element));
    this.#table = kept;
    this.#used = this.elements().length;
    if (this.#fill - this.#used > Math.floor((kept.length - 1) / 4)) this.#resize(this.#grown());
  }

  #grown(): number {
    return this.#used > large ? this.#used * 2 : this.#used * 4;
  }

  #resize(least: number): void {
    let size = smallest;
    while (size <= least) size *= 2;
    const elements = this.elements();
    this.#table = new Int32Array(size).fill(empty);
    for (const element of elements) this.#table[this.#freeSlot(element)] = element;
    this.#fill = elements.length;
  }

  #freeSlot(element: number): number {
    const mask = this.#table.length - 1;
    let perturb = element;
    let slot = element & mask;
    for (;;) {
      const probes = slot + linearProbes <= mask ? linearProbes : 0;
      for (let i = slot; i <= slot + probes; i += 1) if (this.#table[i] === empty) return i;
      perturb >>>= perturbShift;
      slot = (slot * 5 + 1 + perturb) & mask;
    }
  }
}
