import { invalidArgument } from '../errors.js';

/** RandomPurpose::split of native/include/trialforge/random.h. */
const splitPurpose = 4;

/** High 32 bits of the 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x10000);
  return (aHigh * bHigh + Math.floor((middle + aLow * bHigh) / 0x10000)) >>> 0;
}

/**
 * Ten rounds of Philox4x32 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2,
 * 3. SC11): four independent uniform words from a counter of four words and a key of two.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * A permutation of 0 .. n - 1: the indices in the order of their Philox words, ties by index. Index
 * i has word i % 4 of block floor(i / 4) of the stream (seed, split, step 0), so a permutation is
 * the same wherever it is computed.
 * @param seed integer in 0 .. 2^53 - 1
 */
export function permutation(n: number, seed: number): Uint32Array {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw invalidArgument('seed', 'an integer in 0 .. 2^53 - 1', seed);
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const;
  const words = new Uint32Array(Math.ceil(n / 4) * 4);
  for (let block = 0; block < words.length / 4; block++) {
    words.set(philox4x32([block, 0, 0, splitPurpose << 24], key), 4 * block);
  }
  return Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => words[a]! - words[b]! || a - b,
  );
}
