/**
 * Where the time of a training step goes, against measured ceilings: what `trialforge profile` shows.
 * @module trialforge/profile
 */
export type { Ceilings, KernelLaunch, ProfileEvent } from '../native/profile.js';
export { measureCeilings, type Place, profileNetwork, profileOperation } from './measure.js';
export {
  describeSizes,
  type OperationName,
  type OperationSizes,
  operationNames,
  parseSizes,
} from './operations.js';
export { type ProfileRow, peakOf, summarize } from './summary.js';
export { toTrace } from './trace.js';
