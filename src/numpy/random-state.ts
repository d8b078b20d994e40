import { randomFillSync } from 'node:crypto';
import { invalidArgument } from '../errors.js';
import { callNative } from '../native/addon.js';

const stateSize = 624;

/**
 * NumPy's legacy generator: the 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998) with the
 * draws of `numpy.random.RandomState`, number for number.
 */
export class RandomState {
  readonly #state = new Int32Array(stateSize);
  /** The latest words, of which those from #position on have yet to be drawn. */
  readonly #words = new Int32Array(stateSize);
  #position = stateSize;

  /** `seed`: an integer in 0..2^32-1, or nothing for a seed from the operating system. */
  constructor(seed?: number) {
    this.seed(seed);
  }

  /** Starts the stream anew, as the constructor does. */
  seed(seed?: number): void {
    if (seed === undefined) {
      randomFillSync(this.#state);
      // The generator's recurrence uses one bit of the first word; the state must not be all zero.
      this.#state[0] = 0x80000000;
    } else {
      checkSeed('seed', seed);
      // Knuth, The Art of Computer Programming, vol. 2, 3rd ed., p. 106.
      this.#state[0] = seed;
      for (let i = 1; i < stateSize; i += 1) {
        const before = this.#state[i - 1]!;
        this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
      }
    }
    this.#position = stateSize;
  }

  /** A uniform 32-bit word. */
  word(): number {
    if (this.#position === stateSize) this.#refill();
    const word = this.#words[this.#position]!;
    this.#position += 1;
    return word >>> 0;
  }

  /** A uniform double in [0, 1), from 53 bits of two words. */
  random(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** Fills `values` with what as many calls of random() would give. */
  fill(values: Float64Array): void {
    for (let i = 0; i < values.length; i += 1) values[i] = this.random();
  }

  /** A copy that goes on as this stream would. */
  copy(): RandomState {
    const copy = new RandomState(0);
    copy.restore(this);
    return copy;
  }

  /** Goes on as `other` would. */
  restore(other: RandomState): void {
    this.#state.set(other.#state);
    this.#words.set(other.#words);
    this.#position = other.#position;
  }

  /** A uniform double in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /**
   * A uniform integer in 0..max, `max` below 2^32, by masking words and rejecting what is too large.
   * Draws nothing if `max` is 0.
   */
  integer(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.word() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** One of `values`, all equally likely. */
  choice<T>(values: readonly T[]): T {
    return values[this.integer(values.length - 1)]!;
  }

  /** `size` indices of `p`, index i with probability p[i]; one double each. p must sum to about 1. */
  weightedIndices(p: Float64Array, size: number): Int32Array {
    const cumulative = new Float64Array(p.length);
    let total = 0;
    for (let i = 0; i < p.length; i += 1) {
      total += p[i]!;
      cumulative[i] = total;
    }
    if (!(Math.abs(total - 1) < 1.5e-8)) {
      throw invalidArgument('p', 'probabilities that sum to 1', total);
    }
    for (let i = 0; i < p.length; i += 1) cumulative[i]! /= total;
    return Int32Array.from({ length: size }, () => firstAbove(cumulative, this.random()));
  }

  /** Shuffles `values` in place (Fisher and Yates). */
  shuffle<T>(values: T[]): void {
    for (let i = values.length - 1; i > 0; i -= 1) {
      const j = this.integer(i);
      const held = values[i]!;
      values[i] = values[j]!;
      values[j] = held;
    }
  }

  #refill(): void {
    callNative((addon) => addon.mersenneTwister(this.#state, this.#words));
    this.#position = 0;
  }
}

/** Throws InvalidArgumentError unless `seed` is an integer in 0..2^32-1. */
export function checkSeed(name: string, seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw invalidArgument(name, 'an integer in 0..4294967295', seed);
  }
}

/** The first index of ascending `values` whose value is above `bound`. */
function firstAbove(values: Float64Array, bound: number): number {
  let from = 0;
  let to = values.length;
  while (from < to) {
    const half = (from + to) >>> 1;
    if (values[half]! > bound) to = half;
    else from = half + 1;
  }
  return from;
}
