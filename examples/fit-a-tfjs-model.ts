import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-layers';
import { loadMnist, Network } from 'trialforge';

const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });

const { train, test } = await loadMnist();
const net = Network.fromLayersModel(model, { seed: 1 });
const history = await net.fit(train.take(3000), { epochs: 3, validationData: test.take(1000) });
net.copyWeightsTo(model); // now tfjs evaluates, predicts and saves what the engine has trained
console.log(history.valAccuracy);
