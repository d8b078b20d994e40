import { argsort } from '../../numpy/argsort.js';
import { sum } from '../../numpy/sum.js';
import { forgettingWeights } from './history.js';

/** A mixture of normal distributions, ordered by mu: one for each observation and the prior's. */
export interface NormalMixture {
  weights: Float64Array;
  mus: Float64Array;
  sigmas: Float64Array;
}

export interface NormalPrior {
  mu: number;
  sigma: number;
  /** Relative to one observation's. */
  weight: number;
}

/**
 * The adaptive Parzen estimator (Bergstra et al. 2011, section 4): a normal on every observation, as
 * wide as the greater distance to its neighbours, the prior being one of them; widths lie between
 * sigma / min(100, n + 2) and sigma of the prior.
 */
export function adaptiveParzen(observed: Float64Array, prior: NormalPrior): NormalMixture {
  const n = observed.length;
  const order = argsort(observed);
  const sorted = Float64Array.from(order, (i) => observed[i]!);
  const age = forgettingWeights(n);
  const priorAt = n === 1 ? Number(prior.mu >= observed[0]!) : firstNotBelow(sorted, prior.mu);

  const mus = inserted(sorted, priorAt, prior.mu);
  const weights = inserted(
    Float64Array.from(order, (i) => age[i]!),
    priorAt,
    prior.weight,
  );
  const least = prior.sigma / Math.min(100, n + 2);
  const sigmas = Float64Array.from(mus, (mu, i) => {
    if (i === priorAt) return prior.sigma;
    const gap =
      n === 1 ? prior.sigma / 2 : Math.max(mu - (mus[i - 1] ?? mu), (mus[i + 1] ?? mu) - mu);
    return Math.min(Math.max(gap, least), prior.sigma);
  });
  const total = sum(weights);
  return { weights: weights.map((weight) => weight / total), mus, sigmas };
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  const at = sorted.findIndex((element) => element >= value);
  return at < 0 ? sorted.length : at;
}

function inserted(values: Float64Array, at: number, value: number): Float64Array {
  const longer = new Float64Array(values.length + 1);
  longer.set(values.subarray(0, at));
  longer[at] = value;
  longer.set(values.subarray(at), at + 1);
  return longer;
}
