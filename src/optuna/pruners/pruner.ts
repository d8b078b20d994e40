import { invalidArgument } from '../../errors.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';

/** Decides from a trial's reports whether it is worth going on. */
export interface Pruner {
  /** `trial` is running and its last report is the one to judge. True: give up. */
  prune(study: StudyView, trial: FrozenTrial): boolean | Promise<boolean>;
  /**
   * A pruner of the same options that remembers nothing yet. One that keeps anything from call to call
   * must have it: `study.optimize({ deterministic: true })` gives every trial one of its own.
   */
  forTrial?(): Pruner;
  /** What the sampler sees of the study while it serves `trial`; if left out, all of it. */
  samplerView?(study: StudyView, trial: FrozenTrial): StudyView;
}

/** The pruner itself. Throws InvalidArgumentError if it is none. */
export function checkedPruner(pruner: Pruner): Pruner {
  if (typeof pruner?.prune === 'function') return pruner;
  throw invalidArgument('pruner', 'a Pruner', pruner);
}
