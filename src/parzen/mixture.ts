import { callNative, type NativeParzenParameter } from '../native/addon.js';
import { cudaIndexFor, onCpu, type ParzenPlace } from './device.js';

/** One parameter of a mixture: its k components, and the n points at which they are evaluated. */
export type MixtureParameter =
  | {
      /** Density at `x`; every component is renormalised to [low, high]. */
      kernel: 'truncatedNormal';
      mu: Float64Array;
      sigma: Float64Array;
      low: number;
      high: number;
      x: Float64Array;
    }
  | {
      /** Mass of [lower, upper]; every component is renormalised to [low, high]. */
      kernel: 'truncatedNormalMass';
      mu: Float64Array;
      sigma: Float64Array;
      low: number;
      high: number;
      lower: Float64Array;
      upper: Float64Array;
    }
  | {
      /** Probability of a choice: row j of `probability` [k, nChoices] belongs to component j. */
      kernel: 'categorical';
      probability: Float64Array;
      nChoices: number;
      choice: Int32Array;
    }
  | {
      /** Density at `x` of a normal, or of exp(normal). Not truncated. */
      kernel: 'normal' | 'logNormal';
      mu: Float64Array;
      sigma: Float64Array;
      x: Float64Array;
    }
  | {
      /** Mass of [lower, upper] under a normal, or under exp(normal). Not truncated. */
      kernel: 'normalMass' | 'logNormalMass';
      mu: Float64Array;
      sigma: Float64Array;
      lower: Float64Array;
      upper: Float64Array;
    };

/** The order of ParzenKernel in native/include/trialforge/parzen.h. */
const kernels = [
  'truncatedNormal',
  'truncatedNormalMass',
  'categorical',
  'normal',
  'logNormal',
  'normalMass',
  'logNormalMass',
] as const satisfies readonly MixtureParameter['kernel'][];

/**
 * Log-density of n points under a mixture of k components over the given parameters:
 * out[i] = log sum_j exp(logWeights[j] + sum over parameters of log p_j(point i)).
 */
export function mixtureLogPdf(
  logWeights: Float64Array,
  parameters: readonly MixtureParameter[],
  n: number,
  place: ParzenPlace = onCpu,
): Float64Array {
  const out = new Float64Array(n);
  const cudaIndex = cudaIndexFor(place, n * logWeights.length * Math.max(1, parameters.length));
  const described = parameters.map(
    (parameter): NativeParzenParameter => ({
      ...parameter,
      kernel: kernels.indexOf(parameter.kernel),
    }),
  );
  callNative((addon) => addon.parzenLogPdf(logWeights, described, out, cudaIndex));
  return out;
}

/**
 * The logarithms of `x` by the mixture's own function. Math.log may differ in the last bit, which
 * would decide between candidates whose scores are equal.
 */
export function naturalLogs(x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  callNative((addon) => addon.naturalLogs(x, out));
  return out;
}
