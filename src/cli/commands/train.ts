import process from 'node:process';
import { type Command, Option } from 'commander';
import {
  defaultDevice,
  defaultSeed,
  type EpochMetrics,
  manualParams,
  misfit,
  type PaperParams,
  paperSpace,
  trainingObjective,
} from '../../compare/index.js';
import { AbortError, InvalidArgumentError } from '../../errors.js';
import type { DeviceName } from '../../nn/index.js';
import { percent } from '../../report/format.js';
import { exitCodes, exitCodesHelp } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { sampleMnist } from '../mnist-sample.js';
import { largestSize, realNumber, shared, wholeNumber } from '../options.js';
import { showProgress } from '../progress.js';

interface TrainOptions {
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
  epochs: number;
  trainSize?: number;
  testSize?: number;
  seed?: number;
  device?: DeviceName;
  threads?: number;
  json?: boolean;
}

const count = wholeNumber(1, largestSize);
const share = realNumber('a number in [0, 1)', (value) => value >= 0 && value < 1);
const positive = realNumber('a positive number', (value) => value > 0);

export function addTrain(program: Command): void {
  const size = (flags: string, what: string, value: number) =>
    new Option(flags, what).argParser(count).default(value);
  program
    .command('train')
    .summary("train the paper's network on MNIST with given hyperparameters")
    .description(
      "Trains the paper's network on MNIST and prints loss and accuracy on training and test data after every epoch. The hyperparameters default to those set by hand in the paper.",
    )
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
    )
    .addOption(size('--epochs <n>', 'passes over the training images', 10))
    .addOption(shared.trainSize())
    .addOption(shared.testSize())
    .addOption(shared.seed())
    .addOption(shared.device())
    .addOption(shared.threads())
    .addOption(shared.json())
    .addHelpText('after', exitCodesHelp)
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const params: PaperParams = {
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
  const { epochs, seed = defaultSeed, device = defaultDevice, threads, json } = options;
  const data = await sampleMnist(options, seed);
  const problem = misfit(params, data.train.shape);
  if (problem) {
    throw new InvalidArgumentError(`${problem.params.map(optionOf).join(', ')}: ${problem.reason}`);
  }
  const objective = trainingObjective({ ...data, device, threads });
  const curve: (EpochMetrics & { seconds: number })[] = [];
  const progress = showProgress(epochs, 'epochs');
  const started = performance.now();
  let epochStarted = started;
  try {
    await interruptible(
      (signal) =>
        objective(params, {
          epochs,
          seed,
          signal,
          onEpochProgress: (share) => progress.advance(curve.length + share, ''),
          async onEpoch(metrics) {
            const seconds = (performance.now() - epochStarted) / 1000;
            epochStarted = performance.now();
            curve.push({ ...metrics, seconds });
            progress.line(describe(curve.length, metrics, seconds));
          },
        }),
      () => process.stderr.write('\nInterrupted.\n'),
    );
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    process.exitCode = exitCodes.interrupted;
  } finally {
    progress.stop();
  }
  const last = curve.at(-1);
  if (json) {
    const document = { params, seed, epochs: curve, seconds: (performance.now() - started) / 1000 };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else if (last) {
    process.stdout.write(
      `test accuracy ${percent(last.testAccuracy)} after epoch ${curve.length}\n`,
    );
  }
}

function optionOf(param: keyof PaperParams): string {
  return `--${param.replaceAll('_', '-')}`;
}

function describe(epoch: number, metrics: EpochMetrics, seconds: number): string {
  const { loss, accuracy, testLoss, testAccuracy } = metrics;
  return [
    `epoch ${String(epoch).padStart(3)}`,
    `training loss ${loss.toFixed(4)} accuracy ${percent(accuracy)}`,
    `test loss ${testLoss.toFixed(4)} accuracy ${percent(testAccuracy)}`,
    `${seconds.toFixed(1)} s`,
  ].join('  ');
}
