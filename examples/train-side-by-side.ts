import { adam, conv2d, dense, flatten, loadMnist, maxPool2d, TrialArray } from 'trialforge';

const { train, test } = await loadMnist();
const learningRates = [1e-4, 1e-3, 1e-2, 1e-1];
const array = new TrialArray(
  learningRates.map((learningRate) => ({
    inputShape: [28, 28, 1],
    layers: [
      conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      maxPool2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ],
    optimizer: adam({ learningRate }),
  })),
);
const histories = await array.fit(train.take(2000), {
  batchSize: 32,
  epochs: 3,
  validationData: test.take(1000),
  onEpochEnd: (trial, _, { valAccuracy = 0 }) => {
    if (valAccuracy < 0.5) array.stopTraining(trial);
  },
});
for (const [trial, { valAccuracy }] of histories.entries()) {
  console.log(learningRates[trial], valAccuracy);
}
array.dispose();
