import { manualParams, paperSpace } from '../paper-space.js';
import type { Preset } from '../plan.js';

/**
 * Sized by the cost of its trials: on two cores at 20 G multiply-adds a second, some three minutes
 * with the default seed, and twice that with a seed that draws the largest networks.
 */
export const quick: Preset = {
  name: 'quick',
  description: 'minutes on two cores: a part of MNIST and a few epochs',
  trainSize: 6_000,
  testSize: 2_000,
  space: paperSpace,
  strategies: [
    { name: 'manual', trials: 1, epochs: 4, settings: { params: manualParams } },
    { name: 'random', trials: 4, epochs: 4, settings: {} },
    {
      name: 'grid',
      trials: 4,
      epochs: 4,
      settings: {
        values: {
          batch_size: [64],
          conv_depth_1: [32],
          conv_depth_2: [64],
          kernel_size: [3],
          strides: [1, 2],
          activation: ['relu'],
          pool_type: ['max'],
          pool_size: [2],
          dropout_rate: [0.4],
          hidden_size: [128],
          learning_rate: [3e-4, 3e-3],
        },
      },
    },
    {
      name: 'optuna-tpe',
      trials: 5,
      epochs: 4,
      settings: { nStartupTrials: 3, pruner: { nStartupTrials: 2, nWarmupSteps: 0 } },
    },
    { name: 'hyperopt-tpe', trials: 5, epochs: 4, settings: { nStartupJobs: 3 } },
  ],
};
