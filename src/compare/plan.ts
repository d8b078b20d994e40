import { z } from 'zod';
import { InvalidArgumentError } from '../errors.js';
import { precisions } from '../nn/network-spec.js';
import { searchSpaceSchema } from './space.js';
import { strategies } from './strategies/index.js';
import { strategyNames } from './strategies/names.js';

const budget = { trials: z.int().positive(), epochs: z.int().positive() };

function planOf<Name extends keyof typeof strategies>(name: Name) {
  return z.strictObject({
    name: z.literal(name),
    ...budget,
    settings: strategies[name].settings as (typeof strategies)[Name]['settings'],
  });
}

const strategyPlanSchema = z.discriminatedUnion('name', [
  planOf('manual'),
  planOf('random'),
  planOf('grid'),
  planOf('optuna-tpe'),
  planOf('hyperopt-tpe'),
]);

/** The searches' generators take 32 bits, and random search one seed more. */
export const largestSeed = 2 ** 32 - 2;

/** Everything that decides a comparison's results. */
export const planSchema = z.strictObject({
  preset: z.string(),
  seed: z.int().nonnegative().max(largestSeed),
  /** Images, taken at random by the seed. */
  trainSize: z.int().positive(),
  testSize: z.int().positive(),
  /** As in Network. */
  device: z.union([
    z.enum(['auto', 'cpu', 'cuda']),
    z.templateLiteral(['cuda:', z.int().nonnegative()]),
  ]),
  /** Of products, as in Network. */
  precision: z.enum(precisions).default('float32'),
  /** Trials that a search by Optuna asks for and trains together. */
  trialArray: z.int().positive().default(1),
  space: searchSpaceSchema,
  strategies: z
    .array(strategyPlanSchema)
    .min(1)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
      error: 'a strategy is named twice',
    }),
});

/** All that determines a comparison, given the data. */
export type Plan = z.infer<typeof planSchema>;
export type StrategyPlan = Plan['strategies'][number];

/** What a preset fixes; the rest is asked for when a comparison starts. */
export type Preset = Omit<Plan, 'seed' | 'device' | 'precision' | 'preset' | 'trialArray'> & {
  name: string;
  description: string;
};

/** What a comparison may ask for beyond its preset, whose values hold where it does not. */
export interface PlanOptions {
  /** Which of the preset's strategies to run. Default: all. */
  strategies?: readonly string[];
  /** Trials of every search strategy (manual tuning stays one trial). */
  trials?: number;
  /** Epochs of every trial. */
  epochs?: number;
  /** Training images, from 1 up. */
  trainSize?: number;
  /** Test images, from 1 up. */
  testSize?: number;
  /** Of samples, weights and searches: an integer from 0. Default: 13. */
  seed?: number;
  /** Where networks train. Default: 'auto'. */
  device?: Plan['device'];
  /** Of products; a CUDA device has more than 'float32', the default. */
  precision?: Plan['precision'];
  /** Default: 1. */
  trialArray?: number;
}

/** The seed where none is given. */
export const defaultSeed = 13;
/** The device where none is given: the first CUDA device, or else the CPU. */
export const defaultDevice = 'auto';

/**
 * A preset with what `options` has instead.
 * @throws InvalidArgumentError naming the option that cannot be
 */
export function makePlan(preset: Preset, options: PlanOptions = {}): Plan {
  const { name, description: _, ...fixed } = preset;
  const unknown = options.strategies?.find((wanted) => !strategyNames.includes(wanted as never));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `strategies must be among ${strategyNames.join(', ')}, not '${unknown}'`,
    );
  }
  const parsed = planSchema.safeParse({
    ...fixed,
    preset: name,
    seed: options.seed ?? defaultSeed,
    device: options.device ?? defaultDevice,
    precision: options.precision,
    trialArray: options.trialArray,
    trainSize: options.trainSize ?? preset.trainSize,
    testSize: options.testSize ?? preset.testSize,
    strategies: preset.strategies
      .filter(({ name }) => options.strategies?.includes(name) ?? true)
      .map((strategy) => ({
        ...strategy,
        trials: strategy.name === 'manual' ? 1 : (options.trials ?? strategy.trials),
        epochs: options.epochs ?? strategy.epochs,
      })),
  });
  if (!parsed.success)
    throw new InvalidArgumentError(`this comparison cannot be: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
