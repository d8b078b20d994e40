import { Dataset } from '../../src/data/index.js';
import {
  adam,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPool2d,
  Network,
  type NetworkOptions,
} from '../../src/nn/index.js';

/** `n` images of 8 x 8 in which a bright column tells the class, one of four. */
export function columns(n: number): Dataset {
  const images = new Uint8Array(n * 64);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = (i * 7 + (i >> 2)) % 4;
    for (let p = 0; p < 64; p++) images[i * 64 + p] = (i * 31 + p * 17) % 60;
    for (let row = 0; row < 8; row++) images[i * 64 + row * 8 + labels[i]! * 2] = 250;
  }
  return Dataset.fromArrays(images, labels, { shape: [8, 8, 1], classes: 4 });
}

export const tinyOptions: NetworkOptions = {
  inputShape: [8, 8, 1],
  layers: [
    conv2d({ filters: 6, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 12, activation: 'tanh' }),
    dropout({ rate: 0.2 }),
    dense({ units: 4, activation: 'softmax' }),
  ],
  optimizer: adam({ learningRate: 0.01 }),
  seed: 5,
  threads: 2,
};

export function tinyNetwork(options: Partial<NetworkOptions> = {}): Network {
  return new Network({ ...tinyOptions, ...options });
}

/** The weights as text, equal only if every bit is. */
export function bits(network: Network): string {
  return network
    .getWeights()
    .map(({ values }) =>
      Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
    )
    .join();
}
