import type { Generator } from '../../numpy/generator.js';
import type { ParzenPlace } from '../../parzen/device.js';
import { type MixtureParameter, mixtureLogPdf, naturalLogs } from '../../parzen/mixture.js';
import { isLog, type NumericDistribution, stepOf, valueFrom } from '../distribution.js';
import { adaptiveParzen, type NormalMixture, type NormalPrior } from './adaptive-parzen.js';
import type { Posterior } from './posterior.js';

/** No logarithm is taken of less, where rounding can have made a value 0. */
const leastValue = 1e-12;

type Bounds = { low: number; high: number };

function boundsOf(distribution: NumericDistribution): Bounds | undefined {
  return 'low' in distribution ? distribution : undefined;
}

function priorOf(distribution: NumericDistribution, weight: number): NormalPrior {
  if (!('low' in distribution)) return { mu: distribution.mu, sigma: distribution.sigma, weight };
  const { low, high } = distribution;
  return { mu: 0.5 * (low + high), sigma: high - low, weight };
}

/** From the scale of values to the scale that is normal. */
function normalScale(distribution: NumericDistribution, values: Float64Array): Float64Array {
  if (!isLog(distribution)) return values;
  if (stepOf(distribution) === undefined) return naturalLogs(values);
  const bounds = boundsOf(distribution);
  const least = bounds ? Math.max(leastValue, Math.exp(bounds.low)) : leastValue;
  return naturalLogs(values.map((value) => Math.max(value, least)));
}

/** The truncated normal mixture of a uniform, normal, loguniform, ... label. */
export function numericPosterior(
  distribution: NumericDistribution,
  observed: Float64Array,
  priorWeight: number,
  place: ParzenPlace,
): Posterior {
  const mixture = adaptiveParzen(
    normalScale(distribution, observed),
    priorOf(distribution, priorWeight),
  );
  return {
    sample: (n, rng) =>
      drawNormals(mixture, boundsOf(distribution), n, rng).map((x) => valueFrom(distribution, x)),
    logDensity: (values) => logDensity(distribution, mixture, values, place),
  };
}

/** Within bounds, one draw at a time until it fits; else all components first, then all draws. */
function drawNormals(
  { weights, mus, sigmas }: NormalMixture,
  bounds: Bounds | undefined,
  n: number,
  rng: Generator,
): Float64Array {
  const drawn = new Float64Array(n);
  if (bounds === undefined) {
    const components = Int32Array.from(drawn, () => rng.categorical(weights));
    return drawn.map((_, i) => rng.normal(mus[components[i]!], sigmas[components[i]!]));
  }
  for (let i = 0; i < n; ) {
    const component = rng.categorical(weights);
    const x = rng.normal(mus[component], sigmas[component]);
    if (bounds.low <= x && x < bounds.high) drawn[i++] = x;
  }
  return drawn;
}

function logDensity(
  distribution: NumericDistribution,
  { weights, mus, sigmas }: NormalMixture,
  values: Float64Array,
  place: ParzenPlace,
): Float64Array {
  const logWeights = naturalLogs(weights);
  const normals = { mu: mus, sigma: sigmas };
  const evaluate = (parameter: MixtureParameter) =>
    mixtureLogPdf(logWeights, [parameter], values.length, place);
  const bounds = boundsOf(distribution);
  const logMassWithinBounds = (): number => {
    if (bounds === undefined) return 0;
    const [lower, upper] = [Float64Array.of(bounds.low), Float64Array.of(bounds.high)];
    return mixtureLogPdf(logWeights, [{ kernel: 'normalMass', ...normals, lower, upper }], 1)[0]!;
  };

  const log = isLog(distribution);
  const q = stepOf(distribution);
  if (q === undefined) {
    // Hyperopt does not renormalise a loguniform label's density to its bounds.
    if (log) return evaluate({ kernel: 'logNormal', ...normals, x: values });
    const logMass = logMassWithinBounds();
    return evaluate({ kernel: 'normal', ...normals, x: values }).map((value) => value - logMass);
  }
  const least = bounds && (log ? Math.exp(bounds.low) : bounds.low);
  const most = bounds && (log ? Math.exp(bounds.high) : bounds.high);
  const lower = values.map((x) =>
    Math.max(x - q / 2, least ?? (log ? 0 : Number.NEGATIVE_INFINITY)),
  );
  const upper = values.map((x) => Math.min(x + q / 2, most ?? Number.POSITIVE_INFINITY));
  const logMass = logMassWithinBounds();
  const kernel = log ? 'logNormalMass' : 'normalMass';
  return evaluate({ kernel, ...normals, lower, upper }).map((value) => value - logMass);
}
