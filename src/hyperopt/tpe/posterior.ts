import type { Generator } from '../../numpy/generator.js';
import type { ParzenPlace } from '../../parzen/device.js';
import { type Distribution, isDiscrete } from '../distribution.js';
import { discretePosterior } from './discrete-posterior.js';
import { numericPosterior } from './numeric-posterior.js';

/** What is believed of one label's values after some observations. */
export interface Posterior {
  sample(n: number, rng: Generator): Float64Array;
  /** Up to a constant where the original leaves one out; mass, not density, of stepped values. */
  logDensity(values: Float64Array): Float64Array;
}

/**
 * The posterior of a label that draws from `distribution`, after `observed`, oldest first; `place` is
 * where densities are computed.
 */
export function posterior(
  distribution: Distribution,
  observed: Float64Array,
  priorWeight: number,
  place: ParzenPlace,
): Posterior {
  return isDiscrete(distribution)
    ? discretePosterior(distribution, observed, priorWeight, place)
    : numericPosterior(distribution, observed, priorWeight, place);
}
