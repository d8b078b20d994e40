import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkOptionNames } from '../options.js';
import { checkOneOf } from './check.js';
import {
  type ActivationName,
  activation,
  averagePool2d,
  conv2d,
  dense,
  dropout,
  flatten,
  type Layer,
  maxPool2d,
  type OutputActivationName,
} from './layers.js';
import {
  checkModel,
  inPart,
  type LayersModel,
  type LayersModelLayer,
  layerName,
} from './layers-model.js';
import { type LossName, losses, type NetworkOptions } from './network-spec.js';
import { adagrad, adam, type Optimizer, rmsprop, sgd } from './optimizers.js';
import type { Regularizer } from './regularizers.js';

/** What a model of tfjs-layers does not say itself. */
export type FromLayersModelOptions = Pick<
  NetworkOptions,
  'seed' | 'threads' | 'device' | 'precision'
>;

/** A configuration of tfjs-layers: what is read of it is checked. */
type Config = Readonly<Record<string, unknown>>;

const optionNames = ['seed', 'threads', 'device', 'precision'];
const channelsLast = ['channelsLast'] as const;

/**
 * The network a model describes, without its weights.
 * @throws InvalidArgumentError naming the layer, the value and what is supported
 */
export function networkOptions(
  model: LayersModel,
  options: FromLayersModelOptions = {},
): NetworkOptions {
  checkOptionNames('fromLayersModel', options, optionNames);
  checkModel(model);
  const kind = model.getClassName();
  if (kind !== 'Sequential') {
    throw invalidArgument(`model '${model.name}'`, 'a tf.Sequential', kind);
  }
  const input = inputShape(model);
  return {
    ...options,
    inputShape: input.length === 3 ? input : [1, 1, input[0]],
    layers: networkLayers(model, input.length === 3),
    optimizer: networkOptimizer(model),
    loss: networkLoss(model),
  };
}

/** The shape of a sample: [height, width, channels] or [features]. */
export function inputShape(
  model: LayersModel,
): [height: number, width: number, channels: number] | [features: number] {
  const shape = model.inputs?.[0]?.shape.slice(1);
  const isKnown = shape?.every((size) => typeof size === 'number');
  if (isKnown && shape?.length === 3) return [shape[0]!, shape[1]!, shape[2]!];
  if (isKnown && shape?.length === 1) return [shape[0]!];
  throw invalidArgument(
    `the inputShape of model '${model.name}'`,
    '[height, width, channels] or [features]',
    shape,
  );
}

/** The optimizer of the model with its learning rate of now. */
export function networkOptimizer(model: LayersModel): Optimizer {
  const { optimizer } = model;
  if (optimizer === undefined || optimizer === null) {
    throw new InvalidArgumentError(
      `model '${model.name}' must be compiled: call model.compile({ optimizer, loss })`,
    );
  }
  const kind = optimizer.getClassName();
  const make = optimizers[kind];
  if (make === undefined) {
    const expected = `one of ${Object.keys(optimizers).join(', ')}`;
    throw invalidArgument(`the optimizer of model '${model.name}'`, expected, kind);
  }
  const config = optimizer.getConfig() as Config;
  return inPart(`the optimizer of model '${model.name}' (${kind})`, () => make(config));
}

/** By the class's name. How their rules differ: the documentation of Network.fromLayersModel. */
const optimizers: Readonly<Record<string, (config: Config) => Optimizer>> = {
  SGD: ({ learningRate }) => sgd({ learningRate } as object),
  Momentum: ({ learningRate, momentum, useNesterov }) =>
    sgd({ learningRate, momentum, nesterov: useNesterov } as object),
  Adam: ({ learningRate, beta1, beta2, epsilon }) =>
    adam({ learningRate, beta1, beta2, epsilon, correctedEpsilon: true } as object),
  RMSProp: ({ learningRate, decay, momentum, epsilon, centered }) =>
    rmsprop({ learningRate, rho: decay, momentum, epsilon, centered } as object),
  Adagrad: ({ learningRate, initialAccumulatorValue }) =>
    adagrad({ learningRate, initialAccumulator: initialAccumulatorValue } as object),
  Adadelta: ({ learningRate }) => sgd({ learningRate } as object),
};

function networkLoss(model: LayersModel): LossName {
  const { loss } = model;
  const name: unknown = Array.isArray(loss) && loss.length === 1 ? loss[0] : loss;
  return checkOneOf(`the loss of model '${model.name}'`, name, losses);
}

function networkLayers(model: LayersModel, ofImages: boolean): Layer[] {
  const layers: Layer[] = ofImages ? [] : [flatten()];
  let isImage = ofImages;
  let output: { name: string; isSoftmax: boolean } | undefined;
  for (const [index, layer] of model.layers.entries()) {
    const name = layerName(layer, index);
    if (output?.isSoftmax) {
      throw new InvalidArgumentError(
        `${output.name}: softmax is the activation of the last layer only`,
      );
    }
    const made = inPart(name, () => networkLayer(layer, isImage));
    if (made === undefined) continue;
    layers.push(made);
    if (made.type === 'flatten') isImage = false;
    output = { name, isSoftmax: 'activation' in made && made.activation === 'softmax' };
  }
  if (output === undefined) {
    throw new InvalidArgumentError(`model '${model.name}' must have layers`);
  }
  if (!output.isSoftmax) {
    throw new InvalidArgumentError(
      `${output.name}: the last layer must have the activation 'softmax', which the loss needs`,
    );
  }
  return layers;
}

/** Undefined for a layer that does nothing. */
function networkLayer(layer: LayersModelLayer, isImage: boolean): Layer | undefined {
  const kind = layer.getClassName();
  const make = makers[kind];
  if (make === undefined) {
    throw invalidArgument('the class', `one of ${Object.keys(makers).join(', ')}`, kind);
  }
  if (layer.getWeights(true).length < layer.getWeights().length) {
    throw invalidArgument('trainable', 'true', false);
  }
  const config = layer.getConfig() as Config;
  refuse(config, ['kernelConstraint', 'biasConstraint', 'activityRegularizer', 'noiseShape']);
  checkOneOf('dataFormat', config['dataFormat'] ?? 'channelsLast', channelsLast);
  return make(config, isImage);
}

/** By the class's name. The factories check the values. */
const makers: Readonly<Record<string, (config: Config, isImage: boolean) => Layer | undefined>> = {
  InputLayer: () => undefined,
  Conv2D: (config) =>
    conv2d({
      filters: config['filters'] as number,
      kernelSize: config['kernelSize'] as number,
      strides: config['strides'] as number,
      padding: config['padding'] as 'valid',
      dilationRate: config['dilationRate'] as number,
      ...weighted(config),
    }),
  MaxPooling2D: (config) => maxPool2d(pool(config)),
  AveragePooling2D: (config) => averagePool2d(pool(config)),
  Flatten: () => flatten(),
  Dense: (config, isImage) => {
    if (isImage) throw needsFlat();
    return dense({ units: config['units'] as number, ...weighted(config) });
  },
  Dropout: (config) => dropout({ rate: config['rate'] as number }),
  Activation: (config, isImage) => {
    const name = config['activation'] as OutputActivationName;
    if (name === 'softmax' && isImage) throw needsFlat();
    return activation({ activation: name });
  },
  ReLU: (config) => {
    refuse(config, ['maxValue']);
    return activation({ activation: 'relu' });
  },
  ELU: (config) => {
    const alpha = config['alpha'] ?? 1;
    if (alpha !== 1) throw invalidArgument('alpha', '1', alpha);
    return activation({ activation: 'elu' });
  },
  Softmax: (config, isImage) => {
    if (isImage) throw needsFlat();
    const axis = config['axis'] ?? -1;
    if (axis !== -1 && axis !== 1) throw invalidArgument('axis', '-1', axis);
    return activation({ activation: 'softmax' });
  },
};

function needsFlat(): InvalidArgumentError {
  return new InvalidArgumentError('its input must be [features]: put a flatten layer before');
}

/** What is only supported when it is not there. */
function refuse(config: Config, names: readonly string[]): void {
  for (const name of names) {
    const value = config[name];
    if (value !== undefined && value !== null) throw invalidArgument(name, 'left out', value);
  }
}

function pool({ poolSize, strides, padding }: Config) {
  return {
    poolSize: poolSize as number,
    strides: strides as number,
    padding: padding as 'valid',
  };
}

function weighted(config: Config) {
  return {
    activation: config['activation'] as ActivationName,
    useBias: config['useBias'] as boolean,
    kernelRegularizer: regularizer(config, 'kernelRegularizer'),
    biasRegularizer: regularizer(config, 'biasRegularizer'),
  };
}

function regularizer(config: Config, name: string): Partial<Regularizer> | undefined {
  const serialized = config[name];
  if (serialized === undefined || serialized === null) return undefined;
  const { className, config: factors } = serialized as { className?: unknown; config?: object };
  if (className !== 'L1L2') throw invalidArgument(name, 'l1, l2 or l1l2', className);
  return factors as Partial<Regularizer>;
}
