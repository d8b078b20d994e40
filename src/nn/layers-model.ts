// What is used of tfjs-layers, by shape: any copy of it fits, and none is needed.
import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkObject } from './check.js';

/** A tensor of tfjs-core. */
export interface LayersModelTensor {
  /** Outermost first. */
  readonly shape: readonly number[];
  /** 'float32' for weights. */
  readonly dtype: string;
  /** Its values, row-major. */
  dataSync(): unknown;
}

/** A layer of tfjs-layers. */
export interface LayersModelLayer {
  /** Unique in the model. */
  readonly name: string;
  /** Such as 'Conv2D'. */
  getClassName(): string;
  /** What its factory takes. */
  getConfig(): object;
  /** Kernel before bias. */
  getWeights(trainableOnly?: boolean): LayersModelTensor[];
  /** Tensors of the shapes of getWeights. */
  setWeights(weights: never): void;
}

/** A model of tfjs-layers 4, such as `tf.sequential()` makes. */
export interface LayersModel {
  /** As tfjs made it up, or as it was given. */
  readonly name: string;
  /** In the order of their use. */
  readonly layers: readonly LayersModelLayer[];
  /** One, [null, height, width, channels]; null is the batch. */
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  /** What compile() was given. */
  readonly optimizer: { getClassName(): string; getConfig(): object };
  /** What compile() was given. */
  readonly loss: unknown;
  /** 'Sequential'. */
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
