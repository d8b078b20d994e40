import {
  callNative,
  type NativeJob,
  type NativeParzenHistory,
  typedError,
} from '../native/addon.js';

/** A parameter of a ParzenHistory: `nChoices` choices, or the numbers of a range, on a grid with `step`. */
export interface ParzenDimension {
  nChoices: number;
  low: number;
  high: number;
  /** 0: none. */
  step: number;
  log: boolean;
}

export interface ParzenHistoryOptions {
  priorWeight: number;
  magicClip: boolean;
  endpoints: boolean;
}

/** Where an observation is; the numbers of ParzenSide in native/include/trialforge/parzen_history.h. */
export const nowhere = 0;
export const above = 1;
export const below = 2;

/** Weights that sum to 1, the prior's last, and their logarithms. */
export interface MixtureWeights {
  readonly weights: Float64Array;
  readonly logs: Float64Array;
}

/** Weights that are left to the native history: those of forgettingWeights, and the prior's. */
export const knownWeights = new Float64Array(0);

/** Observations and the two densities over them; see native/include/trialforge/parzen_history.h. */
export class ParzenHistory {
  readonly nDimensions: number;
  readonly #native: NativeParzenHistory;

  constructor(
    dimensions: readonly ParzenDimension[],
    { priorWeight, magicClip, endpoints }: ParzenHistoryOptions,
  ) {
    this.nDimensions = dimensions.length;
    const numbers = Float64Array.from(
      dimensions.flatMap(({ nChoices, low, high, step, log }) => [
        nChoices,
        low,
        high,
        step,
        Number(log),
      ]),
    );
    this.#native = callNative(
      (addon) => new addon.NativeParzenHistory(numbers, priorWeight, magicClip, endpoints),
    );
  }

  /** Puts observation numbers[i], with the values rows[i], to sides[i]; `rows` is [n, d]. */
  update(numbers: Float64Array, sides: Int32Array, rows: Float64Array): void {
    callNative(() => this.#native.update(numbers, sides, rows));
  }

  /**
   * As update, on a thread of its own, with the values that the arrays have now. Calls made after it
   * see its changes; those that return no promise wait for it.
   */
  async updateLater(numbers: Float64Array, sides: Int32Array, rows: Float64Array): Promise<void> {
    await finished(callNative(() => this.#native.updateLater(numbers, sides, rows)));
  }

  /** The log-densities of `points` [n, d] under one side. */
  logPdf(side: typeof above | typeof below, logs: Float64Array, points: Float64Array) {
    const out = new Float64Array(points.length / this.nDimensions);
    callNative(() => this.#native.logPdf(side, logs, points, out));
    return out;
  }

  /** n points [n, d] from the density below; `uniforms`: n (1 + d) of them. */
  sample(uniforms: Float64Array, { weights }: MixtureWeights, n: number): Float64Array {
    const points = new Float64Array(n * this.nDimensions);
    callNative(() => this.#native.sample(uniforms, weights, points));
    return points;
  }

  /** The index of the best of points [n, d], one or more; the logarithms are as in choose. */
  best(points: Float64Array, goodLogs: Float64Array, badLogs: Float64Array): number {
    return callNative(() => this.#native.best(points, goodLogs, badLogs));
  }

  /**
   * The best of nCandidates points that sample draws; `badLogs`: the logarithms of the weights
   * above, or knownWeights.
   */
  choose(
    uniforms: Float64Array,
    good: MixtureWeights,
    badLogs: Float64Array,
    nCandidates: number,
  ): Float64Array {
    const out = new Float64Array(this.nDimensions);
    const { weights, logs } = good;
    callNative(() => this.#native.choose(uniforms, weights, logs, badLogs, nCandidates, out));
    return out;
  }

  /** As choose, on a thread of its own, as updateLater. */
  async chooseLater(
    uniforms: Float64Array,
    { weights, logs }: MixtureWeights,
    badLogs: Float64Array,
    nCandidates: number,
  ): Promise<Float64Array> {
    const out = new Float64Array(this.nDimensions);
    return await finished(
      callNative(() =>
        this.#native.chooseLater(uniforms, weights, logs, badLogs, nCandidates, out),
      ),
    );
  }
}

async function finished<T>(job: NativeJob<T>): Promise<T> {
  try {
    return await job.promise;
  } catch (error) {
    throw typedError(error);
  }
}
