import { seedSequence } from './seed-sequence.js';

// The multiplier 0x2360ED051FC65DA44385DF649FCCF645 in 32-bit limbs, lowest first, and the 16-bit
// halves that keep every partial product below 2^53.
const [m0, m1, m2, m3] = [0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05];
const [m0High, m0Low, m1High, m1Low] = [m0 >>> 16, m0 & 0xffff, m1 >>> 16, m1 & 0xffff];
const [m2High, m2Low] = [m2 >>> 16, m2 & 0xffff];

const word = 2 ** 32;

/** The upper 32 bits of x * (high * 2^16 + low), for 32-bit x and 16-bit halves. */
export function multiplyHigh(x: number, high: number, low: number): number {
  return Math.floor((x * high + Math.floor((x * low) / 65536)) / 65536);
}

function multiplyLow(x: number, y: number): number {
  return Math.imul(x, y) >>> 0;
}

/**
 * PCG XSL-RR 128/64 (O'Neill 2014), seeded as NumPy's PCG64(seed). State and increment are kept in
 * 32-bit limbs, because JavaScript has no fast 128-bit product.
 */
export class Pcg64 {
  /** The upper 32 bits of the last number drawn. */
  high = 0;
  /** The lower 32 bits of the last number drawn. */
  low = 0;
  readonly #state = new Uint32Array(4);
  readonly #increment = new Uint32Array(4);

  /** Throws InvalidArgumentError unless `seed` is a non-negative integer. */
  constructor(seed: number | bigint) {
    // Each pair of words is a 64-bit number, low word first; each pair of numbers a 128-bit one,
    // high number first.
    const words = seedSequence(seed, 8);
    const state = [words[2]!, words[3]!, words[0]!, words[1]!];
    const sequence = [words[6]!, words[7]!, words[4]!, words[5]!];
    for (let limb = 3; limb >= 0; limb--) {
      this.#increment[limb] = (sequence[limb]! << 1) | (limb > 0 ? sequence[limb - 1]! >>> 31 : 1);
    }
    this.#state.set(this.#increment);
    let carry = 0;
    for (let limb = 0; limb < 4; limb++) {
      const sum = this.#state[limb]! + state[limb]! + carry;
      this.#state[limb] = sum;
      carry = sum >= word ? 1 : 0;
    }
    this.#advance();
  }

  /** Draws 64 bits into `high` and `low`. */
  next(): void {
    this.#advance();
    const state = this.#state;
    const s3 = state[3]!;
    let high = s3 ^ state[1]!;
    let low = state[2]! ^ state[0]!;
    if (s3 >>> 31 === 1) [high, low] = [low, high];
    const rotation = (s3 >>> 26) & 31;
    if (rotation === 0) {
      this.high = high >>> 0;
      this.low = low >>> 0;
    } else {
      this.high = ((high >>> rotation) | (low << (32 - rotation))) >>> 0;
      this.low = ((low >>> rotation) | (high << (32 - rotation))) >>> 0;
    }
  }

  #advance(): void {
    const s = this.#state;
    const increment = this.#increment;
    const s0 = s[0]!;
    const s1 = s[1]!;
    const s2 = s[2]!;
    const s3 = s[3]!;
    const c0 = multiplyLow(s0, m0) + increment[0]!;
    const c1 =
      multiplyHigh(s0, m0High, m0Low) +
      multiplyLow(s0, m1) +
      multiplyLow(s1, m0) +
      increment[1]! +
      Math.floor(c0 / word);
    const c2 =
      multiplyHigh(s0, m1High, m1Low) +
      multiplyHigh(s1, m0High, m0Low) +
      multiplyLow(s0, m2) +
      multiplyLow(s1, m1) +
      multiplyLow(s2, m0) +
      increment[2]! +
      Math.floor(c1 / word);
    const c3 =
      multiplyHigh(s0, m2High, m2Low) +
      multiplyHigh(s1, m1High, m1Low) +
      multiplyHigh(s2, m0High, m0Low) +
      multiplyLow(s0, m3) +
      multiplyLow(s1, m2) +
      multiplyLow(s2, m1) +
      multiplyLow(s3, m0) +
      increment[3]! +
      Math.floor(c2 / word);
    s[0] = c0;
    s[1] = c1;
    s[2] = c2;
    s[3] = c3;
  }
}
