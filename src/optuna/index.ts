/**
 * Hyperparameter search with Optuna's vocabulary: studies, trials, samplers, pruners, storages, which
 * suggest and decide as Optuna 5.0.0 does.
 * @module trialforge/optuna
 */
export type { ParzenDevice } from '../parzen/device.js';
export { distributionFromJson, distributionToJson } from './distributions/distribution-json.js';
export {
  type CategoricalDistribution,
  type Choice,
  categoricalDistribution,
  type Distribution,
  type FloatDistribution,
  type FloatOptions,
  floatDistribution,
  type IntDistribution,
  type IntOptions,
  intDistribution,
  type ParamValue,
  type SearchSpace,
} from './distributions/distributions.js';
export {
  DuplicatedStudyError,
  IncompatibleDistributionError,
  MultiObjectiveError,
  NoBestTrialError,
  NotOptimizingError,
  StorageError,
  StudyError,
  StudyNotFoundError,
  TrialNotFoundError,
  TrialPruned,
  TrialStateError,
  UpdateFinishedTrialError,
} from './errors.js';
export { MaxTrialsCallback, type MaxTrialsCallbackOptions } from './optimize/max-trials.js';
export type {
  ArrayObjective,
  ArrayOptimizeOptions,
  Callback,
  ErrorClass,
  Objective,
  OptimizeOptions,
  Outcome,
} from './optimize/optimize.js';
export { HyperbandPruner, type HyperbandPrunerOptions } from './pruners/hyperband.js';
export { MedianPruner } from './pruners/median.js';
export { NopPruner } from './pruners/nop.js';
export { PatientPruner, type PatientPrunerOptions } from './pruners/patient.js';
export { PercentilePruner, type PercentilePrunerOptions } from './pruners/percentile.js';
export type { Pruner } from './pruners/pruner.js';
export {
  SuccessiveHalvingPruner,
  type SuccessiveHalvingPrunerOptions,
} from './pruners/successive-halving.js';
export { ThresholdPruner, type ThresholdPrunerOptions } from './pruners/threshold.js';
export { WilcoxonPruner, type WilcoxonPrunerOptions } from './pruners/wilcoxon.js';
export type { Json } from './python-json.js';
export { BruteForceSampler, type BruteForceSamplerOptions } from './samplers/brute-force.js';
export type { ConstraintsFunction } from './samplers/constraints.js';
export { GridSampler, type GridSamplerOptions } from './samplers/grid.js';
export { PartialFixedSampler } from './samplers/partial-fixed.js';
export { RandomSampler, type RandomSamplerOptions } from './samplers/random.js';
export type { Sampler } from './samplers/sampler.js';
export type { TPESamplerOptions, TpeVersion } from './samplers/tpe/options.js';
export { TPESampler } from './samplers/tpe/sampler.js';
export type { GammaFunction } from './samplers/tpe/trial-history.js';
export type { WeightsFunction } from './samplers/tpe/weights.js';
export { GroupDecomposedSearchSpace } from './search-space/group.js';
export { IntersectionSearchSpace } from './search-space/intersection.js';
export type { Heartbeat, StaleTrialCallback } from './storages/heartbeat.js';
export { InMemoryStorage } from './storages/in-memory.js';
export {
  type CompactionResult,
  compactJournal,
  JournalFileBackend,
  type JournalFileBackendOptions,
  type JournalFileLock,
  type JournalFileLockOptions,
  JournalFileOpenLock,
  JournalFileSymlinkLock,
  JournalStorage,
} from './storages/journal/index.js';
export { RDBStorage, type RDBStorageOptions } from './storages/rdb/storage.js';
export {
  failStaleTrials,
  RetryFailedTrialCallback,
  RetryHeartbeatStaleTrialCallback,
  type RetryOptions,
} from './storages/stale-trials.js';
export { durable, type Storage, type StudyRecord } from './storages/storage.js';
export { TrialTable } from './storages/trial-table.js';
export { type CopyStudyOptions, copyStudy } from './study/copy-study.js';
export {
  type CreateStudyOptions,
  createStudy,
  deleteStudy,
  type LoadStudyOptions,
  loadStudy,
} from './study/create-study.js';
export type { EnqueueOptions, Study, TellOptions } from './study/study.js';
export type { StudyView, TrialFilter } from './study/study-context.js';
export { type ImportStudyOptions, importStudy, studyToJson } from './study/study-json.js';
export {
  getAllStudyNames,
  getAllStudySummaries,
  type StudySummariesOptions,
  type StudySummary,
} from './study/summaries.js';
export type {
  TableAttr,
  TableCell,
  TrialsTable,
  TrialsTableOptions,
} from './study/trials-table.js';
export type { BaseTrial } from './trial/base-trial.js';
export { FixedTrial } from './trial/fixed-trial.js';
export {
  type Attrs,
  type CreateTrialOptions,
  createTrial,
  type Direction,
  type FrozenTrial,
  lastStep,
  type TrialState,
  type TrialTemplate,
  trialDuration,
  trialValue,
} from './trial/frozen-trial.js';
export type { Trial } from './trial/trial.js';
