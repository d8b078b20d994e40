import { z } from 'zod';
import { MedianPruner, TPESampler } from '../../optuna/index.js';
import { runOptunaStudy } from './optuna-study.js';
import { defineStrategy } from './strategy.js';

/** Optuna's tree-structured Parzen estimator with its median pruner. */
export const optunaTpe = defineStrategy({
  name: 'optuna-tpe',
  settings: z.strictObject({
    /** Trials drawn at random before the estimator is used. */
    nStartupTrials: z.int().nonnegative(),
    pruner: z.strictObject({
      /** Complete trials before any trial is pruned. */
      nStartupTrials: z.int().nonnegative(),
      /** Epochs before a trial may be pruned. */
      nWarmupSteps: z.int().nonnegative(),
    }),
  }),
  run(context) {
    const { nStartupTrials, pruner } = context.settings;
    return runOptunaStudy(context, {
      sampler: new TPESampler({ seed: context.seed, nStartupTrials }),
      pruner: new MedianPruner(pruner),
    });
  },
});
