import test from 'ava';
import { Dataset } from '../../src/data/index.js';
import { AbortError, BusyError, DisposedError, InvalidArgumentError } from '../../src/errors.js';
import {
  adadelta,
  adagrad,
  conv2d,
  dense,
  flatten,
  l2,
  Network,
  rmsprop,
  sgd,
} from '../../src/nn/index.js';
import { bits, columns, tinyNetwork, tinyOptions } from '../helpers/tiny-network.js';

const train = columns(200);
const validation = columns(40);

test('a network learns, and its History has a number an epoch', async (t) => {
  using network = tinyNetwork();
  const history = await network.fit(train, {
    batchSize: 16,
    epochs: 12,
    validationData: validation,
  });
  t.deepEqual(history.epoch, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (const values of [history.loss, history.accuracy, history.valLoss, history.valAccuracy]) {
    t.is(values.length, 12);
  }
  t.true(history.loss.at(-1)! < history.loss[0]! / 2);
  t.true(history.valAccuracy.at(-1)! > 0.95);
  const metrics = await network.evaluate(validation);
  t.is(history.valLoss.at(-1), metrics.loss);
  t.is(history.valAccuracy.at(-1), metrics.accuracy);
});

for (const optimizer of [
  sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  rmsprop(),
  adagrad({ learningRate: 0.1 }),
  adadelta({ learningRate: 1 }),
]) {
  test(`${optimizer.type} learns`, async (t) => {
    using network = tinyNetwork({ optimizer });
    const { loss } = await network.fit(train, { batchSize: 16, epochs: 10 });
    t.true(loss.at(-1)! < loss[0]! * 0.8, loss.join(' '));
  });
}

test('the same seed gives the same weights for 1, 2 and 3 threads, bit for bit', async (t) => {
  const results = new Set<string>();
  for (const threads of [1, 2, 3]) {
    using network = tinyNetwork({ threads });
    const history = await network.fit(train, { batchSize: 32, epochs: 2 });
    results.add(bits(network) + JSON.stringify(history));
  }
  t.is(results.size, 1);
  using other = tinyNetwork({ seed: 6 });
  await other.fit(train, { batchSize: 32, epochs: 2 });
  t.false(results.has(bits(other)));
});

test('two calls of fit go on as one does', async (t) => {
  using once = tinyNetwork();
  using twice = tinyNetwork();
  const history = await once.fit(train, { epochs: 4 });
  const first = await twice.fit(train, { epochs: 2 });
  const second = await twice.fit(train, { epochs: 2 });
  t.deepEqual([...first.loss, ...second.loss], history.loss);
  t.is(bits(twice), bits(once));
});

test('without shuffling, the order is that of the data', async (t) => {
  const backwards = train.subset(Array.from({ length: train.size }, (_, i) => train.size - 1 - i));
  const losses = [];
  for (const data of [train, backwards]) {
    using network = tinyNetwork();
    losses.push((await network.fit(data, { batchSize: 50, shuffle: false })).loss[0]);
  }
  t.not(losses[0], losses[1]);
});

test('predict gives probabilities, and takes arrays as well as datasets', async (t) => {
  using network = tinyNetwork();
  await network.fit(train, { epochs: 5 });
  const fromDataset = await network.predict(validation, { batchSize: 7 });
  const fromBytes = await network.predict(validation.images);
  const floats = Float32Array.from(validation.images, (value) => value * Math.fround(1 / 255));
  const fromFloats = await network.predict(floats);
  t.is(fromDataset.length, 40 * 4);
  t.deepEqual(fromBytes, fromDataset);
  t.deepEqual(fromFloats, fromDataset);
  let right = 0;
  for (let i = 0; i < 40; i++) {
    const row = [...fromDataset.subarray(4 * i, 4 * i + 4)];
    t.true(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
    if (row.indexOf(Math.max(...row)) === validation.label(i)) right++;
  }
  t.is(right / 40, (await network.evaluate(validation)).accuracy);
});

test('weights go out and in', async (t) => {
  using network = tinyNetwork();
  using other = tinyNetwork({ seed: 99 });
  const weights = network.getWeights();
  t.deepEqual(
    weights.map(({ layer, name, shape }) => [layer, name, shape]),
    [
      [0, 'kernel', [3, 3, 1, 6]],
      [0, 'bias', [6]],
      [3, 'kernel', [54, 12]],
      [3, 'bias', [12]],
      [5, 'kernel', [12, 4]],
      [5, 'bias', [4]],
    ],
  );
  t.is(network.countParams(), 54 + 6 + 54 * 12 + 12 + 48 + 4);
  t.not(bits(other), bits(network));
  other.setWeights(weights);
  t.is(bits(other), bits(network));
  t.deepEqual(await other.evaluate(validation), await network.evaluate(validation));
});

test('initial weights are Glorot-uniform and biases 0', (t) => {
  using network = new Network({
    inputShape: [1, 1, 100],
    layers: [flatten(), dense({ units: 200, activation: 'softmax' })],
  });
  const [kernel, bias] = network.getWeights();
  const limit = Math.sqrt(6 / 300);
  const { values } = kernel!;
  t.true(values.every((w) => Math.abs(w) <= limit));
  t.true(Math.max(...values) > 0.99 * limit && Math.min(...values) < -0.99 * limit);
  const variance = values.reduce((sum, w) => sum + w * w, 0) / values.length;
  t.true(Math.abs(variance / (limit ** 2 / 3) - 1) < 0.05);
  t.true(bias!.values.every((b) => b === 0));
});

test('a regulariser adds its penalty to the loss', async (t) => {
  const layers = (factor: number) => [
    flatten(),
    dense({ units: 4, activation: 'softmax', kernelRegularizer: l2(factor) }),
  ];
  using plain = new Network({ ...tinyOptions, layers: layers(0) });
  using penalised = new Network({ ...tinyOptions, layers: layers(0.5) });
  const square = plain.getWeights()[0]!.values.reduce((sum, w) => sum + w * w, 0);
  const difference =
    (await penalised.evaluate(validation)).loss - (await plain.evaluate(validation)).loss;
  t.true(Math.abs(difference - 0.5 * square) < 1e-4);
});

test('one-hot labels', async (t) => {
  const targets = new Float32Array(train.size * 4);
  for (let i = 0; i < train.size; i++) targets[4 * i + train.label(i)] = 1;
  const oneHot = Dataset.fromArrays(train.images, targets, { shape: [8, 8, 1] });
  using a = tinyNetwork({ loss: 'categoricalCrossentropy' });
  using b = tinyNetwork();
  const [ha, hb] = [await a.fit(oneHot, { epochs: 3 }), await b.fit(train, { epochs: 3 })];
  t.true(ha.loss.every((loss, i) => Math.abs(loss - hb.loss[i]!) < 1e-4));
});

test('stopTraining ends fit after the epoch under way, and keeps its History', async (t) => {
  using stopped = tinyNetwork();
  using whole = tinyNetwork();
  stopped.stopTraining();
  const history = await stopped.fit(train, {
    epochs: 5,
    validationData: validation,
    onEpochEnd: (epoch) => {
      if (epoch === 1) stopped.stopTraining();
    },
  });
  t.deepEqual(history, await whole.fit(train, { epochs: 2, validationData: validation }));
  t.is(bits(stopped), bits(whole));
  await stopped.fit(train, { epochs: 2 });
  await whole.fit(train, { epochs: 2 });
  t.is(bits(stopped), bits(whole));
});

test('progress comes per batch and per epoch, while the event loop runs', async (t) => {
  using network = tinyNetwork();
  const batches: number[] = [];
  const epochs: number[] = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await network.fit(columns(20000), {
    batchSize: 16,
    epochs: 2,
    onBatchEnd: ({ epoch, batch, batches: all, loss, accuracy }) => {
      t.is(all, 1250);
      t.true(Number.isFinite(loss) && accuracy >= 0 && accuracy <= 1);
      batches.push(epoch * 10000 + batch);
    },
    onEpochEnd: (epoch, logs) => {
      epochs.push(epoch);
      t.true(Number.isFinite(logs.loss));
      t.is(logs.valLoss, undefined);
    },
  });
  clearInterval(timer);
  t.deepEqual(epochs, [0, 1]);
  t.true(ticks > 5, `${ticks} ticks`);
  t.true(batches.length > 10, `${batches.length} batch events`);
  t.deepEqual(
    batches,
    [...batches].sort((a, b) => a - b),
  );
});

test('a callback that throws ends fit with its error, and the network stays usable', async (t) => {
  using network = tinyNetwork();
  const fromEpoch = new Error('from the epoch');
  const fail = () => Promise.reject(fromEpoch);
  t.is(await t.throwsAsync(network.fit(train, { epochs: 5, onEpochEnd: fail })), fromEpoch);
  const fromBatch = new RangeError('from the batch');
  const error = await t.throwsAsync(
    network.fit(columns(5000), {
      onBatchEnd: () => {
        throw fromBatch;
      },
    }),
  );
  t.is(error, fromBatch);
  t.is((await network.fit(train)).loss.length, 1);
});

test('an AbortSignal stops fit between two batches', async (t) => {
  using network = tinyNetwork();
  const reason = new Error('enough');
  const before = AbortSignal.abort(reason);
  const error = await t.throwsAsync(network.fit(train, { signal: before }), {
    instanceOf: AbortError,
  });
  t.is(error?.cause, reason);
  const controller = new AbortController();
  const started = Date.now();
  const running = network.fit(columns(20000), {
    epochs: 1000,
    signal: controller.signal,
    onBatchEnd: () => controller.abort(),
  });
  await t.throwsAsync(running, { instanceOf: AbortError });
  t.true(Date.now() - started < 5000);
  t.is((await network.fit(train)).loss.length, 1);
});

test('a second operation is refused while one runs, and disposal stops it', async (t) => {
  const network = tinyNetwork();
  const running = network.fit(columns(20000), { epochs: 1000 });
  for (const attempt of [
    () => network.fit(train),
    () => network.evaluate(train),
    () => network.predict(train),
  ]) {
    await t.throwsAsync(attempt, { instanceOf: BusyError, message: /busy with fit/ });
  }
  t.throws(() => network.getWeights(), { instanceOf: BusyError });
  t.throws(() => network.setWeights([]), { instanceOf: BusyError });
  network.dispose();
  network.dispose();
  await t.throwsAsync(running, { instanceOf: DisposedError });
  for (const attempt of [
    () => network.fit(train),
    () => network.evaluate(train),
    () => network.predict(train),
  ]) {
    await t.throwsAsync(attempt, { instanceOf: DisposedError });
  }
  t.throws(() => network.getWeights(), { instanceOf: DisposedError });
  t.throws(() => network.layers, { instanceOf: DisposedError });
});

test('several networks train at once as they do alone', async (t) => {
  using alone = tinyNetwork();
  await alone.fit(train, { epochs: 3 });
  const networks = [tinyNetwork(), tinyNetwork(), tinyNetwork({ seed: 1 })];
  await Promise.all(networks.map((network) => network.fit(train, { epochs: 3 })));
  t.is(bits(networks[0]!), bits(alone));
  t.is(bits(networks[1]!), bits(alone));
  t.not(bits(networks[2]!), bits(alone));
  for (const network of networks) network.dispose();
});

test('a diverging network reports NaN instead of failing', async (t) => {
  const layers = [
    flatten(),
    dense({ units: 8, activation: 'relu' }),
    dense({ units: 4, activation: 'softmax' }),
  ];
  using network = tinyNetwork({ layers, optimizer: sgd({ learningRate: 1e30 }) });
  const history = await network.fit(train, { epochs: 3 });
  t.false(Number.isFinite(history.loss.at(-1)));
});

test('data that does not fit is refused, and the network stays usable', async (t) => {
  using network = tinyNetwork();
  const images = new Uint8Array(49);
  const small = Dataset.fromArrays(images, new Uint8Array(1), { shape: [7, 7, 1], classes: 4 });
  const many = Dataset.fromArrays(new Uint8Array(64), Int32Array.of(4), { shape: [8, 8, 1] });
  const oneHot = Dataset.fromArrays(new Uint8Array(64), Float32Array.of(0, 1, 0, 0), {
    shape: [8, 8, 1],
  });
  const attempts: [RegExp, () => Promise<unknown>][] = [
    [/shape \[7, 7, 1\].*inputShape is \[8, 8, 1\]/, () => network.fit(small)],
    [/validationData has images of shape/, () => network.fit(train, { validationData: small })],
    [/the dataset has 5 classes, the network's output 4/, () => network.fit(many)],
    [/oneHot labels.*needs sparse/, () => network.evaluate(oneHot)],
    [/must be a Dataset, not 3/, () => network.fit(3 as never)],
    [
      /batchSize must be an integer of 1 or more, not 0/,
      () => network.fit(train, { batchSize: 0 }),
    ],
    [
      /batchSize must be an integer of 1 or more, not 1.5/,
      () => network.evaluate(train, { batchSize: 1.5 }),
    ],
    [/epochs must be an integer of 0 or more, not NaN/, () => network.fit(train, { epochs: NaN })],
    [
      /signal must be an AbortSignal, not Object/,
      () => network.fit(train, { signal: {} as never }),
    ],
    [/signal must be an object, not 'x'/, () => network.predict(train, { signal: 'x' as never })],
    [/onEpochEnd must be a function/, () => network.fit(train, { onEpochEnd: 5 as never })],
    [/onBatchEnd must be a function/, () => network.fit(train, { onBatchEnd: null as never })],
    [/the options of evaluate must be an object/, () => network.evaluate(train, null as never)],
    [/the options of predict must be an object/, () => network.predict(train, 5 as never)],
    [/shuffle must be a boolean/, () => network.fit(train, { shuffle: 'yes' as never })],
    [
      /images must be a Uint8Array, a Float32Array or a Dataset/,
      () => network.predict(new Float64Array(64) as never),
    ],
    [/images must hold at least one image, not 0 values/, () => network.predict(new Uint8Array(0))],
    [/no multiple of the sample size 64/, () => network.predict(new Uint8Array(65))],
    [
      /image 0 holds nan at position 1/,
      () => network.predict(Float32Array.of(0, NaN, ...new Array(62).fill(0))),
    ],
  ];
  for (const [message, attempt] of attempts) {
    await t.throwsAsync(attempt, {
      instanceOf: InvalidArgumentError,
      code: 'ERR_INVALID_ARGUMENT',
      message,
    });
  }
  t.throws(() => network.setWeights([]), { message: /6 tensors/ });
  const weights = network.getWeights();
  weights[1]!.values = new Float32Array(5);
  t.throws(() => network.setWeights(weights), {
    message: /bias of layer 0\) must be a Float32Array of 6/,
  });
  const before = bits(network);
  for (const value of [NaN, Infinity]) {
    const diverged = network.getWeights();
    diverged[3]!.values[2] = value;
    t.throws(() => network.setWeights(diverged), {
      instanceOf: InvalidArgumentError,
      message: `weights[3].values[2] (the bias of layer 3) must be finite, not ${value}`,
    });
  }
  t.is(bits(network), before);
  t.is((await network.fit(train)).loss.length, 1);
});

function detach<T extends Dataset['images' | 'labels']>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

test('detached memory is an error, not a crash', async (t) => {
  using network = tinyNetwork();
  for (const name of ['images', 'labels'] as const) {
    const data = columns(30);
    detach(data[name]);
    await t.throwsAsync(network.fit(data), {
      instanceOf: InvalidArgumentError,
      message: new RegExp(`the dataset's ${name} must .* detached`),
    });
  }
  const images = detach(new Float32Array(64));
  await t.throwsAsync(network.predict(images), { message: /^images must .* detached/ });
});

test('an impossible network is refused with the layer and the value', (t) => {
  const softmax = dense({ units: 4, activation: 'softmax' });
  const attempts: [RegExp, object][] = [
    [/layers must not be empty/, { layers: [] }],
    [/last layer must have the activation softmax/, { layers: [flatten(), dense({ units: 4 })] }],
    [
      /layer 1: softmax is the activation of the last layer only/,
      { layers: [flatten(), softmax, softmax] },
    ],
    [/layer 0: dense needs an input of shape \[features\], not \[8, 8, 1\]/, { layers: [softmax] }],
    [
      /layer 0: conv2d: a window of height 9 does not fit/,
      { layers: [conv2d({ filters: 1, kernelSize: 9 }), flatten(), softmax] },
    ],
    [/inputShape must be \[height, width, channels\]/, { inputShape: [8, 8] }],
    [/inputShape must be an integer of 1 or more, not 0/, { inputShape: [8, 0, 1] }],
    [/seed must be/, { seed: -1 }],
    [/seed must be/, { seed: 1.5 }],
    [/threads must be an integer of 1 or more, not 0/, { threads: 0 }],
    [/threads must be at most 1024, not 5000/, { threads: 5000 }],
    [/loss must be one of/, { loss: 'meanSquaredError' }],
    [/optimizer must be one of/, { optimizer: 'lbfgs' }],
    [/device must be/, { device: 'gpu' }],
    [/device 'cuda' is not there/, { device: 'cuda' }],
    [/precision 'tf32' needs a CUDA device/, { precision: 'tf32' }],
    [/a layer must be/, { layers: [{ type: 'lstm' }] }],
    [/conv2d kernelSize must be/, { layers: [{ type: 'conv2d', filters: 1 }, flatten(), softmax] }],
    [/maxPool2d poolSize must be/, { layers: [{ type: 'maxPool2d' }, flatten(), softmax] }],
    [/layer 0 must be an object, not null/, { layers: [null] }],
  ];
  for (const [message, options] of attempts) {
    t.throws(() => tinyNetwork(options as never), { message }, message.source);
  }
  t.throws(() => new Network(undefined as never), { instanceOf: InvalidArgumentError });
});

test('summary is a table', (t) => {
  using network = tinyNetwork();
  t.regex(network.summary(), /^Layer +Output shape +Weights\n-+\nconv2d +\[6, 6, 6\] +60\n/);
  t.regex(network.summary(), /772 weights$/);
});
