import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Argument, type Command, Option } from 'commander';
import { defaultSeed, paperNetwork } from '../../compare/index.js';
import type { ImageShape } from '../../data/index.js';
import { AbortError, DataError, InvalidArgumentError } from '../../errors.js';
import { capabilities } from '../../native/device.js';
import type { DeviceName, Precision } from '../../nn/index.js';
import { resolveDevice } from '../../nn/network-spec.js';
import {
  type Ceilings,
  describeSizes,
  measureCeilings,
  type OperationName,
  operationNames,
  type ProfileEvent,
  type ProfileRow,
  parseSizes,
  peakOf,
  profileNetwork,
  profileOperation,
  summarize,
  toTrace,
} from '../../profile/index.js';
import { version } from '../../version.js';
import { checkPrecision } from '../check-precision.js';
import { exitCodes, exitCodesHelp } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { shared, wholeNumber } from '../options.js';
import {
  addPaperOptions,
  checkFit,
  type PaperOptions,
  paperOptionNames,
  paperParams,
} from '../paper-options.js';
import { textTable } from '../text-table.js';
import { checkWritable } from '../writable.js';

interface ProfileOptions extends PaperOptions {
  shape?: string;
  steps: number;
  trace?: string;
  device?: DeviceName;
  precision: Precision;
  threads?: number;
  json?: boolean;
}

/** MNIST's, which the paper's network is for. */
const images: ImageShape = [28, 28, 1];
const classes = 10;
const mostSteps = 10_000;

const sizesHelp = `
Operations, and their sizes with what they are by default:
${operationNames.map((name) => `  ${name.padEnd(22)} ${describeSizes(name)}`).join('\n')}

Rates are told next to ceilings that are measured in the same run: multiply-adds in
registers, and a copy far beyond the caches, which data that stays in a cache may exceed.`;

export function addProfile(program: Command): void {
  addPaperOptions(program.command('profile'))
    .summary('measure where the time of a training step, or of one operation, goes')
    .description(
      "Times training steps of the paper's network on random images, by layer and pass, or all passes of one operation; on CUDA each kernel with its registers, shared memory and occupancy.",
    )
    .addArgument(
      new Argument('[operation]', 'profile this instead of the network').choices(operationNames),
    )
    .addOption(
      new Option(
        '--shape <sizes>',
        'of the operation, as in batch=64,in=28x28x1,kernel=5,padding=same',
      ),
    )
    .addOption(
      new Option('--steps <n>', 'training steps, or runs of each pass; medians are told')
        .argParser(wholeNumber(1, mostSteps))
        .default(20),
    )
    .addOption(
      new Option('--trace <file>', 'write all events there, for Perfetto or chrome://tracing'),
    )
    .addOption(shared.device())
    .addOption(shared.precision())
    .addOption(shared.threads())
    .addOption(shared.json())
    .addHelpText('after', sizesHelp)
    .addHelpText('after', exitCodesHelp)
    .action(profile);
}

async function profile(
  operation: OperationName | undefined,
  options: ProfileOptions,
  command: Command,
): Promise<void> {
  checkUse(operation, options, command);
  const sizes = operation && (await namingShape(() => parseSizes(operation, options.shape)));
  const params = paperParams(options);
  if (!operation) checkFit(params, images);
  if (options.trace !== undefined) await checkWritable('--trace', options.trace);
  const { steps, precision, threads, json, trace } = options;
  const device = resolveDevice(options.device ?? 'auto');
  checkPrecision(precision, device);
  try {
    const [events, ceilings] = await interruptible(
      async (signal) => {
        const measured =
          operation && sizes
            ? await namingShape(() =>
                profileOperation(operation, sizes, {
                  ...{ device, threads, precision, signal },
                  runs: steps,
                }),
              )
            : await profileNetwork(
                {
                  ...paperNetwork(params, images, classes),
                  ...{ device, threads, precision, seed: defaultSeed },
                },
                { batchSize: params.batch_size, steps, signal },
              );
        return [measured, await measureCeilings({ device, threads, signal })] as const;
      },
      () => process.stderr.write('\nInterrupted.\n'),
    );
    if (trace !== undefined) await writeTrace(trace, events, operation ?? 'training');
    const rows = summarize(events, ceilings, precision);
    const what = operation ? { operation, sizes } : { params };
    const place = { device, precision, ...machine(device, ceilings) };
    if (json) {
      const document = { trialforge: version, ...what, steps, ...place, ceilings, rows };
      process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    } else {
      const lines = [describePlace(place, ceilings, precision), '', table(rows)];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    process.exitCode = exitCodes.interrupted;
  }
}

/** Options that mean nothing here would be ignored in silence. */
function checkUse(
  operation: OperationName | undefined,
  { shape }: ProfileOptions,
  command: Command,
): void {
  if (operation === undefined) {
    if (shape === undefined) return;
    throw new InvalidArgumentError(
      '--shape is for an operation, as in: profile conv2d --shape ...',
    );
  }
  const given = paperOptionNames.find((name) => command.getOptionValueSource(name) === 'cli');
  if (given === undefined) return;
  const option = command.options.find((one) => one.attributeName() === given);
  throw new InvalidArgumentError(
    `${option?.long} is for the network; the sizes of ${operation} are given by --shape`,
  );
}

/** Runs what can refuse nothing but sizes: all else is checked before. */
async function namingShape<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`--shape: ${error.message}`, { cause: error });
  }
}

async function writeTrace(file: string, events: readonly ProfileEvent[], title: string) {
  try {
    await writeFile(file, JSON.stringify(toTrace(events, `trialforge ${title}`)));
  } catch (error) {
    throw new DataError(`${file} could not be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

interface Machine {
  /** The processor's or the CUDA device's. */
  name: string;
  threads: number;
  instructionSet: string;
}

function machine(device: DeviceName, { threads }: Ceilings): Machine {
  const { cpuModel, cudaDevices, instructionSet } = capabilities();
  const index = Number(device.split(':')[1] ?? 0);
  return { name: device === 'cpu' ? cpuModel : cudaDevices[index]!.name, threads, instructionSet };
}

function describePlace(
  { device, name, threads, instructionSet }: Machine & { device: DeviceName },
  ceilings: Ceilings,
  precision: Precision,
): string {
  const units = device === 'cpu' ? `${threads} threads, ${instructionSet}` : precision;
  const peak = (peakOf(ceilings, precision) / 1e9).toFixed(1);
  const copy = (ceilings.copyBytesPerSecond / 1e9).toFixed(1);
  return `${device} (${name}), ${units}; ceilings of this run: ${peak} GFLOP/s multiply-add, ${copy} GB/s copy`;
}

function table(rows: readonly ProfileRow[]): string {
  const withKernels = rows.some(({ kernel }) => kernel !== null);
  const number = (value: number | null, digits = 1) =>
    value === null ? '' : value.toFixed(digits);
  const share = (value: number | null) => number(value === null ? null : 100 * value);
  const giga = (value: number | null) => number(value === null ? null : value / 1e9);
  const head = ['', 'calls', 'ms', '%', 'GFLOP/s', '% peak', 'GB/s', '% copy'];
  const kernelHead = ['grid', 'block', 'registers', 'shared KB', 'spilled B', 'occupancy %'];
  return textTable(
    withKernels ? [...head, ...kernelHead] : head,
    rows.map((row) => {
      const cells = [
        `${'  '.repeat(row.depth)}${row.name}`,
        `${row.calls}`,
        number(row.seconds * 1e3, 4),
        share(row.share),
        giga(row.flopsPerSecond),
        share(row.shareOfPeak),
        giga(row.bytesPerSecond),
        share(row.shareOfCopy),
      ];
      return withKernels ? [...cells, ...kernelCells(row)] : cells;
    }),
  );
}

function kernelCells({ kernel }: ProfileRow): string[] {
  if (kernel === null) return ['', '', '', '', '', ''];
  const shared = kernel.staticSharedBytes + kernel.dynamicSharedBytes;
  return [
    kernel.grid.join('x').replace(/(x1)+$/, ''),
    kernel.block.join('x').replace(/(x1)+$/, ''),
    `${kernel.registers}`,
    (shared / 1024).toFixed(1),
    `${kernel.localBytes}`,
    (100 * kernel.occupancy).toFixed(0),
  ];
}
