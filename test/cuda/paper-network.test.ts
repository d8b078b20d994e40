import '../helpers/emulated-addon.js';
import process from 'node:process';
import test from 'ava';
import { manualParams, paperNetwork } from '../../src/compare/index.js';
import { loadMnist } from '../../src/data/index.js';
import { Network, sgd } from '../../src/nn/index.js';

// The other tests run every kernel in several orders of its threads; here there is too much to do.
process.env['TRIALFORGE_EMULATION_ORDERS'] ??= '1';

test("20 steps of the paper's network are those of the CPU engine", async (t) => {
  const { train } = await loadMnist();
  const data = train.take(40, { seed: 3 });
  const options = {
    ...paperNetwork({ ...manualParams, hidden_size: 128 }, data.shape, data.classes),
    // Adam would make whole steps of gradients that are rounding errors.
    optimizer: sgd({ learningRate: 0.005, momentum: 0.9 }),
    seed: 1,
  };
  using onCpu = new Network({ ...options, device: 'cpu' });
  using onCuda = new Network({ ...options, device: 'cuda' });
  // On a black background with biases of 0, rounding alone would say which of the activations are on.
  const initial = onCpu.getWeights().map(({ name, values }) => ({
    values: name === 'bias' ? values.map((_, i) => 0.01 + 0.001 * (i % 7)) : values,
  }));
  for (const network of [onCpu, onCuda]) network.setWeights(initial);
  const expected = await onCpu.fit(data, { batchSize: 2 });
  const history = await onCuda.fit(data, { batchSize: 2 });
  t.true(Math.abs(history.loss[0]! - expected.loss[0]!) < 1e-5, `${history.loss} ${expected.loss}`);
  const weights = onCpu.getWeights();
  for (const [i, { name, layer, values }] of onCuda.getWeights().entries()) {
    const worst = values.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - weights[i]!.values[j]!)),
      0,
    );
    t.true(worst < 2e-5, `the ${name} of layer ${layer} differs by ${worst}`);
  }
});
