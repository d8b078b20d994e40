/// <reference lib="esnext.disposable" preserve="true" />
import { Dataset } from '../data/dataset.js';
import {
  AbortError,
  BusyError,
  DisposedError,
  InvalidArgumentError,
  invalidArgument,
} from '../errors.js';
import {
  callNative,
  type NativeDataset,
  type NativeJob,
  type NativeNetwork,
  typedError,
} from '../native/addon.js';
import { checkOptionNames } from '../options.js';
import { checkBoolean, checkCallback, checkInteger, checkSignal } from './check.js';
import { copyWeights } from './copy-weights.js';
import { type FromLayersModelOptions, networkOptions } from './from-layers-model.js';
import { type LayersModel, readWeights } from './layers-model.js';
import { nativeDataset, nativeImages } from './native-dataset.js';
import { type NetworkOptions, type ResolvedSpec, resolveSpec } from './network-spec.js';
import { checkRate } from './optimizers.js';
import { summaryTable } from './summary.js';
import { type Tfjs, toLayersModel } from './to-layers-model.js';

/** Means over the samples: the loss with the regularisation penalty, and the share that is right. */
export interface Metrics {
  /** With the regularisation penalty. */
  loss: number;
  /** 0..1. */
  accuracy: number;
}

/** Metrics of one epoch; val* only with validationData. */
export interface EpochLogs extends Metrics {
  /** Loss of validationData. */
  valLoss?: number;
  /** Accuracy on validationData, 0..1. */
  valAccuracy?: number;
}

/** Metrics of the epoch so far. */
export interface BatchLogs extends Metrics {
  /** Counted from 0. */
  epoch: number;
  /** Batches done in this epoch. */
  batch: number;
  /** Batches of an epoch. */
  batches: number;
}

/** One number an epoch. valLoss and valAccuracy are empty without validationData. */
export interface History {
  /** Counted from 0. */
  epoch: number[];
  /** Over the training samples, as they were met in the epoch. */
  loss: number[];
  /** Over the training samples, 0..1. */
  accuracy: number[];
  /** Over validationData, after the epoch. */
  valLoss: number[];
  /** Over validationData, 0..1. */
  valAccuracy: number[];
}

/** Of Network's fit. */
export interface FitOptions {
  /** Samples of an optimizer step; the last one of an epoch may have fewer. Default: 32. */
  batchSize?: number;
  /** Default: 1. */
  epochs?: number;
  /** Evaluated after every epoch. */
  validationData?: Dataset;
  /** Another order every epoch, by the seed. Default: true. */
  shuffle?: boolean;
  /** After an epoch (from 0) and its validation. Awaited; fit rejects with what it throws. */
  onEpochEnd?: (epoch: number, logs: EpochLogs) => void | Promise<void>;
  /**
   * While an epoch runs. When batches end faster than they are heard, only the latest is told. Not
   * awaited; fit rejects with what it throws.
   */
  onBatchEnd?: (logs: BatchLogs) => void;
  /** Stops between two batches: fit rejects with AbortError, and the network stays usable. */
  signal?: AbortSignal;
}

/** Of Network's evaluate and predict. */
export interface EvaluateOptions {
  /** Default: 256. The result depends on it by rounding only. */
  batchSize?: number;
  /** Rejects with AbortError when it fires. */
  signal?: AbortSignal;
}

/** One weight tensor. */
export interface WeightTensor {
  /** Index into the layers given to the constructor. */
  layer: number;
  /** Which of the layer's two it is. */
  name: 'kernel' | 'bias';
  /** conv2d [height, width, in, filters], dense [in, units], bias [out]. */
  shape: number[];
  /** Row-major, a copy. */
  values: Float32Array;
}

/** A layer as the engine compiled it. */
export interface LayerSummary {
  /** As its factory is called. */
  type: string;
  /** Of one sample: [height, width, channels], or [units]. */
  outputShape: number[];
  /** Number of weights. */
  parameters: number;
  /** Floating-point operations of a forward pass, a sample. */
  forwardFlops: number;
}

const evaluateNames = ['batchSize', 'signal'];
/** The options of fit. */
export const fitNames = [
  ...evaluateNames,
  'epochs',
  'validationData',
  'shuffle',
  'onEpochEnd',
  'onBatchEnd',
];
const defaultBatch = { fit: 32, evaluate: 256 };

/**
 * A sequential network that trains in the native engine, off the event loop. It does one thing at a
 * time; the same seed gives the same weights for any number of threads.
 */
export class Network {
  readonly #spec: ResolvedSpec;
  #native: NativeNetwork | undefined;
  #job: NativeJob<unknown> | undefined;
  #busyWith: string | undefined;
  #onDispose: (() => void) | undefined;
  #stopping = false;
  #epochs = 0;
  #learningRate: number;

  /**
   * @param native of a trial array: the engine's network
   * @throws InvalidArgumentError naming the layer and the value; DeviceUnavailableError;
   *   OutOfMemoryError
   */
  constructor(options: NetworkOptions, native?: NativeNetwork) {
    const spec = resolveSpec(options);
    this.#spec = spec;
    this.#learningRate = spec.optimizer.learningRate;
    this.#native =
      native ??
      callNative((addon) =>
        addon.makeNetworks([[spec.native]], spec.device, spec.threads, spec.memoryLimit),
      )[0]?.[0];
  }

  /**
   * Compiles a sequential model of tfjs-layers 4 with its weights, its optimizer and its loss.
   *
   * Layers: InputLayer (of [height, width, channels] or [features]), Conv2D, MaxPooling2D,
   * AveragePooling2D, Flatten, Dense, Dropout (its seed is not used), Activation, ReLU, ELU and Softmax,
   * with L1 and L2 regularizers; the last one has the activation softmax. The loss is
   * 'categoricalCrossentropy' or 'sparseCategoricalCrossentropy', by name.
   *
   * A step is that of tfjs, for its SGD, Momentum, Adam (with a corrected epsilon), RMSProp and Adagrad.
   * What to know of the others and of the rest:
   * - RMSProp, centered: tfjs subtracts epsilon from the variance, the engine adds it. Where the variance
   *   is below epsilon, as it is for a weight that has had no gradient, tfjs's weights become NaN.
   * - Adadelta: tfjs divides by the mean square of before the step, so that both of its means are the
   *   same and a step is that of SGD with the same learning rate. That is what the engine makes.
   * - Momentum: when the learning rate changes, what the engine has accumulated keeps the old one.
   * - L1: the slope of |w| at w = 0 is 0, in tfjs -1.
   * - The loss: tfjs's probabilities are clipped to 1e-7 .. 1 - 1e-7.
   *
   * @throws InvalidArgumentError naming the layer, the value and what is supported
   */
  static fromLayersModel(model: LayersModel, options: FromLayersModelOptions = {}): Network {
    const network = new Network(networkOptions(model, options));
    try {
      network.setWeights(readWeights(model).map((values) => ({ values })));
      return network;
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  /** The layers as compiled. A softmax activation is a layer of its own. */
  get layers(): LayerSummary[] {
    return this.#idle('layers').describe().layers;
  }

  /** Where it computes: 'cpu' or 'cuda:0'. */
  get device(): string {
    return this.#spec.device;
  }

  /** Number of weights. */
  countParams(): number {
    return this.layers.reduce((sum, layer) => sum + layer.parameters, 0);
  }

  /** The layers as a table of text. */
  summary(): string {
    return summaryTable(this.layers);
  }

  /**
   * Trains for some epochs. A further call goes on where this one ended.
   * @throws InvalidArgumentError for data or options that do not fit; BusyError while another
   *   operation runs; AbortError when the signal fires; DisposedError
   */
  async fit(train: Dataset, options: FitOptions = {}): Promise<History> {
    checkOptionNames('fit', options, fitNames);
    const { signal, onEpochEnd, onBatchEnd, validationData } = options;
    const batchSize = checkInteger('batchSize', options.batchSize ?? defaultBatch.fit, 1);
    const epochs = checkInteger('epochs', options.epochs ?? 1, 0);
    const shuffle = checkBoolean('shuffle', options.shuffle ?? true);
    checkCallback('onEpochEnd', onEpochEnd);
    checkCallback('onBatchEnd', onBatchEnd);
    checkSignal(signal);
    this.checkLabelled('the training data', train);
    if (validationData !== undefined) this.checkLabelled('validationData', validationData);

    const history: History = { epoch: [], loss: [], accuracy: [], valLoss: [], valAccuracy: [] };
    return this.#exclusively('fit', signal, async () => {
      this.#stopping = false;
      for (let epoch = 0; epoch < epochs && !this.#stopping; epoch++) {
        const onProgress =
          onBatchEnd &&
          ((batch: number, batches: number, [metrics]: readonly Metrics[]) =>
            onBatchEnd({ epoch, batch, batches, ...metrics! }));
        const logs: EpochLogs = await this.#run(signal, (network) =>
          network.trainEpoch(this.#resident(train), batchSize, this.#epochs, shuffle, onProgress),
        );
        this.#epochs++;
        if (validationData !== undefined) {
          const { loss, accuracy } = await this.#evaluate(
            validationData,
            defaultBatch.evaluate,
            signal,
          );
          logs.valLoss = loss;
          logs.valAccuracy = accuracy;
          history.valLoss.push(loss);
          history.valAccuracy.push(accuracy);
        }
        history.epoch.push(epoch);
        history.loss.push(logs.loss);
        history.accuracy.push(logs.accuracy);
        if (onEpochEnd) await this.#unlessStopped(onEpochEnd(epoch, logs), signal);
      }
      return history;
    });
  }

  /**
   * Ends the running fit after the epoch under way: it resolves to the History up to there, as with
   * stop_training in Keras. Does nothing while no fit runs.
   */
  stopTraining(): void {
    this.#stopping = true;
  }

  /** Loss and accuracy without dropout. Errors as in fit. */
  async evaluate(data: Dataset, options: EvaluateOptions = {}): Promise<Metrics> {
    const { batchSize, signal } = checkEvaluateOptions('evaluate', options);
    this.checkLabelled('the data', data);
    return this.#exclusively('evaluate', signal, () => this.#evaluate(data, batchSize, signal));
  }

  /**
   * Class probabilities, [n, classes]. Errors as in fit.
   * @param images [n, height, width, channels] with n of 1 or more, flat: uint8 (scaled by 1/255) or
   *   float32; or a Dataset
   */
  async predict(
    images: Uint8Array | Float32Array | Dataset,
    options: EvaluateOptions = {},
  ): Promise<Float32Array> {
    const { batchSize, signal } = checkEvaluateOptions('predict', options);
    if (images instanceof Dataset) {
      this.#checkShape('images', images);
    } else if (!(images instanceof Uint8Array || images instanceof Float32Array)) {
      throw invalidArgument('images', 'a Uint8Array, a Float32Array or a Dataset', images);
    }
    return this.#exclusively('predict', signal, async () => {
      if (images instanceof Dataset) {
        return this.#predict(this.#resident(images), batchSize, signal);
      }
      const [height, width, channels] = this.#spec.inputShape;
      const data = nativeImages(images, height * width * channels, this.#spec.device);
      try {
        return await this.#predict(data, batchSize, signal);
      } finally {
        data.dispose();
      }
    });
  }

  /** Copies of all weight tensors, in the order of the layers, kernel before bias. */
  getWeights(): WeightTensor[] {
    const network = this.#idle('getWeights');
    const all = callNative(() => network.getWeights());
    return network.describe().parameters.map(({ layer, name, shape, offset, size }) => ({
      layer: this.#spec.origins[layer]!,
      name,
      shape,
      values: all.slice(offset, offset + size),
    }));
  }

  /**
   * Replaces all weights; the optimizer's state is kept.
   * @param weights as getWeights gives them; only their values are read
   * @throws InvalidArgumentError for tensors of other sizes, and for NaN and infinite values, naming
   *   the first: the weights of a training that diverged go out, but not in. The network is then
   *   unchanged
   */
  setWeights(weights: readonly Pick<WeightTensor, 'values'>[]): void {
    const network = this.#idle('setWeights');
    const { parameters } = network.describe();
    if (!Array.isArray(weights) || weights.length !== parameters.length) {
      const expected = `${parameters.length} tensors as getWeights gives them`;
      throw invalidArgument('weights', expected, weights);
    }
    const all = new Float32Array(parameters.reduce((sum, { size }) => sum + size, 0));
    for (const [i, { layer, name, offset, size }] of parameters.entries()) {
      const values: unknown = weights[i]?.values;
      const of = `(the ${name} of layer ${this.#spec.origins[layer]})`;
      if (!(values instanceof Float32Array) || values.length !== size) {
        throw invalidArgument(`weights[${i}].values ${of}`, `a Float32Array of ${size}`, values);
      }
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw invalidArgument(`weights[${i}].values[${bad}] ${of}`, 'finite', values[bad]);
      }
      all.set(values, offset);
    }
    callNative(() => network.setWeights(all));
  }

  /**
   * The optimizer's learning rate. Setting it keeps the optimizer's state; it may be set between
   * epochs, as in fit's onEpochEnd.
   * @throws InvalidArgumentError unless it is above 0 and finite; BusyError while an epoch runs
   */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    const rate = checkRate('learningRate', value);
    const network = this.#alive();
    if (this.#job !== undefined) {
      throw new BusyError(`the network is busy with ${this.#busyWith}; learningRate has to wait`);
    }
    callNative(() => network.setLearningRate(rate));
    this.#learningRate = rate;
  }

  /**
   * A compiled sequential model of tfjs-layers with the same layers, weights, loss and optimizer, and
   * the metric 'accuracy'. How tfjs's optimizers differ is said at fromLayersModel; its Adam always has a
   * corrected epsilon, its Adagrad one that is 1e-7.
   * @param tf what `@tensorflow/tfjs` exports, or an object with sequential and layers of tfjs-layers and
   *   train of tfjs-core
   */
  toLayersModel<Model extends LayersModel>(tf: Tfjs<Model>): Model {
    const weights = this.getWeights();
    const { layers, inputShape, loss, optimizer } = this.#spec;
    const model = toLayersModel(tf, {
      layers,
      inputShape,
      loss,
      optimizer: { ...optimizer, learningRate: this.#learningRate },
    });
    copyWeights(weights, model);
    return model;
  }

  /**
   * Sets the weights of a model of tfjs-layers, of the same shapes.
   * @throws InvalidArgumentError naming the layer whose weights have other shapes; the model is then
   *   unchanged
   */
  copyWeightsTo(model: LayersModel): void {
    copyWeights(this.getWeights(), model);
  }

  /** Frees the native memory. A running operation is stopped and rejects with DisposedError. */
  dispose(): void {
    this.#job?.cancel();
    this.#onDispose?.();
    this.#native?.dispose();
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Frees what only training and evaluation need, until the next time.
   * @internal
   */
  trim(): void {
    if (this.#busyWith === undefined) this.#native?.trim();
  }

  /**
   * What fit and evaluate ask of their data.
   * @internal
   */
  checkLabelled(name: string, data: Dataset): void {
    this.#checkShape(name, data);
    const { loss } = this.#spec;
    const expected = loss === 'sparseCategoricalCrossentropy' ? 'sparse' : 'oneHot';
    if (data.labelKind === expected) return;
    throw new InvalidArgumentError(
      `${name} has ${data.labelKind} labels, the loss '${loss}' needs ${expected} ones`,
    );
  }

  #alive(): NativeNetwork {
    if (this.#native === undefined) throw new DisposedError('the network');
    return this.#native;
  }

  /** The engine's network, if nothing is using it. */
  #idle(operation: string): NativeNetwork {
    const network = this.#alive();
    if (this.#busyWith === undefined) return network;
    throw new BusyError(`the network is busy with ${this.#busyWith}; ${operation} has to wait`);
  }

  async #exclusively<T>(
    operation: string,
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    this.#idle(operation);
    throwIfAborted(signal);
    this.#busyWith = operation;
    try {
      return await body();
    } finally {
      this.#busyWith = undefined;
    }
  }

  /** What `callback` comes to; rejects when the signal fires or the network is disposed meanwhile. */
  async #unlessStopped(
    callback: void | Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let stop = () => {};
    const stopped = new Promise<boolean>((resolve) => {
      stop = () => resolve(true);
    });
    this.#onDispose = stop;
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const ended = Promise.resolve(callback).then(() => false);
      // By the callback itself.
      if (this.#native === undefined || signal?.aborted) stop();
      // One that is ready is first.
      if (!(await Promise.race([ended, stopped.then((is) => is)]))) return;
      this.#alive();
      throwIfAborted(signal);
    } finally {
      this.#onDispose = undefined;
      signal?.removeEventListener('abort', stop);
    }
  }

  async #run<T>(
    signal: AbortSignal | undefined,
    start: (network: NativeNetwork) => NativeJob<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const network = this.#alive();
    const cancel = () => this.#job?.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const job = start(network);
      this.#job = job;
      return await job.promise;
    } catch (error) {
      if ((error as { code?: unknown } | undefined)?.code === 'ERR_CANCELLED') {
        this.#alive();
        throwIfAborted(signal);
      }
      throw typedError(error);
    } finally {
      this.#job = undefined;
      signal?.removeEventListener('abort', cancel);
    }
  }

  #evaluate(data: Dataset, batchSize: number, signal: AbortSignal | undefined): Promise<Metrics> {
    return this.#run(signal, (network) => network.evaluate(this.#resident(data), batchSize));
  }

  #resident(data: Dataset): NativeDataset {
    return nativeDataset(data, this.#spec.device);
  }

  #predict(
    data: ReturnType<typeof nativeImages>,
    batchSize: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    return this.#run(signal, (network) => network.predict(data, batchSize));
  }

  #checkShape(name: string, data: Dataset): void {
    if (!(data instanceof Dataset)) throw invalidArgument(name, 'a Dataset', data);
    const { inputShape } = this.#spec;
    if (data.shape.join() === inputShape.join()) return;
    throw new InvalidArgumentError(
      `${name} has images of shape [${data.shape.join(', ')}], the network's inputShape is [${inputShape.join(', ')}]`,
    );
  }
}

function checkEvaluateOptions(operation: string, options: EvaluateOptions) {
  checkOptionNames(operation, options, evaluateNames);
  const { signal } = options;
  checkSignal(signal);
  const batchSize = checkInteger('batchSize', options.batchSize ?? defaultBatch.evaluate, 1);
  return { batchSize, signal };
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('stopped by its AbortSignal', { cause: signal.reason });
}
