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

/**
 * What becomes of a trial: its value, one value an objective, or an error, which is treated as one that
 * an Objective throws.
 */
export type Outcome = number | readonly number[] | Error;

/** An objective for several trials at once: one Outcome for each, in their order. */
export type ArrayObjective = (
  trials: readonly Trial[],
) => readonly Outcome[] | Promise<readonly Outcome[]>;

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

/** Of an ArrayObjective. */
export interface ArrayOptimizeOptions extends OptimizeOptions {
  /**
   * Trials that are asked for together and given to the objective at once: for networks that train as
   * a TrialArray. The last time there may be fewer. Each is suggested before the values of the others
   * are known, and what stops the study (stop(), a timeout, an exhausted grid) does so after them.
   */
  trialArray: number;
}

const optionNames = [
  'nTrials',
  'timeout',
  'nJobs',
  'trialArray',
  'catch',
  'callbacks',
  'signal',
  'showProgressBar',
];

interface Settings {
  objective: ArrayObjective;
  /** Trials that the objective gets at once. */
  together: number;
  nTrials: number;
  /** Milliseconds. */
  timeout: number;
  nJobs: number;
  caught: readonly ErrorClass[];
  callbacks: readonly Callback[];
  signal: AbortSignal | undefined;
  showProgressBar: boolean;
  /** Lets timers and signals have their turn, however quick the objective is. */
  giveWay: () => Promise<void>;
}

/** Milliseconds that the event loop may wait for its turn. */
const longestTurn = 4;

/** @internal */
export async function runOptimize(
  study: Study,
  objective: Objective | ArrayObjective,
  options: Partial<ArrayOptimizeOptions>,
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
      const count = Math.min(settings.together, nTrials - started);
      started += count;
      try {
        await runSome(study, count, settings, progress);
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

async function runSome(
  study: Study,
  count: number,
  settings: Settings,
  progress?: Progress,
): Promise<void> {
  await settings.giveWay();
  const { signal } = settings;
  throwIfAborted(signal);
  const trials = settings.together > 1 ? await study.askBatch(count) : [await study.ask()];
  const outcomes = await run(trials, settings);
  const finished: FrozenTrial[] = [];
  let failure: { error: unknown } | undefined;
  // All are told before anything else can go wrong.
  for (const [i, trial] of trials.entries()) {
    try {
      finished.push(await finish(study, trial, outcomes[i]!, settings));
    } catch (error) {
      failure ??= { error };
    }
  }
  for (const trial of finished) {
    await progress?.update(trial);
    for (const callback of settings.callbacks) await callback(study, trial);
  }
  if (failure) throw failure.error;
}

type Settled = { readonly value: number | readonly number[] } | { readonly error: unknown };

/** What the objective makes of each trial; an error of the objective is that of all of them. */
async function run(trials: readonly Trial[], settings: Settings): Promise<Settled[]> {
  try {
    const outcomes = await unlessAborted(settings.objective, trials, settings.signal);
    if (!Array.isArray(outcomes) || outcomes.length !== trials.length) {
      throw invalidArgument(
        "the objective's result",
        `an array of ${trials.length} outcomes, one for each trial`,
        outcomes,
      );
    }
    return Array.from(outcomes, (outcome) =>
      outcome instanceof Error ? { error: outcome } : { value: outcome },
    );
  } catch (error) {
    return trials.map(() => ({ error }));
  }
}

/** Tells an outcome. Rejects with its error unless that is to be caught. */
async function finish(
  study: Study,
  trial: Trial,
  outcome: Settled,
  { caught, signal }: Settings,
): Promise<FrozenTrial> {
  if ('value' in outcome) return study.tell(trial, outcome.value);
  const { error } = outcome;
  // An objective that told its trial itself must not hide its error.
  const tell = (state: 'pruned' | 'fail') =>
    study.tell(trial, undefined, { state, skipIfFinished: true });
  if (error instanceof TrialPruned) return tell('pruned');
  const failed = await tell('fail');
  throwIfAborted(signal);
  if (caught.some((errorClass) => error instanceof errorClass)) return failed;
  throw error;
}

/** The objective's result; rejects as soon as the signal fires, whatever the objective does then. */
async function unlessAborted(
  objective: ArrayObjective,
  trials: readonly Trial[],
  signal: AbortSignal | undefined,
): Promise<readonly Outcome[]> {
  if (!signal) return objective(trials);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const values = await Promise.race([objective(trials), aborted]);
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

/** An Objective for arrays of one trial. */
function ofOne(objective: Objective): ArrayObjective {
  return async ([trial]) => [await objective(trial!)];
}

function checked(
  objective: Objective | ArrayObjective,
  options: Partial<ArrayOptimizeOptions>,
): Settings {
  checkOptionNames('optimize', options, optionNames);
  const { trialArray } = options;
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
  if (trialArray !== undefined && !(Number.isInteger(trialArray) && trialArray >= 1)) {
    throw invalidArgument('trialArray', 'an integer from 1', trialArray);
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
    objective:
      trialArray === undefined ? ofOne(objective as Objective) : (objective as ArrayObjective),
    together: trialArray ?? 1,
    nTrials: nTrials ?? Number.POSITIVE_INFINITY,
    timeout: timeout === undefined ? Number.POSITIVE_INFINITY : timeout * 1000,
    nJobs: nJobs === -1 ? availableParallelism() : nJobs,
    caught: caught as readonly ErrorClass[],
    callbacks,
    signal,
    showProgressBar,
    giveWay: givingWay(),
  };
}

function givingWay(): () => Promise<void> {
  let turn = performance.now();
  return async () => {
    if (performance.now() - turn < longestTurn) return;
    await setImmediate();
    turn = performance.now();
  };
}
