import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import type { Floats, Operations } from '../native/operations.js';
import type { TrialforgeBackend } from './backend.js';
import { binaryInto } from './kernels/binary.js';
import { unaryInto } from './kernels/unary.js';

/** The activation that a fused kernel applies to its product. */
export interface Epilogue {
  /** The engine's index of what the product itself applies. */
  readonly activation: number;
  /** Applies the rest in place. */
  finish(addon: Operations, shape: readonly number[], y: Floats): void;
}

const linear = 0;
const none = () => {};
export const noEpilogue: Epilogue = { activation: linear, finish: none };

/** Activations that the engine's products apply, by the engine's index. */
const fused: Partial<Record<backend_util.Activation, number>> = {
  linear,
  relu: 1,
  elu: 2,
  sigmoid: 4,
};

/**
 * Undefined for an activation that is not the engine's, or without what it needs.
 * @param alpha of leakyrelu
 */
export function epilogueOf(
  backend: TrialforgeBackend,
  activation: backend_util.Activation,
  preluWeights: TensorInfo | null | undefined,
  alpha: number | undefined,
): Epilogue | undefined {
  const index = fused[activation];
  if (index !== undefined) return { activation: index, finish: none };
  if (activation === 'prelu' && preluWeights != null) {
    const weights = { shape: preluWeights.shape, values: backend.values(preluWeights, 'float32') };
    return {
      activation: linear,
      finish: (addon, shape, y) => binaryInto(addon, 'prelu', { shape, values: y }, weights, y),
    };
  }
  if (activation === 'leakyrelu' && alpha !== undefined) {
    const parameters = Float32Array.of(alpha, 0);
    return {
      activation: linear,
      finish: (addon, _, y) => unaryInto(addon, 'leakyRelu', y, y, parameters),
    };
  }
  if (activation !== 'relu6') return undefined;
  return { activation: linear, finish: (addon, _, y) => unaryInto(addon, 'relu6', y, y) };
}
