import { z } from 'zod';

/** One hyperparameter's values. Bounds are inclusive; `logUniform` is uniform in the logarithm. */
export const parameterSpaceSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('choice'),
    values: z
      .array(z.union([z.number(), z.string()]))
      .min(1)
      .readonly(),
  }),
  z.strictObject({ type: z.literal('uniform'), low: z.number(), high: z.number() }),
  z.strictObject({ type: z.literal('logUniform'), low: z.number().positive(), high: z.number() }),
]);

export const searchSpaceSchema = z.record(z.string(), parameterSpaceSchema);

/** The values of one trial, by name. */
export const trialParamsSchema = z.record(z.string(), z.union([z.number(), z.string()]));

/** What one hyperparameter may be. */
export type ParameterSpace = z.infer<typeof parameterSpaceSchema>;
/** The hyperparameters of a search, by name. */
export type SearchSpace = z.infer<typeof searchSpaceSchema>;
/** The hyperparameters of a trial, by name. */
export type TrialParams = z.infer<typeof trialParamsSchema>;
