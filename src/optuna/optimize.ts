import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { AbortError, invalidArgument } from '../errors.js';
import { checkOptionNames } from '../options.js';
import { TrialPruned } from './errors.js';
import type { FrozenTrial } from './frozen-trial.js';
import { type Progress, startProgress } from './progress.js';
import type { Study } from './study.js';
import type { Trial } from './trial.js';

/** What is optimized: the value of a trial, or one value an objective. */
export type Objective = (
  trial: Trial,
) => number | readonly number[] | Promise<number | readonly number[]>;

export type Callback = (study: Study, trial: FrozenTrial) => void | Promise<void>;

// biome-ignore lint/suspicious/noExplicitAny: any class can be caught, whatever its constructor takes
export type ErrorClass = abstract new (...args: any[]) => unknown;

export interface OptimizeOptions {
  /** Trials to run; without it until `timeout`, `signal` or `stop()`. */
  nTrials?: number;
  /** Seconds after which no trial starts any more. */
  timeout?: number;
  /**
   * Trials that run at the same time, on one thread; -1: one a core. What they are suggested depends
   * on the order in which they finish. Default 1.
   */
  nJobs?: number;
  /** Errors that fail a trial without ending the optimization. */
  catch?: ErrorClass | readonly ErrorClass[];
  /** Called one after the other when a trial has finished. An error in them ends the optimization. */
  callbacks?: readonly Callback[];
  /** Ends the optimization at once; the running trials are marked failed. */
  signal?: AbortSignal;
  /** A bar on a terminal, a line a trial elsewhere, on standard error. Default false. */
  showProgressBar?: boolean;
}

const optionNames = [
  'nTrials',
  'timeout',
  'nJobs',
  'catch',
  'callbacks',
  'signal',
  'showProgressBar',
];

interface Settings {
  objective: Objective;
  nTrials: number;
  /** Milliseconds. */
  timeout: number;
  nJobs: number;
  caught: readonly ErrorClass[];
  callbacks: readonly Callback[];
  signal: AbortSignal | undefined;
  showProgressBar: boolean;
}

/** @internal */
export async function runOptimize(
  study: Study,
  objective: Objective,
  options: OptimizeOptions,
  isStopped: () => boolean,
): Promise<void> {
  const settings = checked(objective, options);
  const { signal, nTrials, timeout } = settings;
  throwIfAborted(signal);
  const begin = performance.now();
  const progress = settings.showProgressBar ? startProgress(study, settings) : undefined;
  let started = 0;
  let failure: { error: unknown } | undefined;

  const work = async (): Promise<void> => {
    while (!failure && !isStopped() && started < nTrials && performance.now() - begin < timeout) {
      started += 1;
      try {
        await runOne(study, settings, progress);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: settings.nJobs }, work));
  } finally {
    progress?.end();
  }
  if (failure) throw failure.error;
}

async function runOne(study: Study, settings: Settings, progress?: Progress): Promise<void> {
  // Timers and signals get their turn, however quick the objective is.
  await setImmediate();
  throwIfAborted(settings.signal);
  const trial = await study.ask();
  const finished = await finish(study, trial, settings);
  await progress?.update(finished);
  for (const callback of settings.callbacks) await callback(study, finished);
}

/** Runs the objective and tells its outcome. Rejects with its error unless that is to be caught. */
async function finish(study: Study, trial: Trial, settings: Settings): Promise<FrozenTrial> {
  const { objective, caught, signal } = settings;
  let values: number | readonly number[];
  try {
    values = await unlessAborted(objective, trial, signal);
  } catch (error) {
    // An objective that told its trial itself must not hide its error.
    const tell = (state: 'pruned' | 'fail') =>
      study.tell(trial, undefined, { state, skipIfFinished: true });
    if (error instanceof TrialPruned) return tell('pruned');
    const failed = await tell('fail');
    throwIfAborted(signal);
    if (caught.some((errorClass) => error instanceof errorClass)) return failed;
    throw error;
  }
  return study.tell(trial, values);
}

/** The objective's result; rejects as soon as the signal fires, whatever the objective does then. */
async function unlessAborted(
  objective: Objective,
  trial: Trial,
  signal: AbortSignal | undefined,
): Promise<number | readonly number[]> {
  if (!signal) return objective(trial);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const values = await Promise.race([objective(trial), aborted]);
    throwIfAborted(signal);
    return values;
  } finally {
    signal.removeEventListener('abort', onAbort!);
  }
}

function abortError(signal: AbortSignal): AbortError {
  return new AbortError('the optimization was aborted', { cause: signal.reason });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

function checked(objective: Objective, options: OptimizeOptions): Settings {
  checkOptionNames('optimize', options, optionNames);
  const { nTrials, timeout, nJobs = 1, callbacks = [], signal, showProgressBar = false } = options;
  if (typeof objective !== 'function') throw invalidArgument('objective', 'a function', objective);
  if (nTrials !== undefined && !(Number.isInteger(nTrials) && nTrials >= 0)) {
    throw invalidArgument('nTrials', 'an integer from 0', nTrials);
  }
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw invalidArgument('timeout', 'seconds from 0', timeout);
  }
  if (!(Number.isInteger(nJobs) && (nJobs === -1 || nJobs >= 1))) {
    throw invalidArgument('nJobs', 'an integer from 1, or -1', nJobs);
  }
  const caught = options.catch === undefined ? [] : [options.catch].flat();
  for (const list of [caught, callbacks]) {
    const wrong = [...list].find((element) => typeof element !== 'function');
    if (wrong !== undefined) {
      const name = list === caught ? 'catch' : 'callbacks';
      throw invalidArgument(name, list === caught ? 'error classes' : 'functions', wrong);
    }
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgument('signal', 'an AbortSignal', signal);
  }
  return {
    objective,
    nTrials: nTrials ?? Number.POSITIVE_INFINITY,
    timeout: timeout === undefined ? Number.POSITIVE_INFINITY : timeout * 1000,
    nJobs: nJobs === -1 ? availableParallelism() : nJobs,
    caught: caught as readonly ErrorClass[],
    callbacks,
    signal,
    showProgressBar,
  };
}
