import { invalidArgument } from '../errors.js';

const poolSize = 4;

/** The multiplicative hash of O'Neill, "C++ seeding surprises" (2015), with NumPy's constants. */
class WordHash {
  #constant: number;
  readonly #multiplier: number;

  constructor(initial: number, multiplier: number) {
    this.#constant = initial;
    this.#multiplier = multiplier;
  }

  next(word: number): number {
    const keyed = word ^ this.#constant;
    this.#constant = Math.imul(this.#constant, this.#multiplier);
    const product = Math.imul(keyed, this.#constant);
    return (product ^ (product >>> 16)) >>> 0;
  }
}

function mix(x: number, y: number): number {
  const difference = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
  return (difference ^ (difference >>> 16)) >>> 0;
}

/** The 32-bit words of a non-negative integer, lowest first. */
function wordsOf(seed: number | bigint): number[] {
  if (!(typeof seed === 'bigint' ? seed >= 0n : Number.isSafeInteger(seed) && seed >= 0)) {
    const isInexact = typeof seed === 'number' && Number.isInteger(seed) && seed > 0;
    const expected = `a non-negative integer${isInexact ? ', above 2^53 - 1 a bigint' : ''}`;
    throw invalidArgument('seed', expected, seed);
  }
  const words: number[] = [];
  for (let rest = BigInt(seed); rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words.length > 0 ? words : [0];
}

/**
 * What NumPy's SeedSequence(seed).generate_state(nWords) gives: `nWords` well-mixed 32-bit words.
 * Throws InvalidArgumentError unless `seed` is a non-negative integer.
 */
export function seedSequence(seed: number | bigint, nWords: number): Uint32Array {
  const entropy = wordsOf(seed);
  const absorb = new WordHash(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: poolSize }, (_, i) => absorb.next(entropy[i] ?? 0));
  for (let source = 0; source < poolSize; source++) {
    for (let target = 0; target < poolSize; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, absorb.next(pool[source]!));
    }
  }
  for (const word of entropy.slice(poolSize)) {
    for (let target = 0; target < poolSize; target++) {
      pool[target] = mix(pool[target]!, absorb.next(word));
    }
  }
  const squeeze = new WordHash(0x8b51f9dd, 0x58f38ded);
  return Uint32Array.from({ length: nWords }, (_, i) => squeeze.next(pool[i % poolSize]!));
}
