import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Dataset } from '../../src/data/dataset.js';
import { Network } from '../../src/nn/network.js';
import { fitFast } from '../../src/tfjs/index.js';
import type { BackendName } from './backends.js';

interface Images {
  readonly normal: number;
  readonly quick: number;
}

const training: Images = { normal: 4096, quick: 256 };
const predicting: Images = { normal: 1024, quick: 256 };
// tfjs-backend-cpu takes seconds for an image.
const few: Images = { normal: 4, quick: 1 };

/** Training or predicting with the paper's network. */
export interface NetworkBenchmark {
  readonly name: string;
  readonly pass: 'model.fit' | 'fitFast' | 'Network.fit' | 'model.predict';
  /** How many images go through on each backend; the engine's own passes count to trialforge's. */
  readonly images: Readonly<Partial<Record<BackendName, Images>>>;
  /** Returns what goes once through `images`. */
  readonly prepare: (images: number, threads: number) => () => Promise<void>;
}

function paperModel(): tfl.Sequential {
  const { layers } = tfl;
  const model = tfl.sequential({
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

const batchSize = 128;

function data(images: number): { x: tf.Tensor4D; y: tf.Tensor2D } {
  const x = tf.randomUniform<tf.Rank.R4>([images, 28, 28, 1], 0, 1, 'float32', 1);
  const labels = Int32Array.from({ length: images }, (_, i) => (i * 7) % 10);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32'));
  return { x, y: y as tf.Tensor2D };
}

export const networkBenchmarks: readonly NetworkBenchmark[] = [
  {
    name: "the paper's network, batch 128",
    pass: 'model.fit',
    images: { 'trialforge-cpu': training, cpu: few },
    prepare: (images) => {
      const { x, y } = data(images);
      const model = paperModel();
      return async () => {
        await model.fit(x, y, { batchSize, epochs: 1, verbose: 0 });
      };
    },
  },
  {
    name: "the paper's network, batch 128",
    pass: 'fitFast',
    images: { 'trialforge-cpu': training },
    prepare: (images, threads) => {
      const { x, y } = data(images);
      const model = paperModel();
      return async () => {
        await fitFast(model, x, y, { batchSize, epochs: 1, threads });
      };
    },
  },
  {
    name: "the paper's network, batch 128",
    pass: 'Network.fit',
    images: { 'trialforge-cpu': training },
    prepare: (images, threads) => {
      const { x, y } = data(images);
      const [pixels, labels] = [x, y].map((tensor) => tensor.dataSync() as Float32Array);
      const dataset = Dataset.fromArrays(pixels!, labels!, { shape: [28, 28, 1], classes: 10 });
      const network = Network.fromLayersModel(paperModel(), { threads });
      return async () => {
        await network.fit(dataset, { batchSize, epochs: 1 });
      };
    },
  },
  {
    name: "the paper's network, batch 256",
    pass: 'model.predict',
    images: { 'trialforge-cpu': predicting, wasm: predicting },
    prepare: (images) => {
      const { x } = data(images);
      const model = paperModel();
      return async () => {
        const y = model.predict(x, { batchSize: 256 }) as tf.Tensor;
        await y.data();
        y.dispose();
      };
    },
  },
];
