// Hyperparameter search with Optuna's vocabulary: studies, trials, samplers, pruners, storages.
export {
  type CreateStudyOptions,
  createStudy,
  deleteStudy,
  type LoadStudyOptions,
  loadStudy,
} from './create-study.js';
export { distributionFromJson, distributionToJson } from './distribution-json.js';
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
} from './distributions.js';
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
export {
  type Attrs,
  type CreateTrialOptions,
  createTrial,
  type Direction,
  type FrozenTrial,
  type TrialState,
  type TrialTemplate,
} from './frozen-trial.js';
export type {
  ArrayObjective,
  ArrayOptimizeOptions,
  Callback,
  ErrorClass,
  Objective,
  OptimizeOptions,
  Outcome,
} from './optimize.js';
export { MedianPruner } from './pruners/median.js';
export { NopPruner } from './pruners/nop.js';
export { PercentilePruner, type PercentilePrunerOptions } from './pruners/percentile.js';
export type { Pruner } from './pruners/pruner.js';
export type { Json } from './python-json.js';
export { GridSampler, type GridSamplerOptions } from './samplers/grid.js';
export { RandomSampler, type RandomSamplerOptions } from './samplers/random.js';
export type { Sampler } from './samplers/sampler.js';
export { TPESampler, type TPESamplerOptions, type TpeVersion } from './samplers/tpe/sampler.js';
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
export type { EnqueueOptions, Study, TellOptions } from './study.js';
export type { StudyView, TrialFilter } from './study-context.js';
export type { Trial } from './trial.js';
