import { invalidArgument } from '../../../errors.js';
import { sum } from '../../../numpy/sum.js';
import type { MixtureWeights } from '../../../parzen/history.js';
import { naturalLogs } from '../../../parzen/mixture.js';

/** The weights of n observations, the oldest first. */
export type WeightsFunction = (n: number) => ArrayLike<number>;

/** How many of the latest observations count fully. */
const fullWeights = 25;

/** Ones for the latest 25, and a ramp from 1/n to 1 for the older ones. */
export function forgettingWeights(n: number): Float64Array {
  const weights = new Float64Array(n).fill(1);
  const ramp = n - fullWeights;
  for (let i = 0; i < ramp; i += 1) {
    if (i === 0) weights[i] = 1 / n;
    else if (i < ramp - 1) weights[i] = i * ((1 - 1 / n) / (ramp - 1)) + 1 / n;
  }
  return weights;
}

export function equalWeights(n: number): Float64Array {
  return new Float64Array(n).fill(1);
}

/** The weights of a mixture of n observations and the prior, which sum to 1. */
export function mixtureWeights(
  weights: WeightsFunction,
  priorWeight: number,
  n: number,
): Float64Array {
  const all = new Float64Array(n + 1);
  if (n > 0) {
    all.set(checked(weights, n));
    all[n] = priorWeight;
  } else {
    all[0] = 1;
  }
  const total = sum(all);
  for (let i = 0; i <= n; i += 1) all[i]! /= total;
  return all;
}

function checked(weights: WeightsFunction, n: number): Float64Array {
  const given = weights(n);
  if (weights === forgettingWeights || weights === equalWeights) return given as Float64Array;
  const isList = Array.isArray(given) || ArrayBuffer.isView(given);
  const values = isList ? Float64Array.from(given as ArrayLike<number>).subarray(0, n) : given;
  const valid =
    values instanceof Float64Array &&
    values.length === n &&
    values.every((weight) => weight >= 0 && weight < Number.POSITIVE_INFINITY) &&
    values.some((weight) => weight > 0);
  if (!valid) {
    throw invalidArgument(`weights(${n})`, `${n} finite numbers from 0, not all 0`, given);
  }
  return values;
}

/** Remembers the weights of the latest numbers of observations. */
export class WeightsMemory {
  /** Whether they are those that a ParzenHistory knows by itself. */
  readonly areDefault: boolean;
  readonly #weights: WeightsFunction;
  readonly #priorWeight: number;
  readonly #known = new Map<number, MixtureWeights>();

  constructor(weights: WeightsFunction, priorWeight: number) {
    this.#weights = weights;
    this.#priorWeight = priorWeight;
    this.areDefault = weights === forgettingWeights;
  }

  of(n: number): MixtureWeights {
    let known = this.#known.get(n);
    if (known === undefined) {
      const weights = mixtureWeights(this.#weights, this.#priorWeight, n);
      known = { weights, logs: naturalLogs(weights) };
      if (this.#known.size === 4) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(n, known);
    }
    return known;
  }
}
