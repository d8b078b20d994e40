import { type Direction, type FrozenTrial, lastStep } from '../../trial/frozen-trial.js';

/** Pruned trials by this: those that got further first, then by their last value; those without reports last. */
export function prunedKey(trial: FrozenTrial, direction: Direction): [number, number] {
  const step = lastStep(trial);
  if (step === undefined) return [1, 0];
  const value = trial.intermediateValues.get(step)!;
  if (Number.isNaN(value)) return [-step, Number.POSITIVE_INFINITY];
  return [-step, direction === 'minimize' ? value : -value];
}
