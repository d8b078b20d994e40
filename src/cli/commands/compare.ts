import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { type Command, Option } from 'commander';
import {
  describeData,
  describeEnvironment,
  isInUse,
  largestSeed,
  makePlan,
  type Plan,
  type ProgressEvent,
  presets,
  type Results,
  readResults,
  resultsFile,
  runComparison,
  type StrategySummary,
  strategyNames,
  summarise,
  type TrialRecord,
  trainingArrayObjective,
  trainingObjective,
} from '../../compare/index.js';
import type { TrainAndTest } from '../../data/index.js';
import { AbortError, InvalidArgumentError } from '../../errors.js';
import type { DeviceName, Precision } from '../../nn/index.js';
import { resolveDevice } from '../../nn/network-spec.js';
import { duration, percent } from '../../report/format.js';
import { checkPrecision } from '../check-precision.js';
import { exitCodes, exitCodesHelp } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { sampleMnist } from '../mnist-sample.js';
import { folderName, largestSize, listOf, shared, wholeNumber } from '../options.js';
import { type Progress, showProgress } from '../progress.js';
import { tellError } from '../tell-error.js';
import { textTable } from '../text-table.js';

interface CompareOptions {
  preset: string;
  strategies?: string[];
  trials?: number;
  epochs?: number;
  trainSize?: number;
  testSize?: number;
  seed?: number;
  device?: DeviceName;
  precision?: Precision;
  trialArray?: number;
  threads?: number;
  out?: string;
  resume?: string;
  fresh?: boolean;
  json?: boolean;
}

const reportsFolder = 'reports';
/** What --resume takes from the interrupted comparison instead. */
const settings = [
  'strategies',
  'trials',
  'epochs',
  'trainSize',
  'testSize',
  'seed',
  'device',
  'precision',
  'trialArray',
];

const presetsHelp = `
Presets:
${Object.values(presets)
  .map(({ name, description }) => `  ${name.padEnd(5)}  ${description}`)
  .join('\n')}
`;

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('compare ways to choose hyperparameters on MNIST')
    .description(
      `Tunes the paper's network on MNIST by hand and by search, and writes ${resultsFile}, report.html and its figures to a folder. Interrupted, it goes on where it stopped: at the next start with the same options, or with --resume.`,
    )
    .addOption(
      new Option('--preset <name>', 'what to run').choices(Object.keys(presets)).default('quick'),
    )
    .addOption(
      new Option(
        '--strategies <list>',
        `some of ${strategyNames.join(',')} (default: all)`,
      ).argParser(listOf(strategyNames)),
    )
    .addOption(new Option('--trials <n>', 'trials of each search').argParser(wholeNumber(1)))
    .addOption(
      new Option('--epochs <n>', 'epochs of each trial').argParser(wholeNumber(1, largestSize)),
    )
    .addOption(shared.trainSize())
    .addOption(shared.testSize())
    .addOption(shared.seed(largestSeed))
    .addOption(shared.device())
    .addOption(shared.precision())
    .addOption(
      new Option(
        '--trial-array <k>',
        "trials that Optuna's searches choose and train together (default: 1)",
      ).argParser(wholeNumber(1)),
    )
    .addOption(shared.threads())
    .addOption(
      new Option(
        '--out <folder>',
        `the report folder (default: a new one in ${reportsFolder}/)`,
      ).argParser(folderName),
    )
    .addOption(
      new Option(
        '--resume <folder>',
        'go on with the interrupted comparison in this folder, with its settings',
      )
        .argParser(folderName)
        .conflicts([...settings, 'out', 'fresh']),
    )
    .addOption(
      new Option(
        '--fresh',
        'start anew even if there is an interrupted comparison with these settings',
      ),
    )
    .addOption(shared.json())
    .addHelpText('after', presetsHelp + exitCodesHelp)
    .action(compare);
}

async function compare(options: CompareOptions, command: Command): Promise<void> {
  const { plan, folder } = await where(options, command);
  checkPrecision(plan.precision, resolveDevice(plan.device));
  const data = await sampleMnist(plan, plan.seed);
  const results = await interruptible(
    (signal) => run(plan, folder, data, options, signal),
    () => process.stderr.write('\nInterrupted: the last result is being written.\n'),
  ).catch((error) => {
    if (error instanceof AbortError) {
      const resume = `${self()} compare --resume ${folder}`;
      if (options.json) {
        const message = `${error.message}; go on with: ${resume}`;
        tellError({ name: error.name, message }, true);
      } else {
        process.stderr.write(`Go on with:\n  ${resume}\n`);
      }
      process.exitCode = exitCodes.interrupted;
      return undefined;
    }
    throw error;
  });
  if (!results) return;
  // Loaded only now: the charts' library takes most of a second.
  const { writeReport } = await import('../../report/index.js');
  const { html } = await writeReport(results, folder);
  print(results, folder, html, options);
}

/** The settings, and the folder of a new comparison or of the one to go on with. */
async function where(
  options: CompareOptions,
  command: Command,
): Promise<{ plan: Plan; folder: string }> {
  if (options.resume !== undefined) {
    const earlier = await readResults(options.resume);
    if (!earlier)
      throw new InvalidArgumentError(`${options.resume} has no ${resultsFile} to go on with`);
    if (
      command.getOptionValueSource('preset') === 'cli' &&
      options.preset !== earlier.plan.preset
    ) {
      command.error(
        `error: ${options.resume} was begun with preset ${earlier.plan.preset}, not ${options.preset}`,
      );
    }
    return { plan: earlier.plan, folder: options.resume };
  }
  const plan = makePlan(presets[options.preset as keyof typeof presets], options);
  if (options.out !== undefined) return { plan, folder: options.out };
  const interrupted = options.fresh ? undefined : await findInterrupted(plan);
  if (interrupted !== undefined) {
    process.stderr.write(
      `Going on with the interrupted comparison in ${interrupted} (--fresh starts anew).\n`,
    );
    return { plan, folder: interrupted };
  }
  return { plan, folder: newFolder(plan) };
}

function newFolder({ preset }: Plan): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const folder = join(reportsFolder, `${preset}-${time}`);
  let free = folder;
  for (let n = 2; existsSync(free); n++) free = `${folder}-${n}`;
  return free;
}

/** The newest unfinished comparison with exactly these settings that nobody is running. */
async function findInterrupted(plan: Plan): Promise<string | undefined> {
  const names = await readdir(reportsFolder).catch(() => []);
  for (const name of names.sort().reverse()) {
    const folder = join(reportsFolder, name);
    const results = await readResults(folder).catch(() => undefined);
    if (
      results &&
      results.status !== 'complete' &&
      isDeepStrictEqual(results.plan, plan) &&
      !(await isInUse(folder))
    )
      return folder;
  }
  return undefined;
}

async function run(
  plan: Plan,
  folder: string,
  { train, test }: TrainAndTest,
  { threads }: CompareOptions,
  signal: AbortSignal,
): Promise<Results> {
  const total = plan.strategies.reduce((sum, { trials, epochs }) => sum + trials * epochs, 0);
  const progress = showProgress(total, 'epochs');
  const { device, precision } = plan;
  const training = { train, test, device, precision, threads };
  try {
    return await runComparison({
      plan,
      folder,
      objective: trainingObjective(training),
      arrayObjective: trainingArrayObjective(training),
      data: describeData('MNIST', train),
      environment: describeEnvironment(threads),
      signal,
      onProgress: follow(plan, progress),
    });
  } finally {
    progress.stop();
  }
}

/** Turns the harness's events into progress; a trial that ends early takes its epochs out of the way. */
function follow(plan: Plan, progress: Progress): (event: ProgressEvent) => void {
  let before = 0;
  /** Epochs of the trials that run, with the share of the one under way. */
  const running = new Map<TrialRecord, number>();
  return (event) => {
    const { trials, epochs } = plan.strategies.find(({ name }) => name === event.strategy)!;
    const { trial } = event;
    const now = `${event.strategy} ${trial.number + 1}/${trials}`;
    const reached = trial.epochs.at(-1)?.testAccuracy;
    if (event.type === 'trial-end') {
      before += epochs;
      running.delete(trial);
      const value = trial.reason ?? `test accuracy ${percent(trial.value)}`;
      progress.line(`${now}: ${trial.state}${event.recorded ? ' earlier' : ''}, ${value}`);
      progress.advance(before, now);
    } else {
      const share = event.type === 'batch' ? event.share : 0;
      running.set(trial, trial.epochs.length + share);
      progress.advance(
        [...running.values()].reduce((sum, done) => sum + done, before),
        reached === undefined ? now : `${now}, test accuracy ${percent(reached)}`,
      );
    }
  };
}

function print(results: Results, folder: string, html: string, { json }: CompareOptions): void {
  const summaries = summarise(results);
  if (json) {
    const document = {
      status: results.status,
      folder,
      results: join(folder, resultsFile),
      report: html,
      strategies: summaries.map(describeSummary),
    };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return;
  }
  const rows = summaries.map((summary) => [
    summary.title,
    percent(summary.best?.value),
    summary.best ? String(summary.best.number + 1) : '–',
    percent(summary.mean),
    `${summary.complete}/${summary.pruned}/${summary.failed}`,
    duration(summary.seconds),
  ]);
  const head = ['', 'best test accuracy', 'in trial', 'mean', 'complete/pruned/failed', 'time'];
  process.stdout.write(`\n${textTable(head, rows)}\n\nReport: ${html}\n`);
}

function describeSummary({
  name,
  trials,
  complete,
  pruned,
  failed,
  best,
  mean,
  seconds,
}: StrategySummary) {
  return {
    name,
    trials: trials.length,
    complete,
    pruned,
    failed,
    best: best && { trial: best.number, testAccuracy: best.value, params: best.params },
    mean,
    seconds,
  };
}

/** How this program was called. */
function self(): string {
  const script = process.argv[1] ?? 'trialforge';
  if (basename(dirname(script)) === '.bin') return 'npx trialforge';
  return script.endsWith('trialforge') ? 'trialforge' : `node ${relative(process.cwd(), script)}`;
}
