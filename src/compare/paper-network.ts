import type { ImageShape } from '../data/index.js';
import {
  adam,
  averagePool2d,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPool2d,
  type NetworkOptions,
} from '../nn/index.js';
import type { PaperParams } from './paper-space.js';

/**
 * The seven-layer network of Samoilova (2024): two convolutions, pooling, flatten, a dense layer,
 * dropout, and a dense softmax over the classes; trained by Adam.
 */
export function paperNetwork(
  params: PaperParams,
  inputShape: ImageShape,
  classes: number,
): NetworkOptions {
  const { kernel_size, strides, activation, pool_size } = params;
  const pool = params.pool_type === 'max' ? maxPool2d : averagePool2d;
  return {
    inputShape,
    layers: [
      conv2d({ filters: params.conv_depth_1, kernelSize: kernel_size, strides, activation }),
      conv2d({ filters: params.conv_depth_2, kernelSize: kernel_size, activation }),
      pool({ poolSize: pool_size }),
      flatten(),
      dense({ units: params.hidden_size, activation }),
      dropout({ rate: params.dropout_rate }),
      dense({ units: classes, activation: 'softmax' }),
    ],
    optimizer: adam({ learningRate: params.learning_rate }),
    loss: 'sparseCategoricalCrossentropy',
  };
}
