import { argsort } from '../../../numpy/argsort.js';
import { clamp } from '../../../numpy/rounding.js';
import { sum } from '../../../numpy/sum.js';
import { onCpu, type ParzenPlace } from '../../../parzen/device.js';
import type { ParzenHistoryOptions } from '../../../parzen/history.js';
import { type MixtureParameter, mixtureLogPdf, naturalLogs } from '../../../parzen/mixture.js';
import type {
  CategoricalDistribution,
  FloatDistribution,
  IntDistribution,
  SearchSpace,
} from '../../distributions/distributions.js';
import { forgettingWeights, mixtureWeights, type WeightsFunction } from './weights.js';

/** Internal values (numbers, indices of choices) by parameter name; all arrays have one length. */
export type Observations = ReadonlyMap<string, Float64Array>;

export interface ParzenEstimatorOptions extends ParzenHistoryOptions {
  weights: WeightsFunction;
  place: ParzenPlace;
}

const defaults: ParzenEstimatorOptions = {
  weights: forgettingWeights,
  priorWeight: 1,
  magicClip: true,
  endpoints: false,
  place: onCpu,
};

type NumericDistribution = FloatDistribution | IntDistribution;

/** One parameter's n + 1 components: one an observation, and the prior last. */
type Components =
  | {
      kind: 'categorical';
      distribution: CategoricalDistribution;
      /** [n + 1, choices], rows that sum to 1. */
      probability: Float64Array;
    }
  | {
      kind: 'numeric';
      distribution: NumericDistribution;
      mu: Float64Array;
      sigma: Float64Array;
      /** The range with half a step on either side, in logarithms if the parameter is. */
      low: number;
      high: number;
    };

/**
 * The density of observed parameters: a mixture of one product of kernels an observation, and of a
 * flat prior (Watanabe, Tree-structured Parzen estimator, 2023, arXiv:2304.11127).
 */
export class ParzenEstimator {
  readonly #weights: Float64Array;
  readonly #components: ReadonlyMap<string, Components>;
  readonly #place: ParzenPlace;

  /** `n` observations in the order of trial numbers. */
  constructor(
    space: SearchSpace,
    observations: Observations,
    n: number,
    options: Partial<ParzenEstimatorOptions> = {},
  ) {
    const all: ParzenEstimatorOptions = { ...defaults, ...options };
    const { weights, priorWeight, place } = all;
    this.#place = place;
    this.#weights = mixtureWeights(weights, priorWeight, n);
    this.#components = new Map(
      [...space].map(([name, distribution]) => {
        const values = observations.get(name)!;
        return [
          name,
          distribution.kind === 'categorical'
            ? categoricalComponents(distribution, values, priorWeight)
            : numericComponents(distribution, values, all),
        ];
      }),
    );
  }

  /** The log-density (or log-mass, for parameters on a grid) of every point. */
  logPdf(points: Observations): Float64Array {
    let n = 0;
    const parameters = [...this.#components].map(([name, components]) => {
      const values = points.get(name)!;
      n = values.length;
      return mixtureParameter(components, values);
    });
    return mixtureLogPdf(naturalLogs(this.#weights), parameters, n, this.#place);
  }
}

function withLast(values: Float64Array, last: number): Float64Array {
  const longer = new Float64Array(values.length + 1);
  longer.set(values);
  longer[values.length] = last;
  return longer;
}

function normalized(weights: Float64Array): Float64Array {
  const total = sum(weights) || 1;
  return weights.map((weight) => weight / total);
}

function categoricalComponents(
  distribution: CategoricalDistribution,
  observed: Float64Array,
  priorWeight: number,
): Components {
  const nChoices = distribution.choices.length;
  const rows = observed.length + 1;
  if (rows === 1) {
    const probability = new Float64Array(nChoices).fill(1 / nChoices);
    return { kind: 'categorical', distribution, probability };
  }
  const probability = new Float64Array(rows * nChoices);
  for (let row = 0; row < rows; row += 1) {
    const weights = new Float64Array(nChoices).fill(priorWeight / rows);
    if (row < observed.length) weights[observed[row]!]! += 1;
    probability.set(normalized(weights), row * nChoices);
  }
  return { kind: 'categorical', distribution, probability };
}

function numericComponents(
  distribution: NumericDistribution,
  observed: Float64Array,
  options: ParzenHistoryOptions,
): Components {
  const half = (distribution.step ?? 0) / 2;
  const scale = distribution.log ? Math.log : (x: number) => x;
  const low = scale(distribution.low - half);
  const high = scale(distribution.high + half);
  const mu = withLast(observed.map(scale), (low + high) / 2);
  const sigma = withLast(widths(mu.subarray(0, -1), low, high, options), high - low);
  return { kind: 'numeric', distribution, mu, sigma, low, high };
}

/** The width of every observation's kernel: the larger gap to its neighbours, within bounds. */
function widths(
  mu: Float64Array,
  low: number,
  high: number,
  { magicClip, endpoints }: ParzenHistoryOptions,
): Float64Array {
  const n = mu.length;
  const range = high - low;
  const least = magicClip ? range / Math.min(100, n + 2) : 1e-12;
  const order = argsort(mu);
  const at = (k: number): number => (k < 0 ? low : k >= n ? high : mu[order[k]!]!);
  const sigma = new Float64Array(n);
  for (let k = 0; k < n; k += 1) {
    let left = at(k) - at(k - 1);
    let right = at(k + 1) - at(k);
    // The ends of the range are neighbours only of a lone observation.
    if (!endpoints && n >= 2 && k === 0) left = right;
    if (!endpoints && n >= 2 && k === n - 1) right = left;
    sigma[order[k]!] = clamp(Math.max(left, right), least, range);
  }
  return sigma;
}

function mixtureParameter(components: Components, values: Float64Array): MixtureParameter {
  if (components.kind === 'categorical') {
    const { distribution, probability } = components;
    return {
      kernel: 'categorical',
      probability,
      nChoices: distribution.choices.length,
      choice: Int32Array.from(values),
    };
  }
  const { distribution, mu, sigma, low, high } = components;
  const scale = distribution.log ? Math.log : (x: number) => x;
  const { step } = distribution;
  if (step === null) {
    return { kernel: 'truncatedNormal', mu, sigma, low, high, x: values.map(scale) };
  }
  return {
    kernel: 'truncatedNormalMass',
    mu,
    sigma,
    low,
    high,
    lower: values.map((x) => scale(x - step / 2)),
    upper: values.map((x) => scale(x + step / 2)),
  };
}
