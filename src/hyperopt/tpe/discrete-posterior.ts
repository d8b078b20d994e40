import { invalidArgument } from '../../errors.js';
import { sum } from '../../numpy/sum.js';
import type { ParzenPlace } from '../../parzen/device.js';
import { mixtureLogPdf } from '../../parzen/mixture.js';
import type { DiscreteDistribution } from '../distribution.js';
import { forgettingWeights } from './history.js';
import type { Posterior } from './posterior.js';

const oneComponent = Float64Array.of(0);

/** A count is kept for every value. */
const mostValues = 2 ** 24;

/** Weighted counts of the observations, and the prior's weight on every value. */
export function discretePosterior(
  distribution: DiscreteDistribution,
  observed: Float64Array,
  priorWeight: number,
  place: ParzenPlace,
): Posterior {
  const [low, size] =
    distribution.kind === 'randint'
      ? [distribution.low, distribution.high - distribution.low]
      : [0, distribution.p.length];
  if (size > mostValues) {
    throw invalidArgument('the range of a randint under TPE', `at most ${mostValues} values`, size);
  }
  const counts = new Float64Array(size);
  const age = forgettingWeights(observed.length);
  observed.forEach((value, i) => {
    counts[value - low]! += age[i]!;
  });
  const pseudoCounts =
    distribution.kind === 'randint'
      ? counts.map((count) => count + priorWeight)
      : counts.map((count, i) => count + size * (priorWeight * distribution.p[i]!));
  const total = sum(pseudoCounts);
  const p = pseudoCounts.map((count) => count / total);
  return {
    sample: (n, rng) => new Float64Array(n).map(() => low + rng.categorical(p)),
    logDensity: (values) => {
      // Two values' scores are often equal but for rounding, so the logarithm is the C library's.
      const choice = Int32Array.from(values, (value) => value - low);
      const parameter = { kernel: 'categorical', probability: p, nChoices: size, choice } as const;
      return mixtureLogPdf(oneComponent, [parameter], values.length, place);
    },
  };
}
