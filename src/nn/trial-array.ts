import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Dataset } from '../data/dataset.js';
import {
  AbortError,
  BusyError,
  DeviceUnavailableError,
  DisposedError,
  InvalidArgumentError,
  invalidArgument,
  OutOfMemoryError,
  show,
  TrialforgeError,
} from '../errors.js';
import { checkOptionNames } from '../options.js';
import { checkBoolean, checkCallback, checkInteger, checkSignal } from './check.js';
import {
  type BatchLogs,
  type EpochLogs,
  type FitOptions,
  fitNames,
  type History,
  type Network,
  throwIfAborted,
} from './network.js';
import { checkThreads, type NetworkOptions } from './network-spec.js';
import {
  makeTrialNetworks,
  type PlacementOptions,
  placementNames,
  type TrialUnit,
} from './trial-networks.js';

/** Where the trials of a TrialArray train. */
export interface TrialArrayOptions extends PlacementOptions {
  /** Trials that train at the same time on the CPU, 1 .. 1024. Default: one a core available. */
  threads?: number;
}

/** As for Network's fit; where an array is allowed, it has one value for each trial. */
export interface TrialArrayFitOptions
  extends Omit<
    FitOptions,
    'batchSize' | 'epochs' | 'validationData' | 'onEpochEnd' | 'onBatchEnd'
  > {
  /** Samples of an optimizer step. Default: 32. */
  batchSize?: number | readonly number[];
  /** Default: 1. */
  epochs?: number | readonly number[];
  /** Evaluated after every epoch of a trial. */
  validationData?: Dataset | readonly Dataset[];
  /**
   * After an epoch (from 0) of a trial (from 0) and its validation. Awaited by that trial alone,
   * which fails with what it throws.
   */
  onEpochEnd?: (trial: number, epoch: number, logs: EpochLogs) => void | Promise<void>;
  /** While an epoch of a trial runs, as in Network's fit. The trial fails with what it throws. */
  onBatchEnd?: (trial: number, logs: BatchLogs) => void;
}

/** Some trials of an array failed. The others have ended as if alone; `cause` is the first failure. */
export class TrialArrayError extends TrialforgeError {
  /** What became of each trial, in their order: its History, or why it failed. */
  readonly results: readonly PromiseSettledResult<History>[];
  /** Of the failed trials, in their order. */
  readonly errors: readonly unknown[];

  constructor(results: readonly PromiseSettledResult<History>[]) {
    const errors = failures(results);
    const first = results.findIndex(({ status }) => status === 'rejected');
    const reason = errors[0] instanceof Error ? errors[0].message : show(errors[0]);
    super(
      'ERR_TRIAL_ARRAY',
      `${errors.length} of ${results.length} trials failed; trial ${first}: ${reason}`,
      { cause: errors[0] },
    );
    this.results = results;
    this.errors = errors;
  }
}

/**
 * Networks that train side by side. Every trial gets, bit for bit, what it would alone on its device.
 * The networks may differ in everything; the array holds the memory of all of them until it is disposed.
 *
 * On the CPU each trial has one core. On a CUDA device the trials that differ only in seed, dropout
 * rates, regularizers and the optimizer's numbers train in common steps, as long as their data, batch
 * sizes and numbers of epochs so far are the same; others run beside them. Trials in common steps wait
 * for each other at the end of an epoch, onEpochEnd included.
 */
export class TrialArray {
  /**
   * One for each trial, in their order, to evaluate, predict, and take weights from. While fit
   * runs, they are the array's: a trial whose network is busy with something else at its turn fails
   * with BusyError.
   */
  readonly networks: readonly Network[];
  readonly #threads: number;
  readonly #trialsPerDevice: number;
  readonly #units: readonly TrialUnit[];
  /** While fit runs: the trials that are to train no further. */
  #stopping: Set<number> | undefined;
  #disposed = false;

  /**
   * @param trials what `new Network` takes; their `threads` on the CPU, if given, must be 1
   * @throws InvalidArgumentError, DeviceUnavailableError or OutOfMemoryError naming the trial
   */
  constructor(trials: readonly NetworkOptions[], options: TrialArrayOptions = {}) {
    checkOptionNames('TrialArray', options, ['threads', ...placementNames]);
    const { threads } = options;
    this.#threads = threads === undefined ? availableParallelism() : checkThreads(threads);
    if (!Array.isArray(trials) || trials.length === 0) {
      throw invalidArgument('trials', 'an array of the options of one Network or more', trials);
    }
    const { networks, units } = makeTrialNetworks(trials, options, inTrial);
    this.#trialsPerDevice = options.trialsPerDevice ?? Number.POSITIVE_INFINITY;
    this.#units = units;
    this.networks = Object.freeze(networks);
  }

  /**
   * Trains all trials: on the CPU as many at the same time as there are threads, on each CUDA device as
   * many as it may have, the others after them in their order. A further call goes on where this one ended. A trial that fails does not stop the
   * others; a loss that is not finite is no failure, it is in the History.
   * @param train the training data, or one for each trial
   * @returns one History for each trial, in their order
   * @throws TrialArrayError after all trials have ended, if some failed. InvalidArgumentError for
   *   data or options that do not fit; BusyError while another fit runs; AbortError when the signal
   *   fires; DisposedError
   */
  async fit(
    train: Dataset | readonly Dataset[],
    options: TrialArrayFitOptions = {},
  ): Promise<History[]> {
    const trials = this.#checkFit(train, options);
    const { signal } = options;
    if (this.#disposed) throw new DisposedError('the trial array');
    if (this.#stopping !== undefined) {
      throw new BusyError('the trial array is busy with fit; another fit has to wait');
    }
    throwIfAborted(signal);

    this.#stopping = new Set();
    // A signal warns of a leak when more than ten listen: the trials listen to one of our own.
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return this.#histories(await this.#runAll(trials, controller.signal), controller.signal);
    } finally {
      this.#stopping = undefined;
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Ends one trial of the running fit after the epoch under way, or before its first one: its
   * History ends there, the other trials go on. Does nothing when the trial or fit has ended.
   * @param trial index of the trial
   */
  stopTraining(trial: number): void {
    const network = Number.isInteger(trial) ? this.networks[trial] : undefined;
    if (network === undefined) {
      throw invalidArgument('trial', `an index in 0 .. ${this.networks.length - 1}`, trial);
    }
    if (this.#stopping === undefined) return;
    this.#stopping.add(trial);
    network.stopTraining();
  }

  /** Frees the native memory of all networks. A running fit is stopped and rejects with DisposedError. */
  dispose(): void {
    this.#disposed = true;
    for (const network of this.networks) network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What Network's fit is to get for each trial, all checked before any trial starts. */
  #checkFit(
    train: Dataset | readonly Dataset[],
    options: TrialArrayFitOptions,
  ): { data: Dataset; options: FitOptions }[] {
    checkOptionNames('fit', options, fitNames);
    const { shuffle, onEpochEnd, onBatchEnd } = options;
    if (shuffle !== undefined) checkBoolean('shuffle', shuffle);
    checkCallback('onEpochEnd', onEpochEnd);
    checkCallback('onBatchEnd', onBatchEnd);
    checkSignal(options.signal);

    const count = this.networks.length;
    const checkData = (name: string, value: Dataset, trial: number) =>
      inTrial(trial, () => this.networks[trial]!.checkLabelled(name, value));
    const data = perTrial('the training data', train, count, checkData);
    const optional = <T>(name: string, value: T | readonly T[] | undefined, check: Check<T>) =>
      value === undefined ? [] : perTrial(name, value, count, check);
    const batchSizes = optional('batchSize', options.batchSize, atLeast(1));
    const epochs = optional('epochs', options.epochs, atLeast(0));
    const validationData = optional('validationData', options.validationData, checkData);
    return data.map((data, trial) => ({
      data,
      options: {
        batchSize: batchSizes[trial],
        epochs: epochs[trial],
        validationData: validationData[trial],
        shuffle,
        onEpochEnd: onEpochEnd && ((epoch, logs) => onEpochEnd(trial, epoch, logs)),
        onBatchEnd: onBatchEnd && ((logs) => onBatchEnd(trial, logs)),
      },
    }));
  }

  /** Each device takes the next unit when it has room. */
  async #runAll(
    trials: readonly { data: Dataset; options: FitOptions }[],
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<History>[]> {
    const results: PromiseSettledResult<History>[] = [];
    const run = async (trial: number) => {
      const { data, options } = trials[trial]!;
      const epochs = this.#stopping!.has(trial) ? 0 : options.epochs;
      const history = this.networks[trial]!.fit(data, { ...options, epochs, signal });
      [results[trial]] = await Promise.allSettled([history]);
    };
    const devices = new Set(this.#units.map(({ device }) => device));
    await Promise.all(
      [...devices].map((device) =>
        runUnits(
          this.#units.filter((unit) => unit.device === device),
          device === 'cpu' ? this.#threads : this.#trialsPerDevice,
          run,
          ({ trials }) => {
            // Room for the next ones.
            if (device !== 'cpu') for (const trial of trials) this.networks[trial]!.trim();
          },
        ),
      ),
    );
    return results;
  }

  #histories(results: readonly PromiseSettledResult<History>[], signal: AbortSignal): History[] {
    const errors = failures(results);
    if (this.#disposed && errors.some((error) => error instanceof DisposedError)) {
      throw new DisposedError('the trial array');
    }
    if (errors.some((error) => error instanceof AbortError)) throwIfAborted(signal);
    if (errors.length > 0) throw new TrialArrayError(results);
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }
}

/**
 * Runs `run` for the trials of each unit, in their order, at most `room` trials at a time, and then `end`
 * for the unit.
 */
async function runUnits(
  units: readonly TrialUnit[],
  room: number,
  run: (trial: number) => Promise<void>,
  end: (unit: TrialUnit) => void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let busy = 0;
  for (const unit of units) {
    const { trials, steps } = unit;
    while (busy > 0 && busy + trials.length > room) await Promise.race(running);
    busy += trials.length;
    for (const i of trials.keys()) steps?.join(i);
    const all = trials.map((trial, i) => run(trial).finally(() => steps?.leave(i)));
    const ended = Promise.all(all).then(() => {
      end(unit);
      busy -= trials.length;
      running.delete(ended);
    });
    running.add(ended);
  }
  await Promise.all(running);
}

type Check<T> = (name: string, value: T, trial: number) => void;

function atLeast(least: number): Check<number> {
  return (name, value) => {
    checkInteger(name, value, least);
  };
}

/** The same value for all trials, or the one of each. */
function perTrial<T>(name: string, value: T | readonly T[], count: number, check: Check<T>): T[] {
  const values: readonly T[] | undefined = Array.isArray(value) ? value : undefined;
  if (values !== undefined && values.length !== count) {
    throw invalidArgument(name, `one value for all trials or one for each of the ${count}`, value);
  }
  return Array.from({ length: count }, (_, trial) => {
    const one = values === undefined ? (value as T) : values[trial]!;
    check(values === undefined ? name : `${name}[${trial}]`, one, trial);
    return one;
  });
}

/** Calls `body`; an error about what was given for a trial says which. */
function inTrial<T>(trial: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    for (const Kind of [InvalidArgumentError, DeviceUnavailableError, OutOfMemoryError]) {
      if (cause instanceof Kind) throw new Kind(`trial ${trial}: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

function failures(results: readonly PromiseSettledResult<History>[]): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}
