import { InvalidArgumentError } from '../errors.js';
import { checkModel, type LayersModel, type LayersModelTensor, layerName } from './layers-model.js';
import type { WeightTensor } from './network.js';

/** How a tensor makes another one: there is no need of tfjs-core itself. */
interface BufferedTensor extends LayersModelTensor {
  bufferSync(): { values: Float32Array; toTensor(): { dispose(): void } };
}

/**
 * Sets the weights of a model of tfjs-layers. It gets the arrays themselves, not copies of them.
 * @throws InvalidArgumentError naming the layer that does not fit; the model is then unchanged
 */
export function copyWeights(weights: readonly WeightTensor[], model: LayersModel): void {
  checkModel(model);
  const layers = model.layers.map((layer, index) => ({
    layer,
    name: layerName(layer, index),
    tensors: layer.getWeights(),
  }));
  const count = layers.reduce((sum, { tensors }) => sum + tensors.length, 0);
  let next = 0;
  for (const { name, tensors } of layers) {
    for (const { shape } of tensors) {
      const from = weights[next++];
      if (from?.shape.join() === shape.join()) continue;
      const expected =
        from === undefined
          ? `the network has ${weights.length} weight tensors, the model ${count}`
          : `the ${from.name} of the network's layer ${from.layer} has [${from.shape.join(', ')}]`;
      throw new InvalidArgumentError(`${name} has weights of [${shape.join(', ')}]; ${expected}`);
    }
  }
  if (next < weights.length) {
    const { layer, name } = weights[next]!;
    throw new InvalidArgumentError(
      `model '${model.name}' has no weights for the ${name} of the network's layer ${layer}`,
    );
  }
  next = 0;
  for (const { layer, tensors } of layers) {
    if (tensors.length === 0) continue;
    const values = weights.slice(next, next + tensors.length);
    next += tensors.length;
    const filled = tensors.map((tensor, i) => withValues(tensor, values[i]!.values));
    try {
      layer.setWeights(filled as never);
    } finally {
      for (const tensor of filled) tensor.dispose();
    }
  }
}

function withValues(tensor: LayersModelTensor, values: Float32Array): { dispose(): void } {
  const buffer = (tensor as BufferedTensor).bufferSync();
  buffer.values = values;
  return buffer.toTensor();
}
