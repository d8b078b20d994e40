import { z } from 'zod';
import { InvalidArgumentError } from '../errors.js';
import type { TrialParams } from './space.js';

/** The hyperparameters of the seven-layer network of Samoilova (2024), and the values searched. */
export const paperSpace = {
  batch_size: { type: 'choice', values: [32, 64, 128] },
  conv_depth_1: { type: 'choice', values: [32, 64] },
  conv_depth_2: { type: 'choice', values: [32, 64, 128] },
  kernel_size: { type: 'choice', values: [3, 5] },
  strides: { type: 'choice', values: [1, 2] },
  activation: { type: 'choice', values: ['relu', 'tanh', 'elu', 'linear'] },
  pool_type: { type: 'choice', values: ['max', 'average'] },
  pool_size: { type: 'choice', values: [2, 3] },
  dropout_rate: { type: 'uniform', low: 0.2, high: 0.6 },
  hidden_size: { type: 'choice', values: [64, 128, 256, 512] },
  learning_rate: { type: 'logUniform', low: 1e-5, high: 1e-1 },
} as const;

const count = z.int().positive();

/** One configuration of the network; any sizes, not only those of the space. */
const paperParamsSchema = z.strictObject({
  batch_size: count,
  conv_depth_1: count,
  conv_depth_2: count,
  kernel_size: count,
  strides: count,
  activation: z.enum(paperSpace.activation.values),
  pool_type: z.enum(paperSpace.pool_type.values),
  pool_size: count,
  dropout_rate: z.number().min(0).lt(1),
  hidden_size: count,
  learning_rate: z.number().positive(),
});

/** The hyperparameters of the paper's network, under their names there. */
export type PaperParams = z.infer<typeof paperParamsSchema>;

/** What the paper's author set by hand; she trained it for 75 epochs. */
export const manualParams: PaperParams = {
  batch_size: 32,
  conv_depth_1: 32,
  conv_depth_2: 64,
  kernel_size: 3,
  strides: 1,
  activation: 'relu',
  pool_type: 'max',
  pool_size: 2,
  dropout_rate: 0.5,
  hidden_size: 512,
  learning_rate: 1e-3,
};

/** @throws InvalidArgumentError naming the parameter that is missing, unknown or out of range */
export function parsePaperParams(params: TrialParams): PaperParams {
  const parsed = paperParamsSchema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(
    `hyperparameters do not describe the paper's network: ${z.prettifyError(parsed.error)}`,
  );
}
