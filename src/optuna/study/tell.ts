import { InvalidArgumentError, invalidArgument, show } from '../../errors.js';
import { TrialStateError } from '../errors.js';
import { type FrozenTrial, isFinished, isObjectiveValue, lastStep } from '../trial/frozen-trial.js';
import { warn } from '../warn.js';

export const toldStates = ['complete', 'pruned', 'fail'] as const;
/** How a trial may end. */
export type ToldState = (typeof toldStates)[number];

/** What a trial is to become. */
export interface Outcome {
  state: ToldState;
  values: readonly number[] | null;
}

/** Throws TrialStateError unless the trial can be told a result. */
export function checkRunning({ number, state }: FrozenTrial): void {
  if (state === 'running') return;
  const why = isFinished(state) ? `is finished (${state})` : 'has not been asked for yet';
  throw new TrialStateError(`trial ${number} must be running to be told a result; it ${why}`);
}

/**
 * What telling `values` and `state` makes of a trial. Without a state, values that are none fail the
 * trial; with one, they throw InvalidArgumentError.
 */
export function outcomeOf(
  trial: FrozenTrial,
  values: unknown,
  state: ToldState | undefined,
  nObjectives: number,
): Outcome {
  if (state !== undefined && !toldStates.includes(state)) {
    throw invalidArgument('state', `one of ${toldStates.join(', ')}`, state);
  }
  if (state === 'pruned' || state === 'fail') {
    if (values !== undefined && values !== null) {
      throw new InvalidArgumentError(
        `values must be left out with state '${state}', not be ${show(values)}`,
      );
    }
    return { state, values: state === 'pruned' ? lastReport(trial) : null };
  }
  const told = Array.isArray(values) ? values.map(asNumber) : [asNumber(values)];
  const problem = problemOf(told, values, nObjectives);
  if (problem === undefined) return { state: 'complete', values: told as number[] };
  if (state === 'complete') throw new InvalidArgumentError(problem);
  warn(`trial ${trial.number} failed: ${problem}`);
  return { state: 'fail', values: null };
}

function asNumber(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

function problemOf(
  told: readonly unknown[],
  given: unknown,
  nObjectives: number,
): string | undefined {
  if (told.length !== nObjectives) {
    return `values must be ${nObjectives}, one an objective, not ${told.length}: ${show(given)}`;
  }
  if (!told.every(isObjectiveValue)) {
    return `values must be numbers that are not NaN, not ${show(given)}`;
  }
  return undefined;
}

/** A pruned trial's value: its last report, if that is a number. */
function lastReport(trial: FrozenTrial): readonly number[] | null {
  const step = lastStep(trial);
  const value = step === undefined ? Number.NaN : trial.intermediateValues.get(step)!;
  return Number.isNaN(value) ? null : [value];
}
