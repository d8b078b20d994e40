import { invalidInteger } from '../../errors.js';
import type { Trial } from '../trial/trial.js';

/**
 * `size` trials, asked for one after the other. If one cannot be had, those before it are given up and
 * the error is thrown on.
 */
export async function askBatch(
  size: number,
  ask: () => Promise<Trial>,
  giveUp: (trial: Trial) => Promise<unknown>,
): Promise<Trial[]> {
  if (!(Number.isSafeInteger(size) && size >= 1)) {
    throw invalidInteger('size', 'an integer from 1', size);
  }
  const trials: Trial[] = [];
  try {
    while (trials.length < size) trials.push(await ask());
    return trials;
  } catch (error) {
    for (const trial of trials) await giveUp(trial);
    throw error;
  }
}
