/**
 * Hyperopt's vocabulary: spaces of `hp` nodes, `fmin`, `Trials`, and search algorithms that propose
 * the same trials as Hyperopt 0.3.0 does from the same seeds.
 *
 * Source: Bergstra, Bardenet, Bengio and Kégl (2011), Algorithms for Hyper-Parameter Optimization.
 * @module trialforge/hyperopt
 */

export { defaultRng, Generator } from '../numpy/generator.js';
export type { Algorithm } from './algorithm.js';
export type { Distribution } from './distribution.js';
export {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATES,
  type JobState,
  STATUS_FAIL,
  STATUS_NEW,
  STATUS_OK,
  STATUS_RUNNING,
  STATUS_STRINGS,
  STATUS_SUSPENDED,
  type Status,
  type TrialDocument,
  type TrialMisc,
  type TrialResult,
} from './documents.js';
export { type Ctrl, Domain, type Objective, type ObjectiveResult } from './domain.js';
export { type EarlyStopFunction, noProgressLoss } from './early-stop.js';
export {
  AllTrialsFailed,
  DuplicateLabel,
  InvalidLoss,
  InvalidResultStatus,
  InvalidSpace,
  InvalidTrial,
} from './errors.js';
export { type FminOptions, fmin, type SeedSource } from './fmin.js';
/** What spaces consist of: one function a distribution, each with the parameter's label first. */
export * as hp from './hp.js';
export { ChoiceNode, type Evaluated, ParameterNode, type SpaceNode } from './node.js';
/** Random search. */
export * as rand from './rand.js';
export { type Assignment, type LabelValues, spaceEval } from './space.js';
/** Hyperopt's tree-structured Parzen estimator. */
export * as tpe from './tpe/index.js';
export { type TrialAttachments, Trials, trialsFromDocs } from './trials.js';
