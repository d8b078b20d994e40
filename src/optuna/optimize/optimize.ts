import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { AbortError, invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { TrialPruned } from '../errors.js';
import type { Sampler } from '../samplers/sampler.js';
import { failStaleTrials, keepAlive } from '../storages/stale-trials.js';
import type { Study } from '../study/study.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import type { Trial } from '../trial/trial.js';
import { runInOrder } from './in-order.js';
import { type Progress, startProgress } from './progress.js';
import { runUnit, type Unit } from './stop-unit.js';

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

/**
 * Called with the study and the trial that has finished, one after the other and awaited. An error
 * in it ends the optimization.
 */
export type Callback = (study: Study, trial: FrozenTrial) => void | Promise<void>;

/** A class of errors, which need not extend Error; those that extend it are meant, too. */
// biome-ignore lint/suspicious/noExplicitAny: any class can be caught, whatever its constructor takes
export type ErrorClass = abstract new (...args: any[]) => unknown;

/** Options of study.optimize. */
export interface OptimizeOptions {
  /** Trials to run, 0 or more; without it until `timeout`, `signal` or `stop()`. */
  nTrials?: number;
  /** Seconds, 0 or more, after which no trial starts any more. */
  timeout?: number;
  /**
   * Trials that run at the same time, on one thread, 1..65536; -1: one a core. What they are suggested depends
   * on the order in which they finish, unless `deterministic`. Default 1.
   */
  nJobs?: number;
  /**
   * The same study for the same seed, however long the trials of several jobs take. Trial k starts
   * when trial k - nJobs has ended and its callbacks have run. It sees what the trials up to k - nJobs
   * became, and those after them as running, with no more than the parameters that were drawn jointly
   * at their start. Its random numbers depend on the seed and on k. Trials are told, and callbacks
   * run, in the order of numbers; stop() and errors count at that point. Needs a sampler that has
   * forTrial, such as TPESampler and RandomSampler with a seed, and a fixed nJobs. A `timeout`, a
   * `signal`, other processes, and trials enqueued by a running objective stay matters of time. A
   * single job is deterministic anyway, and draws as Optuna does. Default false.
   */
  deterministic?: boolean;
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
  'deterministic',
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
  deterministic: boolean;
  caught: readonly ErrorClass[];
  callbacks: readonly Callback[];
  signal: AbortSignal | undefined;
  showProgressBar: boolean;
  /** Lets timers and signals have their turn, however quick the objective is. */
  giveWay: () => Promise<unknown>;
}

export const mostJobs = 65_536;

/** Milliseconds that the event loop may wait for its turn. */
const longestTurn = 4;

/** What an optimization needs of its study besides its public methods. */
interface Access {
  isStopped(): boolean;
  /** As study.ask; the trial gives a sign of life before anything is drawn, here as below. */
  ask(): Promise<Trial[]>;
  askBatch(size: number): Promise<Trial[]>;
  /** Asks for trials of a deterministic optimization. */
  askPinned(size: number, samplerOf: (number: number) => Sampler): Promise<Trial[]>;
  /** Later ones see what became of it. */
  conclude(trial: FrozenTrial): void;
}

/** @internal */
export async function runOptimize(
  study: Study,
  objective: Objective | ArrayObjective,
  options: Partial<ArrayOptimizeOptions>,
  access: Access,
): Promise<void> {
  const settings = checked(objective, options);
  const { signal, nTrials, timeout } = settings;
  if (settings.deterministic) samplerForTrials(study);
  throwIfAborted(signal);
  const begin = performance.now();
  const progress = settings.showProgressBar ? await startProgress(study, settings) : undefined;
  let started = 0;
  const wantsMore = () =>
    !access.isStopped() && started < nTrials && performance.now() - begin < timeout;
  const next = () => {
    const count = Math.min(settings.together, nTrials - started);
    started += count;
    return count;
  };
  try {
    if (settings.deterministic) {
      await runInOrder(
        settings.nJobs,
        wantsMore,
        () => beginPinned(study, next(), settings, access),
        (some) => finishPinned(study, some, settings, access, progress),
      );
    } else {
      await runJobs(settings.nJobs, wantsMore, () =>
        runSome(study, next(), settings, access, progress),
      );
    }
  } finally {
    progress?.end();
  }
}

/** Each job runs one after the other. The first error ends all of them, and is thrown at the end. */
async function runJobs(
  nJobs: number,
  wantsMore: () => boolean,
  runNext: () => Promise<void>,
): Promise<void> {
  let failure: { error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (!failure && wantsMore()) {
      try {
        await runNext();
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: nJobs }, work));
  if (failure) throw failure.error;
}

async function runSome(
  study: Study,
  count: number,
  settings: Settings,
  access: Access,
  progress?: Progress,
): Promise<void> {
  const ask = () => (settings.together > 1 ? access.askBatch(count) : access.ask());
  const some = await beginSome(study, settings, ask);
  await finishSome(study, some, settings, progress);
}

/** Trials that run together. */
interface Some {
  readonly trials: readonly Trial[];
  readonly outcomes: Promise<Settled[]>;
  /** Ends their signs of life, once they have been told. */
  readonly rest: (() => void) | undefined;
}

async function beginSome(
  study: Study,
  settings: Settings,
  ask: () => Promise<Trial[]>,
  within: <T>(body: () => T) => T = (body) => body(),
): Promise<Some> {
  const trials = await askFor(study, settings, ask);
  const { heartbeat } = study.context.storage;
  try {
    const rest = heartbeat && keepAlive(heartbeat, trials);
    return { trials, rest, outcomes: within(() => run(trials, settings)) };
  } catch (error) {
    return { trials, rest: undefined, outcomes: Promise.resolve(trials.map(() => ({ error }))) };
  }
}

/** Those of a deterministic optimization. */
interface Pinned extends Some {
  readonly unit: Unit;
}

async function beginPinned(
  study: Study,
  count: number,
  settings: Settings,
  access: Access,
): Promise<Pinned> {
  const samplerOf = samplerForTrials(study);
  const unit: Unit = { study, stops: false };
  const some = await beginSome(
    study,
    settings,
    () => access.askPinned(count, samplerOf),
    (body) => runUnit(unit, body),
  );
  return { ...some, unit };
}

async function finishPinned(
  study: Study,
  pinned: Pinned,
  settings: Settings,
  access: Access,
  progress?: Progress,
): Promise<void> {
  await pinned.outcomes;
  if (pinned.unit.stops) study.stop();
  await finishSome(study, pinned, settings, progress, access.conclude);
}

/** Waits for the trials' outcomes and tells them, then runs the callbacks. */
async function finishSome(
  study: Study,
  some: Some,
  settings: Settings,
  progress?: Progress,
  told?: (trial: FrozenTrial) => void,
): Promise<void> {
  const { trials } = some;
  const outcomes = await some.outcomes;
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
  some.rest?.();
  for (const trial of finished) told?.(trial);
  for (const trial of finished) {
    progress?.update(trial);
    for (const callback of settings.callbacks) await callback(study, trial);
  }
  if (failure) throw failure.error;
}

/** The sampler of each trial, by its number. Throws InvalidArgumentError if the study's has none. */
function samplerForTrials({ sampler }: Study): (number: number) => Sampler {
  if (typeof sampler.forTrial !== 'function') {
    throw invalidArgument(
      'the sampler',
      'one that has forTrial, such as TPESampler, with deterministic',
      sampler,
    );
  }
  return (number) => sampler.forTrial!(number);
}

async function askFor(
  study: Study,
  settings: Settings,
  ask: () => Promise<Trial[]>,
): Promise<Trial[]> {
  await settings.giveWay();
  throwIfAborted(settings.signal);
  if (study.context.storage.heartbeat) await failStaleTrials(study);
  return ask();
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
  // It may have fired while the trials were asked for.
  throwIfAborted(signal);
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
  const { trialArray, deterministic = false } = options;
  const { nTrials, timeout, nJobs = 1, callbacks = [], signal, showProgressBar = false } = options;
  if (typeof objective !== 'function') throw invalidArgument('objective', 'a function', objective);
  if (nTrials !== undefined && !(Number.isInteger(nTrials) && nTrials >= 0)) {
    throw invalidArgument('nTrials', 'an integer from 0', nTrials);
  }
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw invalidArgument('timeout', 'seconds from 0', timeout);
  }
  if (!(Number.isInteger(nJobs) && (nJobs === -1 || (nJobs >= 1 && nJobs <= mostJobs)))) {
    throw invalidArgument('nJobs', `an integer in 1..${mostJobs}, or -1`, nJobs);
  }
  if (typeof deterministic !== 'boolean') {
    throw invalidArgument('deterministic', 'a boolean', deterministic);
  }
  if (deterministic && nJobs === -1) {
    throw invalidArgument('nJobs', 'an integer from 1 with deterministic', nJobs);
  }
  if (trialArray !== undefined && !(Number.isInteger(trialArray) && trialArray >= 1)) {
    throw invalidArgument('trialArray', 'an integer from 1', trialArray);
  }
  const caught: readonly ErrorClass[] =
    options.catch === undefined ? [] : [options.catch as ErrorClass].flat();
  const noClass = caught.findIndex((element) => !isClass(element));
  if (noClass >= 0) throw invalidArgument('catch', 'error classes', caught[noClass]);
  if (!Array.isArray(callbacks)) {
    throw invalidArgument('callbacks', 'an array of functions', callbacks);
  }
  const noFunction = callbacks.findIndex((element) => typeof element !== 'function');
  if (noFunction >= 0) throw invalidArgument('callbacks', 'functions', callbacks[noFunction]);
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
    // One trial after the other is, in any case.
    deterministic: deterministic && (nJobs > 1 || (trialArray ?? 1) > 1),
    caught,
    callbacks,
    signal,
    showProgressBar,
    giveWay: nJobs === 1 ? givingWay() : setImmediate,
  };
}

/** Whether `instanceof` takes it. */
function isClass(value: unknown): boolean {
  try {
    return typeof value === 'function' && ({} instanceof value || true);
  } catch {
    return false;
  }
}

/** Now and then is enough; several jobs take turns at every trial, in the same order every time. */
function givingWay(): () => Promise<void> {
  let turn = performance.now();
  return async () => {
    if (performance.now() - turn < longestTurn) return;
    await setImmediate();
    turn = performance.now();
  };
}
