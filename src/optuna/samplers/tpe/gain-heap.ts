/**
 * Positions 0..n-1 by their gains, the largest first, of equal ones the first. The gain of a position may
 * change while it is out of the heap.
 */
export class GainHeap {
  readonly #gains: Float64Array;
  readonly #heap: number[] = [];

  constructor(gains: Float64Array) {
    this.#gains = gains;
    for (let i = 0; i < gains.length; i += 1) this.push(i);
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The position that comes first; undefined if there is none. */
  get first(): number | undefined {
    return this.#heap[0];
  }

  push(position: number): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(position);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(position, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = position;
  }

  /** Takes the first out. There must be one. */
  pop(): number {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(position: number): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!this.#isBefore(heap[child]!, position)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = position;
  }

  #isBefore(a: number, b: number): boolean {
    const gainA = this.#gains[a]!;
    const gainB = this.#gains[b]!;
    return gainA > gainB || (gainA === gainB && a < b);
  }
}
