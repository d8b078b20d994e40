import type { z } from 'zod';
import type { EpochMetrics } from '../objective.js';
import type { TrialRecord } from '../results.js';
import type { SearchSpace, TrialParams } from '../space.js';

/** Looks at an epoch of the running trial; a returned text is the reason to prune it. */
export type Watch = (metrics: EpochMetrics, epoch: number) => Promise<string | undefined>;

/** A trial to run, and who watches it. */
export interface WatchedTrial {
  params: TrialParams;
  watch?: Watch;
}

export interface StrategyContext<Settings> {
  /** How many trials may be run. */
  trials: number;
  space: SearchSpace;
  seed: number;
  settings: Settings;
  /** Trials to choose together, for runTrials, where the strategy can. */
  trialArray: number;
  /**
   * Runs the next trial to its end, whatever that is. A trial that an earlier, interrupted run has
   * finished is not run again: its record is returned after `watch` has seen its epochs.
   */
  runTrial(params: TrialParams, watch?: Watch): Promise<TrialRecord>;
  /** Runs several next trials together, each as runTrial does. */
  runTrials(trials: readonly WatchedTrial[]): Promise<TrialRecord[]>;
}

/** A way to choose hyperparameters: the same seed and results must lead to the same choices. */
export interface Strategy<Name extends string = string, Settings extends z.ZodType = z.ZodType> {
  name: Name;
  settings: Settings;
  run(context: StrategyContext<z.infer<Settings>>): Promise<void>;
}

export function defineStrategy<Name extends string, Settings extends z.ZodType>(
  strategy: Strategy<Name, Settings>,
): Strategy<Name, Settings> {
  return strategy;
}
