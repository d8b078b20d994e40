import { randomFillSync } from 'node:crypto';
import { seedSequence } from '../../numpy/seed-sequence.js';

/** A seed from the operating system, in 0..2^32-1. */
export function ownSeed(): number {
  return randomFillSync(new Uint32Array(1))[0]!;
}

/** The seed, in 0..2^32-1, of the random numbers of one trial of a sampler with that seed. */
export function seedOfTrial(seed: number, number: number): number {
  return seedSequence(BigInt(seed) + (BigInt(number) << 32n), 1)[0]!;
}
