import { adam, conv2d, dense, dropout, flatten, loadMnist, maxPool2d, Network } from 'trialforge';

const { train, test } = await loadMnist();
const net = new Network({
  inputShape: [28, 28, 1],
  layers: [
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dropout({ rate: 0.5 }),
    dense({ units: 10, activation: 'softmax' }),
  ],
  optimizer: adam({ learningRate: 1e-3 }),
  seed: 1,
});
const history = await net.fit(train, { batchSize: 128, epochs: 3, validationData: test });
console.log(history.valAccuracy);
