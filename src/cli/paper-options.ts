import { type Command, Option } from 'commander';
import { manualParams, misfit, type PaperParams, paperSpace } from '../compare/index.js';
import type { ImageShape } from '../data/index.js';
import { InvalidArgumentError } from '../errors.js';
import { largestSize, realNumber, wholeNumber } from './options.js';

/** What addPaperOptions adds. */
export interface PaperOptions {
  batchSize: number;
  convDepth1: number;
  convDepth2: number;
  kernelSize: number;
  strides: number;
  activation: PaperParams['activation'];
  poolType: PaperParams['pool_type'];
  poolSize: number;
  dropoutRate: number;
  hiddenSize: number;
  learningRate: number;
}

const count = wholeNumber(1, largestSize);
const share = realNumber('a number in [0, 1)', (value) => value >= 0 && value < 1);
const positive = realNumber('a positive number', (value) => value > 0);

/** The hyperparameters of the paper's network as options; the defaults are those set by hand. */
export function addPaperOptions(command: Command): Command {
  const size = (flags: string, what: string, value: number) =>
    new Option(flags, what).argParser(count).default(value);
  return command
    .addOption(size('--batch-size <n>', 'images a step', manualParams.batch_size))
    .addOption(
      size('--conv-depth-1 <n>', 'filters of the first convolution', manualParams.conv_depth_1),
    )
    .addOption(
      size('--conv-depth-2 <n>', 'filters of the second convolution', manualParams.conv_depth_2),
    )
    .addOption(
      size('--kernel-size <n>', 'height and width of both kernels', manualParams.kernel_size),
    )
    .addOption(size('--strides <n>', 'of the first convolution', manualParams.strides))
    .addOption(
      new Option('--activation <name>', 'of the convolutions and the hidden layer')
        .choices(paperSpace.activation.values)
        .default(manualParams.activation),
    )
    .addOption(
      new Option('--pool-type <name>', 'kind of pooling')
        .choices(paperSpace.pool_type.values)
        .default(manualParams.pool_type),
    )
    .addOption(
      size('--pool-size <n>', 'height and width of the pooling window', manualParams.pool_size),
    )
    .addOption(
      new Option('--dropout-rate <x>', 'share dropped before the last layer')
        .argParser(share)
        .default(manualParams.dropout_rate),
    )
    .addOption(size('--hidden-size <n>', 'units of the hidden layer', manualParams.hidden_size))
    .addOption(
      new Option('--learning-rate <x>', 'of Adam')
        .argParser(positive)
        .default(manualParams.learning_rate),
    );
}

/** The attributes under which commander keeps those options. */
export const paperOptionNames: readonly (keyof PaperOptions)[] = [
  'batchSize',
  'convDepth1',
  'convDepth2',
  'kernelSize',
  'strides',
  'activation',
  'poolType',
  'poolSize',
  'dropoutRate',
  'hiddenSize',
  'learningRate',
];

export function paperParams(options: PaperOptions): PaperParams {
  return {
    batch_size: options.batchSize,
    conv_depth_1: options.convDepth1,
    conv_depth_2: options.convDepth2,
    kernel_size: options.kernelSize,
    strides: options.strides,
    activation: options.activation,
    pool_type: options.poolType,
    pool_size: options.poolSize,
    dropout_rate: options.dropoutRate,
    hidden_size: options.hiddenSize,
    learning_rate: options.learningRate,
  };
}

/** @throws InvalidArgumentError naming the options whose layers do not fit images of `shape` */
export function checkFit(params: PaperParams, shape: ImageShape): void {
  const problem = misfit(params, shape);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`${problem.params.map(optionOf).join(', ')}: ${problem.reason}`);
}

function optionOf(param: keyof PaperParams): string {
  return `--${param.replaceAll('_', '-')}`;
}
