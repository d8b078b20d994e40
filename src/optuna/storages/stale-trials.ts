import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { Study } from '../study/study.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import type { Heartbeat, StaleTrialCallback } from './heartbeat.js';

/**
 * Fails the running trials whose process has given no sign of life for the grace period of the
 * storage, and calls its callback for each of them. `study.optimize` does so before it asks for a
 * trial. Without a heartbeat nothing happens. Rejects with StorageError, and as the callback does.
 */
export async function failStaleTrials(study: Study): Promise<void> {
  const { storage, studyId } = study.context;
  const { heartbeat } = storage;
  if (!heartbeat) return;
  for (const id of await heartbeat.staleTrials(studyId)) {
    // Another process may have noticed as well; one of them fails the trial.
    if (await heartbeat.fail(id)) await heartbeat.onStaleTrial?.(study, storage.peekTrial(id));
  }
}

/**
 * Gives further signs of life of some trials until the function that it returns is called.
 * @internal
 */
export function keepAlive(
  heartbeat: Heartbeat,
  trials: readonly { readonly id: number }[],
): () => void {
  const beat = () => Promise.all(trials.map(({ id }) => heartbeat.beat(id)));
  // A sign that cannot be written is no reason to end a trial that runs.
  const timer = setInterval(() => void beat().catch(() => {}), heartbeat.interval * 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/** Options of RetryHeartbeatStaleTrialCallback. */
export interface RetryOptions {
  /** How often a trial is tried again, from 0; without it, until it has finished. */
  maxRetry?: number;
  /** Let the new trial keep what the stale one reported. Default false. */
  inheritIntermediateValues?: boolean;
}

const optionNames = ['maxRetry', 'inheritIntermediateValues'];

/**
 * A callback for RDBStorage's `heartbeatStaleTrialCallback` that lets a later trial repeat the stale
 * one, with its parameters and attributes. Throws InvalidArgumentError.
 */
export function RetryHeartbeatStaleTrialCallback(options: RetryOptions = {}): StaleTrialCallback {
  checkOptionNames('RetryHeartbeatStaleTrialCallback', options, optionNames);
  const { maxRetry = Number.POSITIVE_INFINITY, inheritIntermediateValues = false } = options;
  if (!(maxRetry === Number.POSITIVE_INFINITY || (Number.isInteger(maxRetry) && maxRetry >= 0))) {
    throw invalidArgument('maxRetry', 'an integer from 0', maxRetry);
  }
  return async (study, trial) => {
    const history = [...retryHistory(trial), trial.number];
    if (history.length > maxRetry) return;
    await study.addTrial({
      state: 'waiting',
      values: null,
      params: trial.params,
      distributions: trial.distributions,
      intermediateValues: inheritIntermediateValues ? trial.intermediateValues : new Map(),
      userAttrs: trial.userAttrs,
      systemAttrs: { failed_trial: trial.number, ...trial.systemAttrs, retry_history: history },
      datetimeStart: null,
      datetimeComplete: null,
    });
  };
}

/** The number of the trial that this one repeats, the first of them; undefined if it repeats none. */
function retriedTrialNumber(trial: FrozenTrial): number | undefined {
  return trial.systemAttrs['failed_trial'] as number | undefined;
}

/** The numbers of the trials that this one repeats, the first one first. */
function retryHistory(trial: FrozenTrial): readonly number[] {
  return (trial.systemAttrs['retry_history'] as readonly number[] | undefined) ?? [];
}

RetryHeartbeatStaleTrialCallback.retriedTrialNumber = retriedTrialNumber;
RetryHeartbeatStaleTrialCallback.retryHistory = retryHistory;

/** The name before Optuna 4.9. */
export const RetryFailedTrialCallback = RetryHeartbeatStaleTrialCallback;
