import { z } from 'zod';
import { trialParamsSchema } from '../space.js';
import { defineStrategy } from './strategy.js';

/** No search: one trial of the values someone has set by hand. */
export const manual = defineStrategy({
  name: 'manual',
  settings: z.strictObject({ params: trialParamsSchema }),
  async run({ settings, runTrial }) {
    await runTrial(settings.params);
  },
});
