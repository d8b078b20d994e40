import type { Dataset } from '../data/dataset.js';
import { BusyError, InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkBoolean, checkInteger, checkNumber, checkObject } from '../nn/check.js';
import { inputShape, networkOptimizer, networkOptions } from '../nn/from-layers-model.js';
import { type LayersModel, readWeights } from '../nn/layers-model.js';
import { Network } from '../nn/network.js';
import type { NetworkOptions } from '../nn/network-spec.js';
import { checkOptionNames } from '../options.js';
import { Callbacks, type FitFastCallback } from './fit-callbacks.js';
import { type DataShape, labelledData, type OneTensor, splitData } from './fit-data.js';

export type { FitFastCallback, FitFastLogs } from './fit-callbacks.js';

/** A compiled `tf.Sequential`. */
export interface FitFastModel extends LayersModel {
  /** 'loss' and those that compile() was given. */
  readonly metricsNames: readonly string[];
  /** Set by callbacks to end the training after the epoch. */
  stopTraining: boolean;
}

/** The arguments of `model.fit`, and two of the engine. */
export interface FitFastOptions {
  /** Samples of an optimizer step. Default: 32. */
  batchSize?: number;
  /** The epoch to end before, counted from 0. Default: 1. */
  epochs?: number;
  /** The epoch to begin with. Default: 0. */
  initialEpoch?: number;
  /** Another order every epoch, by the seed. Default: true. */
  shuffle?: boolean;
  /** The last fraction of the samples, in [0, 1), is evaluated and not trained on. Default: 0. */
  validationSplit?: number;
  /** Evaluated after every epoch; validationSplit is then not used. */
  validationData?: readonly [x: OneTensor, y: OneTensor];
  /** Told as those of model.fit; what is thrown in one ends the training. */
  callbacks?: FitFastCallback | readonly FitFastCallback[];
  /** Ignored: fitFast prints nothing. */
  verbose?: unknown;
  /** Ignored: the event loop is free while the engine trains. */
  yieldEvery?: unknown;
  /** Shuffles and dropout masks follow from it: 0 .. 2^53 - 1. Default: 0. */
  seed?: number;
  /** CPU threads, 1 .. 1024. Results do not depend on it. Default: one a core available. */
  threads?: number;
}

/** As tfjs's History: for 'loss', 'acc', 'val_loss' and 'val_acc' one number an epoch. */
export interface FitFastHistory {
  /** Counted from 0. */
  epoch: number[];
  /** By the name of a metric, one number an epoch. */
  history: Record<string, number[]>;
}

const optionNames = [
  'batchSize',
  'epochs',
  'initialEpoch',
  'shuffle',
  'validationSplit',
  'validationData',
  'callbacks',
  'verbose',
  'yieldEvery',
  'seed',
  'threads',
];
const refusedNames = ['classWeight', 'sampleWeight', 'stepsPerEpoch', 'validationSteps'];

/**
 * Trains a model of tfjs-layers as `model.fit` does, in trialforge's engine and off the event loop.
 * Which models it takes and where a step differs from tfjs's is said at `Network.fromLayersModel`; the
 * order of the samples and the dropout masks are the engine's own.
 *
 * After every epoch, before onEpochEnd, the model gets the weights: when a callback throws, it has those
 * of the last finished epoch. `model.stopTraining = true` ends the training after the epoch under way.
 * The learning rate is read from the model's optimizer before every epoch; the rest of the optimizer's
 * state is the engine's own. It goes on when fitFast trains the same model with the same optimizer, seed
 * and threads again, and `model.fit` knows nothing of it. onBatchBegin and onYield are not called;
 * onBatchEnd gets the means of the epoch so far and, where batches end faster than they are heard, only
 * the latest.
 *
 * The data is copied once into native memory, which is kept as long as the tensor x; the network is kept
 * as long as the model.
 *
 * @param model a compiled `tf.Sequential` with no other metric than 'accuracy'
 * @param x [n, height, width, channels] or [n, features]
 * @param y one-hot [n, classes], for the loss sparseCategoricalCrossentropy [n] or [n, 1]
 * @throws InvalidArgumentError for a model, data or options it does not take, naming them; BusyError
 *   while the model is in training; what a callback throws
 */
export async function fitFast(
  model: FitFastModel,
  x: OneTensor,
  y: OneTensor,
  options: FitFastOptions = {},
): Promise<FitFastHistory> {
  const settings = checkOptions(options);
  const { seed, threads } = options;
  const description = networkOptions(model, { seed, threads });
  const metrics = checkMetrics(model);
  const callbacks = new Callbacks(options.callbacks, metrics);
  return inTraining(model, async () => {
    const network = networkOf(model, description);
    const { train, validation } = checkData(x, y, dataShape(model, description, network), options);
    network.setWeights(readWeights(model).map((values) => ({ values })));
    const { batchSize, epochs, initialEpoch } = settings;
    callbacks.setUp(model, {
      batchSize,
      epochs,
      initialEpoch,
      samples: train.size,
      steps: null,
      verbose: options.verbose ?? 1,
      doValidation: validation !== undefined,
      metrics: validation === undefined ? metrics : [...metrics, ...metrics.map((m) => `val_${m}`)],
    });
    return run({ model, network, description, train, validation, callbacks, ...settings });
  });
}

interface Settings {
  batchSize: number;
  epochs: number;
  initialEpoch: number;
  shuffle: boolean;
}

interface Run extends Settings {
  model: FitFastModel;
  network: Network;
  description: NetworkOptions;
  train: Dataset;
  validation: Dataset | undefined;
  callbacks: Callbacks;
}

async function run({ model, network, train, validation, callbacks, ...r }: Run) {
  const { batchSize, shuffle } = r;
  const result: FitFastHistory = { epoch: [], history: {} };
  await callbacks.tellTrain('onTrainBegin');
  model.stopTraining = false;
  for (let epoch = r.initialEpoch; epoch < r.epochs && !model.stopTraining; epoch++) {
    await callbacks.tell('onEpochBegin', epoch);
    network.learningRate = networkOptimizer(model).learningRate;
    const { loss, accuracy } = await callbacks.duringEpoch(train.size, batchSize, (heard) =>
      network.fit(train, { batchSize, shuffle, ...heard }),
    );
    const logs = {};
    if (validation !== undefined) {
      const metrics = await network.evaluate(validation);
      // tfjs adds the penalty to the loss of training only.
      metrics.loss -= penalty(network, r.description);
      Object.assign(logs, callbacks.logs(metrics, 'val_'));
    }
    Object.assign(logs, callbacks.logs({ loss: loss[0]!, accuracy: accuracy[0]! }));
    network.copyWeightsTo(model);
    await callbacks.tell('onEpochEnd', epoch, logs);
    result.epoch.push(epoch);
    for (const [name, value] of Object.entries<number>(logs)) {
      result.history[name] ??= [];
      result.history[name].push(value);
    }
  }
  await callbacks.tellTrain('onTrainEnd');
  return result;
}

function checkOptions(options: FitFastOptions): Settings {
  checkOptionNames('fitFast', options, [...optionNames, ...refusedNames]);
  for (const name of refusedNames) {
    const value: unknown = (options as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) {
      throw invalidArgument(name, 'left out, as fitFast does not support it', value);
    }
  }
  return {
    batchSize: checkInteger('batchSize', options.batchSize ?? 32, 1),
    epochs: checkInteger('epochs', options.epochs ?? 1, 0),
    initialEpoch: checkInteger('initialEpoch', options.initialEpoch ?? 0, 0),
    shuffle: checkBoolean('shuffle', options.shuffle ?? true),
  };
}

/** 'loss', and 'acc' where the model was compiled with it. */
function checkMetrics({ name, metricsNames }: FitFastModel): readonly string[] {
  const [loss, ...others] = metricsNames;
  if (loss !== 'loss' || others.length > 1 || (others[0] ?? 'acc') !== 'acc') {
    throw invalidArgument(`the metrics of model '${name}'`, "none or 'accuracy'", others);
  }
  return metricsNames;
}

function dataShape(model: LayersModel, { loss }: NetworkOptions, network: Network): DataShape {
  return {
    input: inputShape(model),
    classes: network.layers.at(-1)!.outputShape[0]!,
    isSparse: loss === 'sparseCategoricalCrossentropy',
  };
}

function checkData(
  x: OneTensor,
  y: OneTensor,
  shape: DataShape,
  { validationData, validationSplit }: FitFastOptions,
): { train: Dataset; validation?: Dataset } {
  if (validationData !== undefined && validationData !== null) {
    if (!Array.isArray(validationData) || validationData.length !== 2) {
      throw invalidArgument('validationData', 'two tensors, [x, y]', validationData);
    }
    const [validationX, validationY] = validationData;
    return {
      train: labelledData(x, y, shape),
      validation: labelledData(validationX, validationY, shape, "validationData's "),
    };
  }
  const fraction = checkNumber(
    'validationSplit',
    validationSplit ?? 0,
    'in [0, 1)',
    (value) => value >= 0 && value < 1,
  );
  const whole = labelledData(x, y, shape);
  if (fraction === 0) return { train: whole };
  const at = Math.floor(whole.size * (1 - fraction));
  if (at < 1 || at >= whole.size) {
    throw new InvalidArgumentError(
      `validationSplit must leave samples in both parts of ${whole.size}, not ${at} in the first`,
    );
  }
  const [train, validation] = splitData(x, y, shape, at);
  return { train, validation };
}

interface Compiled {
  description: string;
  optimizer: unknown;
  network: Network;
}

const networks = new WeakMap<LayersModel, Compiled>();

/** The network of an earlier call, with the state of its optimizer, where it still fits the model. */
function networkOf(model: LayersModel, options: NetworkOptions): Network {
  const { optimizer } = model;
  const withoutRate = { ...networkOptimizer(model), learningRate: undefined };
  const description = JSON.stringify({ ...options, optimizer: withoutRate });
  const found = networks.get(model);
  if (found?.description === description && found.optimizer === optimizer) return found.network;
  found?.network.dispose();
  const network = new Network(options);
  networks.set(model, { description, optimizer, network });
  return network;
}

/** Keeps fitFast and `model.fit` from training the model at the same time. */
async function inTraining<T>(model: FitFastModel, body: () => Promise<T>): Promise<T> {
  // A Sequential does its training in a model within it.
  const inner = ((model as { model?: unknown }).model ?? model) as { isTraining?: boolean };
  checkObject('model', inner);
  if (inner.isTraining) throw new BusyError(`model '${model.name}' is already in training`);
  inner.isTraining = true;
  try {
    return await body();
  } finally {
    inner.isTraining = false;
  }
}

/** What the regularizers add to the loss. */
function penalty(network: Network, { layers }: NetworkOptions): number {
  const factors = layers.map((layer) =>
    'kernelRegularizer' in layer
      ? { kernel: layer.kernelRegularizer, bias: layer.biasRegularizer }
      : undefined,
  );
  if (!factors.some((of) => of && of.kernel.l1 + of.kernel.l2 + of.bias.l1 + of.bias.l2 > 0))
    return 0;
  let total = 0;
  for (const { layer, name, values } of network.getWeights()) {
    const { l1, l2 } = factors[layer]![name];
    for (const w of values) total += l1 * Math.abs(w) + l2 * w * w;
  }
  return total;
}
