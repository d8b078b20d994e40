import { randomBytes } from 'node:crypto';
import { invalidArgument, invalidInteger } from '../errors.js';
import { multiplyHigh, Pcg64 } from './pcg64.js';
import { exponentialZiggurat, normalZiggurat } from './ziggurat-tables.js';

const normalTail = 3.654152885361009;
const normalTailInverse = 0.2736612373297583;
const exponentialTail = 7.69711747013105;

/**
 * NumPy's `Generator` over PCG64: the same draws from the same seed, bit for bit but for the last
 * digit of `exp` and `log1p`, which the draws in the tails go through.
 */
export class Generator {
  readonly #bits: Pcg64;
  #spare: number | undefined;

  /** Throws InvalidArgumentError unless `seed` is a non-negative integer. */
  constructor(seed: number | bigint) {
    this.#bits = new Pcg64(seed);
  }

  /** Uniform in [0, 1): a multiple of 2^-53. */
  random(): number {
    return this.#random53() * 2 ** -53;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** Normal, by a ziggurat. */
  normal(mu = 0, sigma = 1): number {
    return mu + sigma * this.#standardNormal();
  }

  /**
   * An integer in [0, high), or in [low, high), by Lemire's multiplication (2019). Ranges up to
   * 2^32 draw half a 64-bit number and keep the other half for the next such draw.
   * Throws InvalidArgumentError unless the bounds are safe integers and low < high.
   */
  integers(high: number): number;
  integers(low: number, high: number): number;
  integers(first: number, second?: number): number {
    const [low, high] = second === undefined ? [0, first] : [first, second];
    if (!Number.isSafeInteger(low)) throw invalidInteger('low', 'an integer', low);
    if (!Number.isSafeInteger(high)) throw invalidInteger('high', 'an integer', high);
    if (low >= high) throw invalidArgument('high', `greater than low = ${low}`, high);
    const range = high - low;
    if (range === 1) return low;
    return low + (range <= 2 ** 32 ? this.#below32(range) : this.#below64(range));
  }

  /** 1 with probability p, else 0: NumPy's binomial(1, p). Throws InvalidArgumentError unless 0 <= p <= 1. */
  bernoulli(p: number): 0 | 1 {
    if (!(p >= 0 && p <= 1)) throw invalidArgument('p', 'in 0..1', p);
    return this.#bernoulli(p);
  }

  /**
   * An index with its probability: the position of the 1 in NumPy's multinomial(1, p). The last
   * one takes whatever probability the others leave.
   */
  categorical(p: ArrayLike<number>): number {
    const last = p.length - 1;
    let remaining = 1;
    for (let index = 0; index < last; index++) {
      if (this.#bernoulli(p[index]! / remaining) === 1) return index;
      remaining -= p[index]!;
    }
    return last;
  }

  /**
   * The number of trials up to the first success, from 1.
   * Throws InvalidArgumentError unless 0 < p <= 1.
   */
  geometric(p: number): number {
    if (!(p > 0 && p <= 1)) throw invalidArgument('p', 'in 0..1 and not 0', p);
    if (p < 1 / 3) {
      return Math.ceil(-this.#standardExponential() / Math.log1p(-p));
    }
    const u = this.random();
    let trials = 1;
    let mass = p;
    for (let sum = p; u > sum; sum += mass) {
      mass *= 1 - p;
      trials++;
    }
    return trials;
  }

  #random53(): number {
    this.#bits.next();
    return this.#bits.high * 2 ** 21 + (this.#bits.low >>> 11);
  }

  #random32(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    this.#bits.next();
    this.#spare = this.#bits.high;
    return this.#bits.low;
  }

  #below32(range: number): number {
    if (range === 2 ** 32) return this.#random32();
    const rejected = 2 ** 32 % range;
    for (;;) {
      const word = this.#random32();
      if (Math.imul(word, range) >>> 0 >= rejected) {
        return multiplyHigh(word, range >>> 16, range & 0xffff);
      }
    }
  }

  #below64(range: number): number {
    const wide = BigInt(range);
    const rejected = 2n ** 64n % wide;
    for (;;) {
      this.#bits.next();
      const product = ((BigInt(this.#bits.high) << 32n) | BigInt(this.#bits.low)) * wide;
      if (BigInt.asUintN(64, product) >= rejected) return Number(product >> 64n);
    }
  }

  #bernoulli(p: number): 0 | 1 {
    if (p === 0) return 0;
    // The rarer outcome is the one that is counted.
    if (p > 0.5) return this.#rare(1 - p) === 1 ? 0 : 1;
    return this.#rare(p);
  }

  /** Inversion for one trial: a draw that rounding leaves beyond both outcomes is repeated. */
  #rare(p: number): 0 | 1 {
    const none = Math.exp(Math.log1p(-p));
    const one = (p * none) / (1 - p);
    for (;;) {
      const u = this.random();
      if (u <= none) return 0;
      if (u - none <= one) return 1;
    }
  }

  #standardNormal(): number {
    const { accept, width, density } = normalZiggurat;
    for (;;) {
      this.#bits.next();
      const { high, low } = this.#bits;
      const layer = low & 0xff;
      const integer = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
      const magnitude = integer * width[layer]!;
      const x = (low & 0x100) !== 0 ? -magnitude : magnitude;
      if (integer < accept[layer]!) return x;
      if (layer === 0) {
        const beyond = normalTail + this.#beyondNormalTail();
        return (low & 0x20000) !== 0 ? -beyond : beyond;
      }
      const edge = density[layer]!;
      if ((density[layer - 1]! - edge) * this.random() + edge < Math.exp(-0.5 * x * x)) return x;
    }
  }

  #beyondNormalTail(): number {
    for (;;) {
      const x = -normalTailInverse * Math.log1p(-this.random());
      const y = -Math.log1p(-this.random());
      if (y + y > x * x) return x;
    }
  }

  #standardExponential(): number {
    const { accept, width, density } = exponentialZiggurat;
    for (;;) {
      this.#bits.next();
      const { high, low } = this.#bits;
      const layer = (low >>> 3) & 0xff;
      const integer = high * 2 ** 21 + (low >>> 11);
      const x = integer * width[layer]!;
      if (integer < accept[layer]!) return x;
      if (layer === 0) return exponentialTail - Math.log1p(-this.random());
      const edge = density[layer]!;
      if ((density[layer - 1]! - edge) * this.random() + edge < Math.exp(-x)) return x;
    }
  }
}

/**
 * NumPy's default_rng(seed). Without a seed, one of 128 bits from the operating system.
 * Throws InvalidArgumentError unless `seed` is a non-negative integer.
 */
export function defaultRng(seed?: number | bigint): Generator {
  return new Generator(seed ?? BigInt(`0x${randomBytes(16).toString('hex')}`));
}
