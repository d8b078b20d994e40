import { invalidArgument } from '../errors.js';
import { checkCallback, checkObject } from '../nn/check.js';
import type { BatchLogs, FitOptions, Metrics } from '../nn/network.js';

/** 'loss', 'acc', 'val_loss' and 'val_acc'; of a batch, 'batch' and 'size' too. */
export type FitFastLogs = Record<string, number>;

/** What tfjs takes as a callback: an object with some of these, a tf.Callback or tf.CustomCallback. */
export interface FitFastCallback {
  /** Told first: epochs, samples, metrics and the like. */
  setParams?(params: Record<string, unknown>): void;
  /** Told second: the model. */
  setModel?(model: unknown): void;
  /** Before the first epoch; awaited. */
  onTrainBegin?(logs?: FitFastLogs): unknown;
  /** After the last epoch; awaited. */
  onTrainEnd?(logs?: FitFastLogs): unknown;
  /** Before an epoch, counted from 0; awaited. */
  onEpochBegin?(epoch: number, logs?: FitFastLogs): unknown;
  /** After an epoch, with its metrics; awaited. */
  onEpochEnd?(epoch: number, logs?: FitFastLogs): unknown;
  /** After a batch, counted from 0, with the metrics. */
  onBatchEnd?(batch: number, logs?: FitFastLogs): unknown;
}

const trainHooks = ['onTrainBegin', 'onTrainEnd'] as const;
const indexedHooks = ['onEpochBegin', 'onEpochEnd', 'onBatchEnd'] as const;

/** The callbacks of one training, called in their order and awaited. */
export class Callbacks {
  readonly #callbacks: readonly FitFastCallback[];
  readonly #metrics: readonly string[];

  /** @param metrics the names of what is told of an epoch: 'loss', and 'acc' or not */
  constructor(
    callbacks: FitFastCallback | readonly FitFastCallback[] | undefined,
    metrics: readonly string[],
  ) {
    this.#callbacks = callbacks === undefined || callbacks === null ? [] : [callbacks].flat();
    this.#metrics = metrics;
    for (const [index, callback] of this.#callbacks.entries()) {
      const name = `callbacks[${index}]`;
      if (typeof callback === 'function') throw invalidArgument(name, 'an object', callback);
      checkObject(name, callback);
      for (const hook of [...trainHooks, ...indexedHooks]) {
        checkCallback(`${name}.${hook}`, callback[hook] ?? undefined);
      }
    }
  }

  setUp(model: unknown, params: Record<string, unknown>): void {
    for (const callback of this.#callbacks) {
      callback.setParams?.(params);
      callback.setModel?.(model);
    }
  }

  async tellTrain(hook: (typeof trainHooks)[number]): Promise<void> {
    for (const callback of this.#callbacks) await callback[hook]?.({});
  }

  async tell(
    hook: (typeof indexedHooks)[number],
    index: number,
    logs: FitFastLogs = {},
  ): Promise<void> {
    for (const callback of this.#callbacks) await callback[hook]?.(index, logs);
  }

  logs({ loss, accuracy }: Metrics, prefix = ''): FitFastLogs {
    const values: FitFastLogs = { loss, acc: accuracy };
    return Object.fromEntries(this.#metrics.map((name) => [`${prefix}${name}`, values[name]!]));
  }

  /**
   * Runs an epoch with the options that tell its batches. When a callback throws, the epoch is stopped
   * and that is what comes of it.
   */
  async duringEpoch<T>(
    samples: number,
    batchSize: number,
    epoch: (options: Pick<FitOptions, 'onBatchEnd' | 'signal'>) => Promise<T>,
  ): Promise<T> {
    if (!this.#callbacks.some(({ onBatchEnd }) => onBatchEnd)) return epoch({});
    const stop = new AbortController();
    let told = Promise.resolve();
    const onBatchEnd = ({ batch: done, loss, accuracy }: BatchLogs) => {
      const batch = done - 1;
      const size = Math.min(batchSize, samples - batch * batchSize);
      const logs = { batch, size, ...this.logs({ loss, accuracy }) };
      told = told.then(() => this.tell('onBatchEnd', batch, logs));
      told.catch(() => stop.abort());
    };
    try {
      return await epoch({ onBatchEnd, signal: stop.signal });
    } finally {
      await told;
    }
  }
}
