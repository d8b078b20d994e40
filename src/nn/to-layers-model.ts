import { invalidArgument } from '../errors.js';
import type { Layer } from './layers.js';
import type { LayersModel } from './layers-model.js';
import type { LossName } from './network-spec.js';
import type { Optimizer } from './optimizers.js';
import type { Regularizer } from './regularizers.js';

type Factory = (args: never) => unknown;

/** What is used of tfjs: `sequential` and `layers` of tfjs-layers, `train` of tfjs-core. */
export interface Tfjs<Model extends LayersModel = LayersModel> {
  /** tf.sequential. */
  sequential(args: never): Model;
  /** The factories of tf.layers that are used. */
  layers: {
    conv2d: Factory;
    maxPooling2d: Factory;
    averagePooling2d: Factory;
    flatten: Factory;
    dense: Factory;
    activation: Factory;
    dropout: Factory;
  };
  /** The optimizers of tf.train. */
  train: {
    sgd(learningRate: number): unknown;
    momentum(learningRate: number, momentum: number, useNesterov?: boolean): unknown;
    adam(learningRate?: number, beta1?: number, beta2?: number, epsilon?: number): unknown;
    rmsprop(
      learningRate: number,
      decay?: number,
      momentum?: number,
      epsilon?: number,
      centered?: boolean,
    ): unknown;
    adagrad(learningRate: number, initialAccumulatorValue?: number): unknown;
    adadelta(learningRate?: number, rho?: number, epsilon?: number): unknown;
  };
}

export interface NetworkDescription {
  layers: readonly Layer[];
  inputShape: readonly [height: number, width: number, channels: number];
  optimizer: Optimizer;
  loss: LossName;
}

/** A compiled model with initial weights of its own. */
export function toLayersModel<Model extends LayersModel>(
  tf: Tfjs<Model>,
  { layers, inputShape, optimizer, loss }: NetworkDescription,
): Model {
  if (typeof tf?.sequential !== 'function' || !tf.layers || !tf.train) {
    throw invalidArgument(
      'tf',
      '@tensorflow/tfjs, or an object with sequential and layers of tfjs-layers and train of tfjs-core',
      tf,
    );
  }
  const made = layers.map((layer, index) => {
    const { factory, args } = layersFactory(tf, layer);
    return factory((index === 0 ? { ...args, inputShape } : args) as never);
  });
  const model = tf.sequential({ layers: made } as never);
  const compile = { optimizer: layersOptimizer(tf, optimizer), loss, metrics: ['accuracy'] };
  (model as Model & { compile(args: object): void }).compile(compile);
  return model;
}

function layersFactory(tf: Tfjs, layer: Layer): { factory: Factory; args: object } {
  const { type, ...values } = layer;
  switch (layer.type) {
    case 'conv2d':
    case 'dense': {
      const kernelRegularizer = serialized(layer.kernelRegularizer);
      const biasRegularizer = serialized(layer.biasRegularizer);
      const args = { ...values, kernelRegularizer, biasRegularizer };
      return { factory: tf.layers[layer.type], args };
    }
    case 'maxPool2d':
      return { factory: tf.layers.maxPooling2d, args: values };
    case 'averagePool2d':
      return { factory: tf.layers.averagePooling2d, args: values };
    case 'flatten':
    case 'activation':
    case 'dropout':
      return { factory: tf.layers[layer.type], args: values };
    default:
      throw invalidArgument('a layer', 'made by a factory such as conv2d()', type);
  }
}

/** As tfjs-layers reads it back from a saved model. */
function serialized({ l1, l2 }: Regularizer): object | undefined {
  return l1 === 0 && l2 === 0 ? undefined : { className: 'L1L2', config: { l1, l2 } };
}

function layersOptimizer({ train }: Tfjs, o: Optimizer): unknown {
  switch (o.type) {
    case 'sgd':
      return o.momentum === 0
        ? train.sgd(o.learningRate)
        : train.momentum(o.learningRate, o.momentum, o.nesterov);
    case 'adam':
      return train.adam(o.learningRate, o.beta1, o.beta2, o.epsilon);
    case 'rmsprop':
      return train.rmsprop(o.learningRate, o.rho, o.momentum, o.epsilon, o.centered);
    case 'adagrad':
      return train.adagrad(o.learningRate, o.initialAccumulator);
    case 'adadelta':
      return train.adadelta(o.learningRate, o.rho, o.epsilon);
    default:
      throw invalidArgument('optimizer', 'made by a factory such as adam()', o.type);
  }
}
