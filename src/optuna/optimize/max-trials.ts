import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { type TrialState, trialStates } from '../trial/frozen-trial.js';
import type { Callback } from './optimize.js';

/** Options of MaxTrialsCallback. */
export interface MaxTrialsCallbackOptions {
  /** The states to count; null: all. Default ['complete']. */
  states?: readonly TrialState[] | null;
}

/**
 * A callback that stops `optimize` as soon as the study has `nTrials` trials in one of the states,
 * those of other processes and earlier runs included. Throws InvalidArgumentError.
 */
export function MaxTrialsCallback(
  nTrials: number,
  options: MaxTrialsCallbackOptions = {},
): Callback {
  checkOptionNames('MaxTrialsCallback', options, ['states']);
  const { states = ['complete'] } = options;
  if (!(Number.isInteger(nTrials) && nTrials >= 0)) {
    throw invalidArgument('nTrials', 'an integer from 0', nTrials);
  }
  const counted = states ?? trialStates;
  const wrong = counted.find((state) => !trialStates.includes(state));
  if (wrong !== undefined) {
    throw invalidArgument('states', `some of ${trialStates.join(', ')}`, wrong);
  }
  return async (study) => {
    if ((await study.trials({ states: counted })).length >= nTrials) study.stop();
  };
}
