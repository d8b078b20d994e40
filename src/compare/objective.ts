import { TrialforgeError } from '../errors.js';
import type { TrialParams } from './space.js';

/** What one epoch brought, on training and on test data. Accuracies are in 0..1. */
export interface EpochMetrics {
  /** Mean over the training samples, with the regularisation penalty. */
  loss: number;
  /** Share of the training samples that are right, 0..1. */
  accuracy: number;
  /** Mean over the test samples, with the regularisation penalty. */
  testLoss: number;
  /** Share of the test samples that are right, 0..1. */
  testAccuracy: number;
}

/** What an Objective is told beside the hyperparameters. */
export interface ObjectiveContext {
  /** Epochs to train. */
  epochs: number;
  /** Of weights, shuffles and dropout: an integer from 0. */
  seed: number;
  /** Fires when the trial is to stop; the objective then rejects. */
  signal: AbortSignal;
  /**
   * To be awaited after each epoch, in order. When it rejects, the trial is over: the objective
   * stops and rejects with the same error.
   */
  onEpoch(metrics: EpochMetrics): Promise<void>;
  /** May be called within an epoch with the share of it that is done, in 0..1. */
  onEpochProgress(share: number): void;
}

/**
 * Runs one trial. Rejects with TrialStopped if these parameters cannot be run or came to nothing;
 * any other error is a fault of the program or the machine and ends the comparison.
 */
export type Objective = (params: TrialParams, context: ObjectiveContext) => Promise<void>;

/** A trial for an ArrayObjective. */
export interface TrialRun {
  /** The hyperparameters. */
  params: TrialParams;
  /** What an Objective is told beside them. */
  context: ObjectiveContext;
}

/** Runs several trials at once, each as an Objective would, and tells how each has ended. */
export type ArrayObjective = (
  trials: readonly TrialRun[],
) => Promise<readonly PromiseSettledResult<void>[]>;

/** A trial that ends early, and why. */
export class TrialStopped extends TrialforgeError {
  /** What becomes of the trial. */
  readonly state: 'pruned' | 'failed';

  constructor(state: 'pruned' | 'failed', reason: string, options?: ErrorOptions) {
    super(state === 'pruned' ? 'ERR_TRIAL_PRUNED' : 'ERR_TRIAL_FAILED', reason, options);
    this.state = state;
  }
}
