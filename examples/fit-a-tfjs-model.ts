import { div, io, type Scalar, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Dataset, loadMnist } from 'trialforge';
import { fitFast } from 'trialforge/tfjs';

const tensors = ({ images, labels, size }: Dataset) => ({
  x: div(tensor4d(Float32Array.from(images), [size, 28, 28, 1]), 255),
  y: tensor1d(Float32Array.from(labels)),
});
const { train, test } = await loadMnist();
const [training, testing] = [tensors(train.take(3000)), tensors(test.take(1000))];

const model = tfl.sequential({
  layers: [
    tfl.layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
const compiled = {
  optimizer: 'adam',
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
};
model.compile(compiled);
const { history } = await fitFast(model, training.x, training.y, {
  epochs: 3,
  validationData: [testing.x, testing.y],
});
console.log(history.val_acc);

// What the engine has trained is saved and loaded as any model of tfjs.
let saved: io.ModelArtifacts = {};
const save = async (artifacts: io.ModelArtifacts) => {
  saved = artifacts;
  return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const } };
};
await model.save(io.withSaveHandler(save));
const loaded = await tfl.loadLayersModel(io.fromMemory(saved));
loaded.compile(compiled);
const [, accuracy] = loaded.evaluate(testing.x, testing.y) as [Scalar, Scalar];
console.log(await accuracy.data());
