import type { Study } from '../study/study.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';

/** Called for every stale trial after it was failed, by the process that failed it alone. */
export type StaleTrialCallback = (study: Study, trial: FrozenTrial) => void | Promise<void>;

/**
 * Running trials give signs of life while `study.optimize` runs them. One whose last sign is older
 * than the grace period is stale: its process is dead. Trials that never gave a sign are not judged.
 */
export interface Heartbeat {
  /** Seconds between two signs. */
  readonly interval: number;
  /** What happens to stale trials besides failing. */
  readonly onStaleTrial: StaleTrialCallback | undefined;
  /** Notes a sign of life. */
  beat(trialId: number): Promise<void>;
  /** The ids of running trials that are stale, by the clock of the storage. */
  staleTrials(studyId: number): Promise<readonly number[]>;
  /**
   * Fails a trial that is still running: resolves to whether this call did it, and not another
   * process.
   */
  fail(trialId: number): Promise<boolean>;
}
