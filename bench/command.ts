import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { exitCodes, exitCodesHelp } from '../src/cli/exit-codes.js';
import { interruptible } from '../src/cli/interrupt.js';
import { realNumber, shared, wholeNumber } from '../src/cli/options.js';
import { showProgress } from '../src/cli/progress.js';
import { AbortError, InvalidArgumentError } from '../src/errors.js';
import { capabilities } from '../src/native/device.js';
import { compare, type Settings } from './comparison.js';
import { findPeer } from './peer.js';
import type { Subject } from './subjects.js';
import { describe } from './table.js';

interface Options extends Partial<Settings> {
  /** False for --no-peer. */
  peer: boolean;
  python?: string;
  json?: boolean;
  out?: string;
}

const defaults = { rounds: 3, seconds: 0.2, repeats: 3 };
const quickDefaults = { rounds: 1, seconds: 0.02, repeats: 3 };

export function addBenchmark(program: Command, subject: Subject): void {
  const count = wholeNumber(1);
  const seconds = realNumber('a positive number', (value) => value > 0);
  program
    .command(subject.name)
    .summary(subject.summary)
    .description(
      `Measures ${subject.summary}; against the machine's multiply-add and copy ceilings of the same run, and against PyTorch where it is installed. Each time is the median over the rounds.`,
    )
    .addOption(shared.threads())
    .addOption(
      new Option('--rounds <n>', 'turns of trialforge and PyTorch (default: 3)').argParser(count),
    )
    .addOption(
      new Option('--seconds <x>', 'least length of a timing (default: 0.2)').argParser(seconds),
    )
    .addOption(new Option('--repeats <n>', 'timings a round (default: 3)').argParser(count))
    .addOption(
      new Option(
        '--quick',
        'one round of short timings, without torch.compile: about a minute, and rough',
      ),
    )
    .addOption(new Option('--only <text>', 'only cases with this in their name or pass'))
    .addOption(
      new Option(
        '--python <path>',
        'interpreter that has PyTorch (default: TRIALFORGE_BENCH_PYTHON or python3)',
      ).conflicts('peer'),
    )
    .addOption(new Option('--no-peer', 'leave PyTorch out'))
    .addOption(shared.json())
    .addOption(new Option('--out <file>', 'write the JSON document there, too'))
    .addHelpText('after', exitCodesHelp)
    .action((options: Options) => run(subject, options));
}

async function run(subject: Subject, options: Options): Promise<void> {
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
  if (out !== undefined) await checkWritable(out);
  const found = options.peer ? findPeer(options.python) : undefined;
  if (typeof found === 'string') process.stderr.write(`${found}\n`);
  const peer = typeof found === 'string' ? undefined : found;
  try {
    const results = await interruptible(
      (signal) => compare(subject, settings, peer, signal, (turns) => showProgress(turns, 'turns')),
      () => process.stderr.write('\nInterrupted.\n'),
    );
    const document = `${JSON.stringify(results, undefined, 2)}\n`;
    if (out !== undefined) await writeFile(out, document);
    process.stdout.write(json ? document : `${describe(results)}\n`);
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    process.exitCode = exitCodes.interrupted;
  }
}

async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw new InvalidArgumentError(
      `--out ${file}: the folder cannot be written to: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const found = await stat(file).catch(() => undefined);
  if (found && !found.isFile()) throw new InvalidArgumentError(`--out ${file} is no file`);
}
