// The real tfjs on its CPU backend, without its start-up banner.
import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

core.enableProdMode();
await core.setBackend('cpu');

export { core };
export const tf = { ...tfl, train: core.train };

/** Numbers in [-1, 1) that look random and are the same everywhere. */
export function someNumbers(n: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Random weights, biases too, which start at 0. */
export function shake(model: tfl.Sequential, seed = 1): tfl.Sequential {
  model.setWeights(
    model.getWeights().map(({ shape, size }, i) => {
      const values = someNumbers(size, seed + i).map((value) => value * 0.4);
      return core.tensor(values, shape);
    }),
  );
  return model;
}

export function weightsOf(model: tfl.LayersModel): Float32Array[] {
  return model.getWeights().map((tensor) => Float32Array.from(tensor.dataSync()));
}

/** The largest difference of two lists of arrays. */
export function distance(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [i, values] of a.entries()) {
    if (values.length !== b[i]?.length) return Number.POSITIVE_INFINITY;
    for (let j = 0; j < values.length; j++) {
      const difference = Math.abs(values[j]! - b[i]![j]!);
      // A NaN counts as far away.
      if (!(difference <= largest)) largest = difference;
      if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    }
  }
  return largest;
}
