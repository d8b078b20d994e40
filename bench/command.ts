import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { exitCodes, exitCodesHelp } from '../src/cli/exit-codes.js';
import { interruptible } from '../src/cli/interrupt.js';
import { realNumber, shared, wholeNumber } from '../src/cli/options.js';
import { type Progress, showProgress } from '../src/cli/progress.js';
import { checkWritable } from '../src/cli/writable.js';
import { AbortError } from '../src/errors.js';
import { capabilities } from '../src/native/device.js';
import type { Timings } from './native-program.js';

/** What every benchmark is told. */
export interface Settings extends Timings {
  /** The program and its peers take turns this many times. */
  rounds: number;
  quick: boolean;
  /** Only cases with this text in their name or pass. */
  only?: string;
}

interface CommonOptions extends Partial<Settings> {
  json?: boolean;
  out?: string;
}

export type StartProgress = (total: number) => Progress;

/** A command of `npm run bench`. */
export interface Benchmark<Results, Options> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What --quick leaves out. */
  readonly quick: string;
  /** Beside those of all benchmarks. */
  readonly options: readonly Option[];
  measure(
    settings: Settings,
    options: Options,
    signal: AbortSignal,
    startProgress: StartProgress,
  ): Promise<Results>;
  /** The results to read. */
  describe(results: Results): string;
}

const defaults = { rounds: 3, seconds: 0.2, repeats: 3 };
const quickDefaults = { rounds: 1, seconds: 0.02, repeats: 3 };

export function addBenchmark<Results, Options extends object>(
  program: Command,
  benchmark: Benchmark<Results, Options>,
): void {
  const count = wholeNumber(1);
  const seconds = realNumber('a positive number', (value) => value > 0);
  const command = program
    .command(benchmark.name)
    .summary(benchmark.summary)
    .description(benchmark.description)
    .addOption(shared.threads())
    .addOption(
      new Option('--rounds <n>', 'turns of trialforge and its peers (default: 3)').argParser(count),
    )
    .addOption(
      new Option('--seconds <x>', 'least length of a timing (default: 0.2)').argParser(seconds),
    )
    .addOption(new Option('--repeats <n>', 'timings a round (default: 3)').argParser(count))
    .addOption(new Option('--quick', `one round of short timings, ${benchmark.quick}, and rough`))
    .addOption(new Option('--only <text>', 'only cases with this in their name or pass'));
  for (const option of benchmark.options) command.addOption(option);
  command
    .addOption(shared.json())
    .addOption(new Option('--out <file>', 'write the JSON document there, too'))
    .addHelpText('after', exitCodesHelp)
    .action((options: Options & CommonOptions) => run(benchmark, options));
}

async function run<Results, Options>(
  benchmark: Benchmark<Results, Options>,
  options: Options & CommonOptions,
): Promise<void> {
  const { out, json, only, quick = false } = options;
  const settings: Settings = {
    ...(quick ? quickDefaults : defaults),
    threads: capabilities().cpuCores,
    ...Object.fromEntries(
      (['threads', 'rounds', 'seconds', 'repeats'] as const).flatMap((name) =>
        options[name] === undefined ? [] : [[name, options[name]]],
      ),
    ),
    quick,
    only,
  };
  // Before the measurement, which takes minutes.
  if (out !== undefined) await checkWritable('--out', out);
  try {
    const results = await interruptible(
      (signal) =>
        benchmark.measure(settings, options, signal, (turns) => showProgress(turns, 'turns')),
      () => process.stderr.write('\nInterrupted.\n'),
    );
    const document = `${JSON.stringify(results, undefined, 2)}\n`;
    if (out !== undefined) await writeFile(out, document);
    process.stdout.write(json ? document : `${benchmark.describe(results)}\n`);
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    process.exitCode = exitCodes.interrupted;
  }
}
