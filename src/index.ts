/**
 * All of `trialforge/nn`, `trialforge/data`, `trialforge/optuna` and `trialforge/hyperopt`, and the errors.
 * @module trialforge
 */
export * from './data/index.js';
export * from './errors.js';
export * from './hyperopt/index.js';
export * from './nn/index.js';
// Both doors have these names; here they are Optuna's.
export type { Distribution, Objective } from './optuna/index.js';
export * from './optuna/index.js';
