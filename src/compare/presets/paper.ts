import { manualParams, paperSpace } from '../paper-space.js';
import type { Preset } from '../plan.js';

/** The experiment of Samoilova (2024), extended by random and grid search. */
export const paper: Preset = {
  name: 'paper',
  description: 'hours: all of MNIST, 75 epochs by hand, 10 epochs a search trial',
  trainSize: 60_000,
  testSize: 10_000,
  space: paperSpace,
  strategies: [
    { name: 'manual', trials: 1, epochs: 75, settings: { params: manualParams } },
    { name: 'random', trials: 5, epochs: 10, settings: {} },
    {
      name: 'grid',
      trials: 5,
      epochs: 10,
      settings: {
        values: {
          batch_size: [32, 128],
          conv_depth_1: [32],
          conv_depth_2: [64],
          kernel_size: [3, 5],
          strides: [1, 2],
          activation: ['relu', 'tanh'],
          pool_type: ['max'],
          pool_size: [2],
          dropout_rate: [0.25, 0.5],
          hidden_size: [128, 512],
          learning_rate: [1e-4, 1e-3, 1e-2],
        },
      },
    },
    {
      name: 'optuna-tpe',
      trials: 4,
      epochs: 10,
      settings: { nStartupTrials: 10, pruner: { nStartupTrials: 5, nWarmupSteps: 0 } },
    },
    { name: 'hyperopt-tpe', trials: 5, epochs: 10, settings: { nStartupJobs: 20 } },
  ],
};
