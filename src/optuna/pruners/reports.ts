import type { Direction } from '../trial/frozen-trial.js';

/** The best of the values that are not NaN; NaN if there is none. */
export function bestOf(values: Iterable<number>, direction: Direction): number {
  let best = Number.NaN;
  for (const value of values) {
    const better = direction === 'minimize' ? value < best : value > best;
    if (better || Number.isNaN(best)) best = value;
  }
  return best;
}
