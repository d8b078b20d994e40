// What is used of tfjs-layers, by shape: any copy of it fits, and none is needed.
import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkObject } from './check.js';

/** A tensor of tfjs-core. */
export interface LayersModelTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): unknown;
}

/** A layer of tfjs-layers. */
export interface LayersModelLayer {
  readonly name: string;
  getClassName(): string;
  getConfig(): object;
  getWeights(trainableOnly?: boolean): LayersModelTensor[];
  setWeights(weights: never): void;
}

/** A model of tfjs-layers 4, such as `tf.sequential()` makes. */
export interface LayersModel {
  readonly name: string;
  readonly layers: readonly LayersModelLayer[];
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  readonly optimizer: { getClassName(): string; getConfig(): object };
  readonly loss: unknown;
  getClassName(): string;
}

/** How messages call a layer. */
export function layerName(layer: LayersModelLayer, index: number): string {
  return `layer ${index} '${layer.name}' (${layer.getClassName()})`;
}

/** Calls `body`; an error about what it was given says of what. */
export function inPart<T>(part: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(`${part}: ${cause.message}`, { cause });
  }
}

/** Whether it is a model with layers and weights at all. */
export function checkModel(model: LayersModel): void {
  checkObject('model', model);
  if (!Array.isArray(model.layers) || typeof model.getClassName !== 'function') {
    throw invalidArgument('model', 'a tf.Sequential', model);
  }
}

/** The values of all weights, in the order of the layers, kernel before bias. */
export function readWeights(model: LayersModel): Float32Array[] {
  return model.layers.flatMap((layer, index) =>
    layer.getWeights().map((tensor) => {
      const values = tensor.dataSync();
      if (values instanceof Float32Array) return values;
      throw invalidArgument(`the weights of ${layerName(layer, index)}`, 'float32', values);
    }),
  );
}
