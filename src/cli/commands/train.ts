import process from 'node:process';
import { type Command, Option } from 'commander';
import {
  defaultDevice,
  defaultSeed,
  type EpochMetrics,
  trainingObjective,
} from '../../compare/index.js';
import { AbortError } from '../../errors.js';
import type { DeviceName, Precision } from '../../nn/index.js';
import { resolveDevice } from '../../nn/network-spec.js';
import { percent } from '../../report/format.js';
import { checkPrecision } from '../check-precision.js';
import { exitCodes, exitCodesHelp } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { sampleMnist } from '../mnist-sample.js';
import { largestSize, shared, wholeNumber } from '../options.js';
import { addPaperOptions, checkFit, type PaperOptions, paperParams } from '../paper-options.js';
import { showProgress } from '../progress.js';

interface TrainOptions extends PaperOptions {
  epochs: number;
  trainSize?: number;
  testSize?: number;
  seed?: number;
  device?: DeviceName;
  precision: Precision;
  threads?: number;
  json?: boolean;
}

const count = wholeNumber(1, largestSize);

export function addTrain(program: Command): void {
  addPaperOptions(program.command('train'))
    .summary("train the paper's network on MNIST with given hyperparameters")
    .description(
      "Trains the paper's network on MNIST and prints loss and accuracy on training and test data after every epoch. The hyperparameters default to those set by hand in the paper.",
    )
    .addOption(
      new Option('--epochs <n>', 'passes over the training images').argParser(count).default(10),
    )
    .addOption(shared.trainSize())
    .addOption(shared.testSize())
    .addOption(shared.seed())
    .addOption(shared.device())
    .addOption(shared.precision())
    .addOption(shared.threads())
    .addOption(shared.json())
    .addHelpText('after', exitCodesHelp)
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const params = paperParams(options);
  const { epochs, seed = defaultSeed, precision, threads, json } = options;
  const device = resolveDevice(options.device ?? defaultDevice);
  checkPrecision(precision, device);
  const data = await sampleMnist(options, seed);
  checkFit(params, data.train.shape);
  const objective = trainingObjective({ ...data, device, precision, threads });
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

function describe(epoch: number, metrics: EpochMetrics, seconds: number): string {
  const { loss, accuracy, testLoss, testAccuracy } = metrics;
  return [
    `epoch ${String(epoch).padStart(3)}`,
    `training loss ${loss.toFixed(4)} accuracy ${percent(accuracy)}`,
    `test loss ${testLoss.toFixed(4)} accuracy ${percent(testAccuracy)}`,
    `${seconds.toFixed(seconds < 1 ? 3 : 1)} s`,
  ].join('  ');
}
