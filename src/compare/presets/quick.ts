import { manualParams, paperSpace } from '../paper-space.js';
import type { Preset } from '../plan.js';

export const quick: Preset = {
  name: 'quick',
  description: 'minutes on two cores: a part of MNIST and a few epochs',
  trainSize: 6_000,
  testSize: 10_000,
  space: paperSpace,
  strategies: [
    { name: 'manual', trials: 1, epochs: 3, settings: { params: manualParams } },
    { name: 'random', trials: 5, epochs: 3, settings: {} },
    {
      name: 'grid',
      trials: 5,
      epochs: 3,
      settings: {
        values: {
          batch_size: [32, 128],
          conv_depth_1: [32],
          conv_depth_2: [32, 64],
          kernel_size: [3],
          strides: [1, 2],
          activation: ['relu', 'tanh'],
          pool_type: ['max'],
          pool_size: [2],
          dropout_rate: [0.3],
          hidden_size: [128],
          learning_rate: [1e-4, 1e-3, 1e-2],
        },
      },
    },
    {
      name: 'optuna-tpe',
      trials: 5,
      epochs: 3,
      settings: { nStartupTrials: 3, pruner: { nStartupTrials: 2, nWarmupSteps: 0 } },
    },
    { name: 'hyperopt-tpe', trials: 5, epochs: 3, settings: { nStartupJobs: 3 } },
  ],
};
