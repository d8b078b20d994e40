import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Dataset, loadMnist } from 'trialforge';
import 'trialforge/tfjs'; // from here on, tfjs runs on the engine

const tensors = ({ images, labels, size }: Dataset) => ({
  x: tf.div(tf.tensor4d(Float32Array.from(images), [size, 28, 28, 1]), 255),
  y: tf.tensor1d(Float32Array.from(labels)),
});
const { train, test } = await loadMnist();
const [training, testing] = [tensors(train.take(3000)), tensors(test.take(1000))];

const model = tfl.sequential({
  layers: [
    tfl.layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
    tfl.layers.batchNormalization(),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
const loss = 'sparseCategoricalCrossentropy';
model.compile({ optimizer: 'adam', loss, metrics: ['accuracy'] });
await model.fit(training.x, training.y, { epochs: 3, verbose: 0 });
const [, accuracy] = model.evaluate(testing.x, testing.y) as [tf.Scalar, tf.Scalar];
console.log(tf.getBackend(), await accuracy.data());
