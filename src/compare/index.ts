/**
 * The comparison of search strategies on one network: what `trialforge compare` runs.
 * @module trialforge/compare
 */
export { describeData, describeEnvironment } from './describe.js';
export { type ComparisonOptions, type ProgressEvent, runComparison } from './harness.js';
export { isInUse } from './lock.js';
export {
  type ArrayObjective,
  type EpochMetrics,
  type Objective,
  type ObjectiveContext,
  type TrialRun,
  TrialStopped,
} from './objective.js';
export { paperNetwork } from './paper-network.js';
export { type Misfit, misfit } from './paper-shapes.js';
export { manualParams, type PaperParams, paperSpace } from './paper-space.js';
export {
  defaultDevice,
  defaultSeed,
  largestSeed,
  makePlan,
  type Plan,
  type PlanOptions,
  type Preset,
} from './plan.js';
export { presets } from './presets/index.js';
export {
  type DataDescription,
  type Environment,
  type Results,
  readResults,
  resultsFile,
  type TrialRecord,
  type TrialState,
} from './results.js';
export type { ParameterSpace, SearchSpace, TrialParams } from './space.js';
export { type StrategySummary, summarise, tellingTrials } from './statistics.js';
export { type StrategyName, strategyNames, strategyTitles } from './strategies/names.js';
export { trainingArrayObjective, trainingObjective } from './training-objective.js';
