import process from 'node:process';
import { inspect } from 'node:util';
import { type Command, Option } from 'commander';
import {
  AbortError,
  InvalidArgumentError,
  invalidArgument,
  TrialforgeError,
} from '../../errors.js';
import {
  BruteForceSampler,
  createStudy,
  type Direction,
  type FrozenTrial,
  HyperbandPruner,
  MedianPruner,
  NopPruner,
  type OptimizeOptions,
  type Pruner,
  RandomSampler,
  type Sampler,
  type Storage,
  type Study,
  SuccessiveHalvingPruner,
  TPESampler,
  type Trial,
  TrialPruned,
  WilcoxonPruner,
} from '../../optuna/index.js';
import { mostJobs } from '../../optuna/optimize/optimize.js';
import { withoutPassword, withStorage } from '../../optuna/storages/open-storage.js';
import { directions as directionNames, violation } from '../../optuna/trial/frozen-trial.js';
import { bestText, bestTrials } from '../best-text.js';
import { exitCodes, exitCodesHelp } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { realNumber, shared, wholeNumber } from '../options.js';
import { endProcess } from '../output.js';
import { type Progress, showLines, showProgress } from '../progress.js';
import { storageOption } from '../storage-option.js';
import { jsonText, number, trialDocument, trialsText, valuesText, visible } from '../study-text.js';
import { tellError } from '../tell-error.js';
import { loadTuneScript, type TuneScript } from '../tune-script.js';
import { whileWorking } from '../while-working.js';

const samplers = {
  tpe: (seed?: number): Sampler => new TPESampler({ seed }),
  'tpe-v4': (seed?: number): Sampler => new TPESampler({ seed, version: 'v4' }),
  random: (seed?: number): Sampler => new RandomSampler({ seed }),
  'brute-force': (seed?: number): Sampler => new BruteForceSampler({ seed }),
};

const pruners = {
  median: (): Pruner => new MedianPruner(),
  'successive-halving': (): Pruner => new SuccessiveHalvingPruner(),
  hyperband: (): Pruner => new HyperbandPruner(),
  wilcoxon: (): Pruner => new WilcoxonPruner(),
  nop: (): Pruner => new NopPruner(),
};

interface TuneOptions {
  storage?: string;
  study?: string;
  trials?: number;
  timeout?: number;
  jobs?: number;
  deterministic?: boolean;
  sampler?: keyof typeof samplers;
  seed?: number;
  pruner?: keyof typeof pruners;
  direction?: Direction[];
  catch?: boolean;
  /** False for --no-resume. */
  resume: boolean;
  json?: boolean;
}

const help = `
The script's default export is the objective, (trial, { signal, log }) => value, or an array of
values. It may also export direction or directions, sampler (or a function that makes one of the
seed), pruner, studyName, and options (nTrials, timeout, nJobs, deterministic, catch, callbacks);
the command line comes first. TypeScript needs esbuild installed, or Node.js 22.18 or newer.

Examples:
  trialforge tune objective.ts --trials 100
  trialforge tune objective.mjs --storage sqlite:///studies.db --study lr --trials 50 --jobs 4
  trialforge tune objective.mjs --storage sqlite:///studies.db --study lr --trials 50   # 50 more`;

export function addTune(program: Command): void {
  program
    .command('tune')
    .argument('<script>', 'module whose default export is the objective')
    .summary('optimize your own objective')
    .description(
      'Runs trials of an objective and prints the best. A study that exists in the storage is resumed: several processes may work on it at once. Ctrl-C fails the trials that run and keeps the others.',
    )
    .addOption(storageOption(' (default: in memory, gone at the end)'))
    .addOption(
      new Option('--study <name>', "of the study (default: the script's studyName or file name)"),
    )
    .addOption(
      new Option(
        '--trials <n>',
        'trials to run now (default: until --timeout or Ctrl-C)',
      ).argParser(wholeNumber(1)),
    )
    .addOption(
      new Option('--timeout <seconds>', 'after which no trial starts any more').argParser(
        realNumber('a positive number', (value) => value > 0),
      ),
    )
    .addOption(
      new Option('--jobs <n>', 'trials at the same time, on one thread (default: 1)').argParser(
        wholeNumber(1, mostJobs),
      ),
    )
    .addOption(
      new Option('--deterministic', 'with --jobs and --seed: the same study whatever the timing'),
    )
    .addOption(new Option('--sampler <name>', '(default: tpe)').choices(Object.keys(samplers)))
    .addOption(
      new Option('--seed <n>', 'of the sampler (default: from the system)').argParser(
        wholeNumber(0, 2 ** 32 - 1),
      ),
    )
    .addOption(new Option('--pruner <name>', '(default: median)').choices(Object.keys(pruners)))
    .addOption(
      new Option(
        '--direction <list>',
        'minimize or maximize, one an objective, with commas (default: minimize)',
      ).argParser((text) => text.split(',') as Direction[]),
    )
    .addOption(new Option('--catch', 'go on after a trial whose objective throws'))
    .addOption(new Option('--no-resume', 'fail if the study exists'))
    .addOption(shared.json())
    .addHelpText('after', help)
    .addHelpText('after', exitCodesHelp)
    .action(tune);
}

async function tune(file: string, options: TuneOptions): Promise<void> {
  checkDirections(options.direction);
  // What the script prints must not be in the JSON document.
  if (options.json) console.log = console.info = console.debug = console.error;
  const script = await loadTuneScript(file);
  try {
    await withStorage(options.storage, async (storage) => {
      const study = await openStudy(storage, script, options);
      const run = await optimize(study, script, file, options);
      await tellResult(study, run, options);
      if (!run.interrupted) return;
      process.exitCode = exitCodes.interrupted;
      if (options.storage !== undefined) {
        process.stderr.write(`${resumeLine(study, file, options)}\n`);
      }
    });
  } finally {
    // When errors are told, too; an objective that was interrupted may still be at work.
    setImmediate(endProcess);
  }
}

function checkDirections(directions: readonly string[] | undefined): void {
  const wrong = directions?.find((one) => !(directionNames as readonly string[]).includes(one));
  if (wrong !== undefined) {
    throw invalidArgument('--direction', `one or more of ${directionNames.join(', ')}`, wrong);
  }
}

async function openStudy(
  storage: Storage,
  script: TuneScript,
  options: TuneOptions,
): Promise<Study> {
  const studyName = options.study ?? script.studyName;
  const directions = options.direction ?? script.directions ?? ['minimize'];
  const existing = await storage.findStudy(studyName);
  if (existing) {
    if (!options.resume) {
      throw new InvalidArgumentError(
        `study '${studyName}' exists already; without --no-resume it goes on`,
      );
    }
    if (`${existing.directions}` !== `${directions}` && (options.direction || script.directions)) {
      throw new InvalidArgumentError(
        `study '${studyName}' has the directions ${existing.directions.join(', ')}, not ${directions.join(', ')}`,
      );
    }
  }
  const study = await createStudy({
    ...{ storage, studyName, directions, loadIfExists: options.resume },
    sampler: samplerOf(script, options),
    pruner: options.pruner === undefined ? script.pruner : pruners[options.pruner](),
  });
  if (existing) {
    const trials = await study.trials();
    process.stderr.write(`resuming study ${visible(studyName)}: ${trialsText(trials)}\n`);
  }
  return study;
}

function samplerOf({ sampler }: TuneScript, options: TuneOptions): Sampler {
  if (options.sampler === undefined && sampler !== undefined) {
    if (typeof sampler === 'function') return sampler(options.seed);
    if (options.seed === undefined) return sampler;
    throw new InvalidArgumentError(
      '--seed needs --sampler here, or a script that exports sampler as a function of the seed',
    );
  }
  return samplers[options.sampler ?? 'tpe'](options.seed);
}

interface Run {
  /** Of this process. */
  nTrials: number;
  seconds: number;
  interrupted: boolean;
}

async function optimize(
  study: Study,
  { objective, options: own }: TuneScript,
  file: string,
  options: TuneOptions,
): Promise<Run> {
  const nTrials = options.trials ?? own.nTrials;
  const progress = nTrials === undefined ? showLines() : showProgress(nTrials, 'trials');
  const report = reporter(progress, study, await study.trials());
  const started = performance.now();
  let done = 0;
  const running = new Set<number>();
  /** What the objective threw, with the number of its trial. */
  const thrown = new WeakMap<object, number>();
  const settings: OptimizeOptions = {
    ...own,
    ...given({
      nTrials,
      timeout: options.timeout,
      nJobs: options.jobs,
      deterministic: options.deterministic,
      catch: options.catch ? [Object] : undefined,
    }),
    callbacks: [
      async (_, trial) => {
        done += 1;
        report(done, trial);
      },
      ...(own.callbacks ?? []),
    ],
  };
  const end = (interrupted: boolean): Run => ({
    nTrials: done,
    seconds: (performance.now() - started) / 1000,
    interrupted,
  });
  const run = async (trial: Trial, signal: AbortSignal) => {
    running.add(trial.number);
    try {
      return await objective(trial, { signal, log: (text) => progress.line(text) });
    } catch (error) {
      if (error instanceof TrialPruned) throw error;
      const kept = error instanceof Object ? error : new ThrownValue(error);
      thrown.set(kept, trial.number);
      throw kept;
    } finally {
      running.delete(trial.number);
    }
  };
  const nothingLeft = new AbortController();
  const during = () => `${file}: trial ${[...running].join(', ')}`;
  try {
    await interruptible(
      (interrupted) => {
        const signal = AbortSignal.any([interrupted, nothingLeft.signal]);
        const work = () => study.optimize((trial) => run(trial, signal), { ...settings, signal });
        return whileWorking(work, {
          onNothingLeft: () => nothingLeft.abort(during()),
          onExit: () => {
            if (running.size === 0 || signal.aborted) return;
            const message = `${during()} did not end: the script called process.exit() or left an error uncaught`;
            tellError({ name: 'TrialforgeError', message }, options.json);
          },
        });
      },
      () => process.stderr.write('\nInterrupted.\n'),
    );
    return end(false);
  } catch (error) {
    if (nothingLeft.signal.aborted) {
      throw new TrialforgeError(
        'ERR_OBJECTIVE',
        `${nothingLeft.signal.reason} waits for what can never happen: no timer, request or thread is left`,
        { cause: error },
      );
    }
    if (error instanceof AbortError) return end(true);
    const number = thrown.get(error as object);
    if (number === undefined) throw error;
    throw objectiveError(error, `${file}: trial ${number}`);
  } finally {
    progress.stop();
  }
}

/** What was thrown although nothing is an instance of it. */
class ThrownValue extends Error {
  constructor(value: unknown) {
    super(typeof value === 'string' ? value : inspect(value));
  }
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Tells where the objective threw, and returns the error of the command. */
function objectiveError(error: unknown, where: string): TrialforgeError {
  const message = error instanceof Error ? error.message : inspect(error);
  if (!(error instanceof ThrownValue)) {
    process.stderr.write(`${(error as Partial<Error>).stack ?? message}\n`);
  }
  return new TrialforgeError(
    'ERR_OBJECTIVE',
    `${where} failed: ${message}; with --catch the others go on`,
    { cause: error },
  );
}

/** Tells each trial, and the best so far without looking at all trials again. */
function reporter(progress: Progress, { directions }: Study, before: readonly FrozenTrial[]) {
  let [best] = directions.length === 1 ? bestTrials(before, directions) : [];
  const sign = directions[0] === 'minimize' ? 1 : -1;
  const isBetter = ({ state, values }: FrozenTrial) =>
    state === 'complete' && (!best || sign * values![0]! < sign * best.values![0]!);
  return (done: number, trial: FrozenTrial): void => {
    if (directions.length === 1 && isBetter(trial) && violation(trial) === 0) best = trial;
    const sofar = best ? `best ${valuesText(best.values)} (trial ${best.number})` : '';
    const result = [`trial ${trial.number}`, trial.state, valuesText(trial.values)].filter(Boolean);
    if (!process.stderr.isTTY) progress.line([result.join(' '), sofar].filter(Boolean).join('  '));
    progress.advance(done, sofar);
  };
}

async function tellResult(study: Study, run: Run, { json }: TuneOptions): Promise<void> {
  const { studyName, directions } = study;
  const trials = await study.trials();
  const best = bestTrials(trials, directions);
  if (json) {
    const document = {
      ...{ studyName, directions, ...run },
      nTrialsOfStudy: trials.length,
      bestTrials: best.map(trialDocument),
    };
    process.stdout.write(jsonText(document));
    return;
  }
  process.stdout.write(
    `study ${visible(studyName)}: ${trialsText(trials)}, ${run.nTrials} of them in ${number(run.seconds)} s\n${bestText(best, directions)}\n`,
  );
}

function resumeLine(study: Study, file: string, { storage }: TuneOptions): string {
  const words = ['trialforge', 'tune', file, '--storage', withoutPassword(storage!)];
  const command = [...words, '--study', study.studyName].map(quoted).join(' ');
  return `To resume: ${command}`;
}

/** A word of a shell. */
function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
