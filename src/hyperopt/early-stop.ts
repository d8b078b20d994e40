import { invalidArgument, invalidInteger } from '../errors.js';
import type { Trials } from './trials.js';

/**
 * Called after every round of a search with the trials and what it returned as `state` the last
 * time (nothing the first time). Returns whether to stop, and the next state.
 */
export type EarlyStopFunction = (
  trials: Trials,
  // biome-ignore lint/suspicious/noExplicitAny: the state is the function's own affair
  ...state: any[]
) => [stop: boolean, state: unknown[]] | Promise<[stop: boolean, state: unknown[]]>;

/**
 * Stops a search once `iterationStopCount` rounds in a row have not improved the loss by more than
 * `percentIncrease` percent. Only the last trial of a round is looked at; one without a loss makes
 * the count start again.
 * Throws InvalidArgumentError unless the count is a positive integer and the percentage not negative.
 */
export function noProgressLoss(iterationStopCount = 20, percentIncrease = 0): EarlyStopFunction {
  if (!Number.isSafeInteger(iterationStopCount) || iterationStopCount < 1) {
    throw invalidInteger('iterationStopCount', 'a positive integer', iterationStopCount);
  }
  if (!(Number.isFinite(percentIncrease) && percentIncrease >= 0)) {
    throw invalidArgument('percentIncrease', 'a number not below 0', percentIncrease);
  }
  return (trials, best?: number, rounds = 0) => {
    const last = trials.trials.at(-1);
    if (last === undefined) return [false, [best, rounds]];
    const loss = last.result.loss ?? undefined;
    if (best === undefined) return [false, [loss, rounds + 1]];
    const threshold = best - Math.abs(best * (percentIncrease / 100));
    if (loss === undefined || loss < threshold) return [false, [loss, 0]];
    return [rounds + 1 >= iterationStopCount, [best, rounds + 1]];
  };
}
