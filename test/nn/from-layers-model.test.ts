import type * as tfl from '@tensorflow/tfjs-layers';
import test from 'ava';
import { Dataset } from '../../src/data/index.js';
import { BusyError, InvalidArgumentError } from '../../src/errors.js';
import {
  adadelta,
  adagrad,
  adam,
  averagePool2d,
  conv2d,
  dense,
  dropout,
  flatten,
  l1l2,
  maxPool2d,
  Network,
  type Optimizer,
  rmsprop,
  sgd,
} from '../../src/nn/index.js';
import { core, distance, shake, someNumbers, tf, weightsOf } from '../helpers/tfjs.js';
import { bits, columns, tinyNetwork } from '../helpers/tiny-network.js';

type Layers = Parameters<typeof tf.sequential>[0] extends infer C
  ? NonNullable<NonNullable<C> extends { layers?: infer L } ? L : never>
  : never;

const { layers } = tf;
const inputShape: [number, number, number] = [9, 8, 2];

function compiled(
  list: Layers,
  options: { optimizer?: string | core.Optimizer; loss?: string } = {},
): tfl.Sequential {
  const model = tf.sequential({ layers: list });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', ...options });
  return shake(model);
}

const architectures: Record<string, () => Layers> = {
  'a convolutional network': () => [
    layers.conv2d({ inputShape, filters: 4, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 6, activation: 'tanh' }),
    layers.dense({ units: 5, activation: 'softmax' }),
  ],
  'strides, dilation, padding and no bias': () => [
    layers.inputLayer({ inputShape }),
    layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: [2, 1], padding: 'same' }),
    layers.activation({ activation: 'softplus' }),
    layers.conv2d({
      filters: 4,
      kernelSize: 2,
      dilationRate: 2,
      useBias: false,
      activation: 'elu',
    }),
    layers.averagePooling2d({ poolSize: [2, 3], strides: 1, padding: 'same' }),
    layers.flatten(),
    layers.dense({ units: 5, useBias: false }),
    layers.activation({ activation: 'softmax' }),
  ],
  'layers of one activation': () => [
    layers.conv2d({ inputShape, filters: 3, kernelSize: 5, padding: 'same' }),
    layers.reLU(),
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    layers.conv2d({ filters: 3, kernelSize: 1, activation: 'sigmoid' }),
    layers.elu(),
    layers.flatten(),
    layers.dense({ units: 5, activation: 'linear' }),
    layers.softmax(),
  ],
};

for (const [name, list] of Object.entries(architectures)) {
  test(`predictions agree: ${name}`, async (t) => {
    const model = compiled(list());
    using network = Network.fromLayersModel(model, { threads: 2, seed: 3 });
    const x = someNumbers(7 * 9 * 8 * 2, 5);
    const expected = model.predict(core.tensor4d(x, [7, 9, 8, 2])) as core.Tensor;
    t.true(distance([await network.predict(x)], [expected.dataSync()]) < 1e-5);
  });
}

test('predictions agree: a model of features', async (t) => {
  const model = compiled([
    layers.dense({ inputShape: [12], units: 8, activation: 'relu' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]);
  using network = Network.fromLayersModel(model);
  const x = someNumbers(4 * 12, 5);
  const expected = model.predict(core.tensor2d(x, [4, 12])) as core.Tensor;
  t.true(distance([await network.predict(x)], [expected.dataSync()]) < 1e-5);
  t.deepEqual(
    network.getWeights().map(({ layer, shape }) => [layer, shape]),
    [
      [1, [12, 8]],
      [1, [8]],
      [2, [8, 3]],
      [2, [3]],
    ],
  );
});

test('weights go back and forth, bit for bit', async (t) => {
  const model = compiled(architectures['a convolutional network']!());
  const before = weightsOf(model);
  using network = Network.fromLayersModel(model);
  t.is(
    distance(
      network.getWeights().map(({ values }) => values),
      before,
    ),
    0,
  );
  const other = compiled(architectures['a convolutional network']!());
  shake(other, 100);
  t.true(distance(weightsOf(other), before) > 0.1);
  const held = other.getWeights()[0]!.clone();
  const heldValues = Float32Array.from(held.dataSync());
  const tensors = core.memory().numTensors;
  network.copyWeightsTo(other);
  t.is(core.memory().numTensors, tensors);
  t.is(distance(weightsOf(other), before), 0);
  t.deepEqual(held.dataSync(), heldValues);
});

const optimizers: [Optimizer, string, object][] = [
  [sgd({ learningRate: 0.5 }), 'SGD', { learningRate: 0.5 }],
  [
    sgd({ momentum: 0.75, nesterov: true }),
    'Momentum',
    { learningRate: 0.01, momentum: 0.75, useNesterov: true },
  ],
  [
    adam({ beta1: 0.5, beta2: 0.75, epsilon: 1e-5 }),
    'Adam',
    { learningRate: 0.001, beta1: 0.5, beta2: 0.75, epsilon: 1e-5 },
  ],
  [
    rmsprop({ rho: 0.5, momentum: 0.25, epsilon: 1e-5, centered: true }),
    'RMSProp',
    { learningRate: 0.001, decay: 0.5, momentum: 0.25, epsilon: 1e-5, centered: true },
  ],
  [
    adagrad({ initialAccumulator: 0.5 }),
    'Adagrad',
    { learningRate: 0.001, initialAccumulatorValue: 0.5 },
  ],
  [
    adadelta({ rho: 0.5, epsilon: 1e-5 }),
    'Adadelta',
    { learningRate: 0.001, rho: 0.5, epsilon: 1e-5 },
  ],
];

for (const [optimizer, kind, config] of optimizers) {
  test(`a network becomes a model: ${kind}`, async (t) => {
    using network = new Network({
      inputShape,
      layers: [
        conv2d({
          filters: 3,
          kernelSize: 3,
          activation: 'elu',
          kernelRegularizer: l1l2({ l1: 0.25, l2: 0.5 }),
        }),
        maxPool2d(),
        averagePool2d({ poolSize: 2, strides: 1, padding: 'same' }),
        flatten(),
        dropout({ rate: 0.25 }),
        dense({ units: 4, activation: 'softmax' }),
      ],
      optimizer,
      loss: 'categoricalCrossentropy',
    });
    const model: tfl.Sequential = network.toLayersModel(tf);
    t.is(model.optimizer.getClassName(), kind);
    t.deepEqual(model.optimizer.getConfig() as object, config);
    const x = someNumbers(3 * 9 * 8 * 2, 5);
    const expected = model.predict(core.tensor4d(x, [3, 9, 8, 2])) as core.Tensor;
    t.true(distance([await network.predict(x)], [expected.dataSync()]) < 1e-5);
    using again = Network.fromLayersModel(model);
    t.is(bits(again), bits(network));
    t.deepEqual(again.layers, network.layers);
    const data = Dataset.fromArrays(x, Float32Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0), {
      shape: inputShape,
    });
    t.deepEqual(await again.evaluate(data), await network.evaluate(data));
  });
}

test('weights of other shapes are refused, naming the layer, and nothing is changed', (t) => {
  using network = tinyNetwork();
  const model = (units: number, ...more: Layers) =>
    tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 1], filters: 6, kernelSize: 3 }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units, name: 'hidden' }),
        ...more,
      ],
    });
  const refused = (other: tfl.Sequential, message: RegExp) => {
    const before = weightsOf(other);
    t.throws(() => network.copyWeightsTo(other), { instanceOf: InvalidArgumentError, message });
    t.is(distance(weightsOf(other), before), 0);
  };
  refused(
    model(13),
    /^layer 3 'hidden' \(Dense\) has weights of \[54, 13\]; the kernel of the network's layer 3 has \[54, 12\]$/,
  );
  refused(model(12), /no weights for the kernel of the network's layer 5$/);
  refused(
    model(12, layers.dense({ units: 4 }), layers.dense({ units: 2, name: 'more' })),
    /^layer 5 'more' \(Dense\) has weights of \[4, 2\]; the network has 6 weight tensors, the model 8$/,
  );
  t.throws(() => network.copyWeightsTo({} as never), { instanceOf: InvalidArgumentError });
  t.throws(() => network.toLayersModel({} as never), {
    instanceOf: InvalidArgumentError,
    message: /^tf must be @tensorflow\/tfjs, or /,
  });
});

test('the learning rate can change between epochs, and the state is kept', async (t) => {
  const data = columns(64);
  const train = async (rates: readonly number[], learningRate: number) => {
    using network = tinyNetwork({ optimizer: adam({ learningRate }) });
    t.is(network.learningRate, learningRate);
    await network.fit(data, {
      epochs: rates.length + 1,
      onEpochEnd: (epoch) => {
        network.learningRate = rates[epoch] ?? network.learningRate;
      },
    });
    return bits(network);
  };
  using constant = tinyNetwork({ optimizer: adam({ learningRate: 0.01 }) });
  await constant.fit(data, { epochs: 3 });
  t.is(await train([0.01, 0.01], 0.01), bits(constant));
  t.not(await train([0.001, 0.001], 0.01), bits(constant));

  using slow = tinyNetwork({ optimizer: adam({ learningRate: 0.001 }) });
  using changed = tinyNetwork();
  changed.learningRate = 0.001;
  await Promise.all([slow.fit(data), changed.fit(data)]);
  t.is(bits(changed), bits(slow));
  for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
    t.throws(
      () => {
        changed.learningRate = rate as number;
      },
      {
        instanceOf: InvalidArgumentError,
        message: /^learningRate must be a finite number above 0/,
      },
    );
  }
  const running = changed.fit(data);
  t.throws(
    () => {
      changed.learningRate = 1;
    },
    { instanceOf: BusyError },
  );
  await running;
  t.is(changed.learningRate, 0.001);
});

const end = () => layers.dense({ units: 3, activation: 'softmax', name: 'end' });
const image: { inputShape: number[]; name: string } = { inputShape: [8, 8, 1], name: 'first' };
const conv = { ...image, filters: 2, kernelSize: 3 };
const conv2dRefused = (message: string, more: object) =>
  [
    message,
    () => compiled([layers.conv2d({ ...conv, ...more }), layers.flatten(), end()]),
  ] as const;

const refused: readonly (readonly [message: string, model: () => unknown])[] = [
  conv2dRefused(
    "layer 0 'first' (Conv2D): dataFormat must be one of 'channelsLast', not 'channelsFirst'",
    { dataFormat: 'channelsFirst', kernelSize: 1 },
  ),
  conv2dRefused(
    "layer 0 'first' (Conv2D): conv2d activation must be one of 'linear', 'relu', 'elu', 'tanh', 'sigmoid', 'softplus', not 'selu'",
    { activation: 'selu' },
  ),
  conv2dRefused("layer 0 'first' (Conv2D): kernelConstraint must be left out, not Object", {
    kernelConstraint: 'nonNeg',
  }),
  conv2dRefused("layer 0 'first' (Conv2D): trainable must be true, not false", {
    trainable: false,
  }),
  [
    "layer 1 'norm' (BatchNormalization): the class must be one of InputLayer, Conv2D,",
    () => compiled([layers.flatten(image), layers.batchNormalization({ name: 'norm' }), end()]),
  ],
  [
    "layer 0 'first' (Dense): its input must be [features]: put a flatten layer before",
    () => compiled([layers.dense({ ...image, units: 2 }), layers.flatten(), end()]),
  ],
  [
    "layer 1 'early' (Softmax): softmax is the activation of the last layer only",
    () => compiled([layers.flatten(image), layers.softmax({ name: 'early' }), end()]),
  ],
  [
    "layer 1 'last' (Dense): the last layer must have the activation 'softmax'",
    () => compiled([layers.flatten(image), layers.dense({ units: 3, name: 'last' })]),
  ],
  [
    "layer 1 'leaky' (ReLU): maxValue must be left out, not 6",
    () => compiled([layers.flatten(image), layers.reLU({ maxValue: 6, name: 'leaky' }), end()]),
  ],
  [
    "layer 1 'drop' (Dropout): noiseShape must be left out, not [1, 64]",
    () =>
      compiled([
        layers.flatten(image),
        layers.dropout({ rate: 0.5, noiseShape: [1, 64], name: 'drop' }),
        end(),
      ]),
  ],
  [
    "layer 1 'inner' (Sequential): the class must be one of ",
    () =>
      compiled([
        layers.flatten(image),
        tf.sequential({ name: 'inner', layers: [layers.dense({ units: 2, inputShape: [64] })] }),
        end(),
      ] as Layers),
  ],
  [
    "the optimizer of model 'model' must be one of SGD, Momentum, Adam, RMSProp, Adagrad, Adadelta, not 'Adamax'",
    () => compiled([layers.flatten(image), end()], { optimizer: 'adamax' }),
  ],
  [
    "the optimizer of model 'model' (SGD): sgd learningRate must be a finite number above 0, not 0",
    () => compiled([layers.flatten(image), end()], { optimizer: core.train.sgd(0) }),
  ],
  [
    "the loss of model 'model' must be one of 'sparseCategoricalCrossentropy', 'categoricalCrossentropy', not 'meanSquaredError'",
    () => compiled([layers.flatten(image), end()], { loss: 'meanSquaredError' }),
  ],
  [
    "model 'model' must be compiled",
    () => tf.sequential({ layers: [layers.flatten(image), end()] }),
  ],
  [
    "the inputShape of model 'model' must be [height, width, channels] or [features], not [4, 5]",
    () => compiled([layers.flatten({ inputShape: [4, 5] }), end()]),
  ],
  ['model must be a tf.Sequential, not ', () => ({})],
  ['model must be an object, not null', () => null],
  [
    "model 'functional' must be a tf.Sequential, not ",
    () => {
      const input = tf.input({ shape: [4] });
      const outputs = end().apply(input) as tfl.SymbolicTensor;
      return tf.model({ inputs: input, outputs, name: 'functional' });
    },
  ],
];

for (const [message, make] of refused) {
  test.serial(`refused: ${message}`, (t) => {
    const model = make() as tfl.Sequential;
    if (model && !message.includes('functional') && 'name' in model) model.name = 'model';
    const error = t.throws(() => Network.fromLayersModel(model), {
      instanceOf: InvalidArgumentError,
    });
    t.true(error.message.startsWith(message), error.message);
  });
}

test('a model that is not to be trained is refused, and so are unknown options', (t) => {
  const model = compiled([layers.flatten(image), end()]);
  t.throws(() => Network.fromLayersModel(model, { epochs: 3 } as never), {
    instanceOf: InvalidArgumentError,
    message: /'epochs'/,
  });
  model.trainable = false;
  t.throws(() => Network.fromLayersModel(model), {
    instanceOf: InvalidArgumentError,
    message: /^layer 1 'end' \(Dense\): trainable must be true, not false$/,
  });
});

test('the options of the engine are taken', (t) => {
  const model = compiled([layers.flatten(image), end()]);
  using network = Network.fromLayersModel(model, { seed: 7, threads: 1, device: 'cpu' });
  t.is(network.countParams(), 64 * 3 + 3);
});
