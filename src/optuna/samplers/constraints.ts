import { invalidArgument } from '../../errors.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';

/** The constraints of a trial, kept if all of them are 0 or less. */
export type ConstraintsFunction = (trial: FrozenTrial) => readonly number[];

/**
 * Notes the constraints of a trial that is about to finish; null if they cannot be had. Throws what the
 * function throws, and InvalidArgumentError if it returns anything but numbers.
 */
export function setConstraints(
  constraints: ConstraintsFunction,
  study: StudyView,
  trial: FrozenTrial,
): void {
  let noted: number[] | null = null;
  try {
    const values: unknown = constraints(trial);
    const valid =
      Array.isArray(values) &&
      values.every((value) => typeof value === 'number' && !Number.isNaN(value));
    if (!valid) throw invalidArgument('constraints', 'numbers that are not NaN', values);
    noted = [...(values as number[])];
  } finally {
    study.setTrialSystemAttr(trial.id, 'constraints', noted);
  }
}
