import { z } from 'zod';
import { NopPruner, RandomSampler } from '../../optuna/index.js';
import { runOptunaStudy } from './optuna-study.js';
import { defineStrategy } from './strategy.js';

/** Independent draws from the space; every trial runs to its end. */
export const random = defineStrategy({
  name: 'random',
  settings: z.strictObject({}),
  run(context) {
    // With the seed itself the trials would be those that Optuna's TPE starts with.
    const seed = context.seed + 1;
    return runOptunaStudy(context, {
      sampler: new RandomSampler({ seed }),
      pruner: new NopPruner(),
    });
  },
});
