import type { FrozenTrial } from '../trial/frozen-trial.js';

/**
 * Whether `step` is the trial's first report in its interval of steps. Intervals begin at `warmup`,
 * `warmup + interval`, ...
 */
export function isFirstInInterval(
  trial: FrozenTrial,
  step: number,
  warmup: number,
  interval: number,
): boolean {
  const begin = Math.floor((step - warmup) / interval) * interval + warmup;
  for (const other of trial.intermediateValues.keys()) {
    if (other !== step && other >= begin) return false;
  }
  return true;
}
