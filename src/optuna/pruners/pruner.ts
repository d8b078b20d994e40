import type { FrozenTrial } from '../frozen-trial.js';
import type { StudyView } from '../study-context.js';

/** Decides from a trial's reports whether it is worth going on. */
export interface Pruner {
  /** `trial` is running and its last report is the one to judge. True: give up. */
  prune(study: StudyView, trial: FrozenTrial): boolean | Promise<boolean>;
  /**
   * A pruner of the same options that remembers nothing yet. One that keeps anything from call to call
   * must have it: `study.optimize({ deterministic: true })` gives every trial one of its own.
   */
  forTrial?(): Pruner;
}
