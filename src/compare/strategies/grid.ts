import { z } from 'zod';
import { GridSampler, NopPruner } from '../../optuna/index.js';
import { runOptunaStudy } from './optuna-study.js';
import { defineStrategy } from './strategy.js';

/**
 * The points of a declared grid in shuffled order; every trial runs to its end. The study ends when
 * the grid is exhausted.
 */
export const grid = defineStrategy({
  name: 'grid',
  settings: z.strictObject({
    /** The values of every parameter of the space. */
    values: z.record(
      z.string(),
      z
        .array(z.union([z.number(), z.string()]))
        .min(1)
        .readonly(),
    ),
  }),
  run(context) {
    return runOptunaStudy(context, {
      sampler: new GridSampler(context.settings.values, { seed: context.seed }),
      pruner: new NopPruner(),
    });
  },
});
