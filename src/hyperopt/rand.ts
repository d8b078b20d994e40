import { Generator } from '../numpy/generator.js';
import { proposal } from './algorithm.js';
import { draw } from './distribution.js';
import type { TrialDocument } from './documents.js';
import type { Domain } from './domain.js';
import type { Trials } from './trials.js';

/**
 * Random search (Bergstra & Bengio 2012): every id gets a draw from the prior. The history is not
 * looked at. Throws InvalidArgumentError unless `seed` is a non-negative integer.
 */
export function suggest(
  newIds: readonly number[],
  domain: Domain,
  trials: Trials,
  seed: number,
): TrialDocument[] {
  const rng = new Generator(seed);
  return newIds.map((tid) => {
    const vals = domain.space.draw((_, distribution) => draw(distribution, rng));
    return proposal(tid, vals, domain, trials);
  });
}
