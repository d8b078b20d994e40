import { z } from 'zod';
import { AllTrialsFailed, fmin, hp, tpe } from '../../hyperopt/index.js';
import type { ParameterSpace, TrialParams } from '../space.js';
import { defineStrategy } from './strategy.js';

/** Hyperopt's tree-structured Parzen estimator, minimising 1 - test accuracy. */
export const hyperoptTpe = defineStrategy({
  name: 'hyperopt-tpe',
  settings: z.strictObject({
    /** Trials drawn at random before the estimator is used. */
    nStartupJobs: z.int().nonnegative(),
  }),
  async run({ trials, space, seed, settings, runTrial }) {
    try {
      await fmin({
        fn: async (params) => {
          const { value } = await runTrial(params as TrialParams);
          return value === undefined ? { status: 'fail' } : { status: 'ok', loss: 1 - value };
        },
        space: Object.fromEntries(
          Object.entries(space).map(([name, values]) => [name, expression(name, values)]),
        ),
        algo: tpe.with(settings),
        maxEvals: trials,
        rstate: seed,
        showProgressbar: false,
      });
    } catch (error) {
      // That is fmin's word for having nothing to return; the trials' records say it already.
      if (!(error instanceof AllTrialsFailed)) throw error;
    }
  },
});

function expression(name: string, values: ParameterSpace) {
  switch (values.type) {
    case 'choice':
      return hp.choice(name, values.values);
    case 'uniform':
      return hp.uniform(name, values.low, values.high);
    case 'logUniform':
      return hp.loguniform(name, Math.log(values.low), Math.log(values.high));
  }
}
