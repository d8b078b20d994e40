import type * as tfl from '@tensorflow/tfjs-layers';
import test from 'ava';
import { BusyError, InvalidArgumentError } from '../../src/errors.js';
import { type FitFastOptions, fitFast } from '../../src/tfjs/fit-fast.js';
import { core, distance, shake, someNumbers, tf, weightsOf } from '../helpers/tfjs.js';

const { layers } = tf;
const { train } = core;
const samples = 22;
const classes = 3;

const x = core.tensor4d(someNumbers(samples * 36, 3), [samples, 6, 6, 1]);
const labels = Int32Array.from({ length: samples }, (_, i) => (i * 7 + (i >> 2)) % classes);
const sparse = core.tensor1d(labels, 'int32');
const oneHot = core.cast(core.oneHot(sparse, classes), 'float32') as core.Tensor2D;

interface Options {
  optimizer?: string | core.Optimizer;
  loss?: string;
  metrics?: string[];
  regularized?: boolean;
}

function tiny(options: Options = {}): tfl.Sequential {
  const { regularized = false, ...args } = options;
  const regularizer = regularized ? tf.regularizers.l1l2({ l1: 0.01, l2: 0.02 }) : undefined;
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [6, 6, 1],
        filters: 3,
        kernelSize: 3,
        activation: 'tanh',
        kernelRegularizer: regularizer,
      }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 5, activation: 'sigmoid', biasRegularizer: regularizer }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  model.compile({
    optimizer: 'sgd',
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
    ...args,
  });
  return shake(model);
}

const optimizers: Record<string, () => string | core.Optimizer> = {
  "'sgd'": () => 'sgd',
  "'adam'": () => 'adam',
  "'rmsprop'": () => 'rmsprop',
  "'adagrad'": () => 'adagrad',
  "'adadelta'": () => 'adadelta',
  sgd: () => train.sgd(0.3),
  momentum: () => train.momentum(0.1, 0.8),
  'momentum of Nesterov': () => train.momentum(0.1, 0.8, true),
  adam: () => train.adam(0.01, 0.8, 0.9, 1e-8),
  rmsprop: () => train.rmsprop(0.01, 0.8, 0, 1e-5),
  'rmsprop with momentum': () => train.rmsprop(0.01, 0.8, 0.7, 1e-5),
  // With a larger epsilon, tfjs's own weights become NaN.
  'rmsprop, centered': () => train.rmsprop(0.001, 0.8, 0.5, 1e-14, true),
  adagrad: () => train.adagrad(0.1, 0.3),
  adadelta: () => train.adadelta(0.1, 0.7, 1e-4),
};

for (const [name, optimizer] of Object.entries(optimizers)) {
  test(`the steps are tfjs's: ${name}`, async (t) => {
    const [theirs, ours] = [tiny({ optimizer: optimizer() }), tiny({ optimizer: optimizer() })];
    const before = weightsOf(ours);
    const fit = { batchSize: 8, epochs: 3, shuffle: false, verbose: 0 };
    const expected = await theirs.fit(x, oneHot, fit);
    const { epoch, history } = await fitFast(ours, x, oneHot, fit);
    t.deepEqual(epoch, expected.epoch);
    t.deepEqual(Object.keys(history), Object.keys(expected.history));
    for (const [key, values] of Object.entries(history)) {
      t.true(distance([values], [expected.history[key] as number[]]) < 1e-4, key);
    }
    const far = distance(weightsOf(ours), weightsOf(theirs));
    t.true(far < 1e-5, `${far}`);
    t.true(distance(weightsOf(ours), before) > 1e-3);
  });
}

const variants: Record<string, [options: Options, y: core.Tensor, fit: FitFastOptions]> = {
  'sparse labels [n]': [{ loss: 'sparseCategoricalCrossentropy' }, sparse, {}],
  'sparse labels [n, 1] of float32': [
    { loss: 'sparseCategoricalCrossentropy' },
    core.reshape(core.cast(sparse, 'float32'), [samples, 1]),
    { validationSplit: 0.25 },
  ],
  'penalties, and a validation split': [{ regularized: true }, oneHot, { validationSplit: 0.3 }],
  'no metric, and validation data': [
    { metrics: [] },
    oneHot,
    { validationData: [core.slice(x, [0], [5]), core.slice(oneHot, [0], [5])] },
  ],
  'an initial epoch': [{}, oneHot, { initialEpoch: 2, epochs: 4, validationSplit: 0.1 }],
  'one-hot labels of int32': [{}, core.cast(oneHot, 'int32'), {}],
};

for (const [name, [options, y, more]] of Object.entries(variants)) {
  test(`the History is tfjs's: ${name}`, async (t) => {
    const [theirs, ours] = [tiny(options), tiny(options)];
    const fit = { batchSize: 8, epochs: 3, shuffle: false, verbose: 0, ...more };
    // Of int32, tfjs takes no sparse labels.
    const expected = await theirs.fit(x, core.cast(y, 'float32'), fit as tfl.ModelFitArgs);
    const { epoch, history } = await fitFast(ours, x, y, fit);
    t.deepEqual(epoch, expected.epoch);
    t.deepEqual(Object.keys(history), Object.keys(expected.history));
    for (const [key, values] of Object.entries(history)) {
      const far = distance([values], [expected.history[key] as number[]]);
      t.true(far < 1e-4, `${key}: ${far}`);
    }
    t.true(distance(weightsOf(ours), weightsOf(theirs)) < 1e-5);
  });
}

test('a model of features is trained on [n, features]', async (t) => {
  const make = () => {
    const model = tf.sequential({
      layers: [
        layers.dense({ inputShape: [36], units: 4, activation: 'elu' }),
        layers.dense({ units: classes, activation: 'softmax' }),
      ],
    });
    model.compile({ optimizer: train.sgd(0.1), loss: 'categoricalCrossentropy' });
    return shake(model);
  };
  const [theirs, ours] = [make(), make()];
  const flat = core.reshape(x, [samples, 36]);
  await theirs.fit(flat, oneHot, { shuffle: false, verbose: 0, epochs: 2 });
  await fitFast(ours, flat, oneHot, { shuffle: false, epochs: 2 });
  t.true(distance(weightsOf(ours), weightsOf(theirs)) < 1e-5);
});

test('arrays of one tensor are taken, as by fit', async (t) => {
  const [plain, inArrays] = [tiny(), tiny()];
  inArrays.setWeights(plain.getWeights());
  const history = await fitFast(plain, x, oneHot, { validationData: [x, oneHot], shuffle: false });
  const other = await fitFast(inArrays, [x], [oneHot], {
    validationData: [[x], [oneHot]],
    shuffle: false,
  });
  t.deepEqual(other.history, history.history);
  t.is(distance(weightsOf(plain), weightsOf(inArrays)), 0);
});

test('a further call goes on with the state of the optimizer, and with the weights of the model', async (t) => {
  const fit = { batchSize: 8, shuffle: false, verbose: 0 };
  const [theirs, ours] = [
    tiny({ optimizer: train.momentum(0.1, 0.9) }),
    tiny({ optimizer: train.momentum(0.1, 0.9) }),
  ];
  for (let call = 0; call < 3; call++) {
    await theirs.fit(x, oneHot, fit);
    await fitFast(ours, x, oneHot, fit);
    t.true(distance(weightsOf(ours), weightsOf(theirs)) < 1e-5);
    shake(theirs, 10 + call);
    shake(ours, 10 + call);
  }
  for (const model of [theirs, ours]) {
    model.compile({ optimizer: train.momentum(0.1, 0.9), loss: 'categoricalCrossentropy' });
  }
  await theirs.fit(x, oneHot, fit);
  await fitFast(ours, x, oneHot, fit);
  t.true(distance(weightsOf(ours), weightsOf(theirs)) < 1e-5, 'a new optimizer starts afresh');
});

test('the learning rate is read before every epoch', async (t) => {
  const make = () => {
    const optimizer = train.adam(0.01);
    const model = tiny({ optimizer });
    const callbacks = {
      onEpochBegin: (epoch: number) => {
        (optimizer as unknown as { learningRate: number }).learningRate = 0.01 / (1 + epoch);
      },
    };
    const fit = { batchSize: 8, shuffle: false, verbose: 0, epochs: 3, callbacks };
    return { model, fit, optimizer: optimizer as unknown as { learningRate: number } };
  };
  const [theirs, ours] = [make(), make()];
  for (let call = 0; call < 2; call++) {
    await theirs.model.fit(x, oneHot, theirs.fit as tfl.ModelFitArgs);
    await fitFast(ours.model, x, oneHot, ours.fit);
    t.true(distance(weightsOf(ours.model), weightsOf(theirs.model)) < 1e-5);
  }
});

test('shuffles and dropout follow from the seed', async (t) => {
  const results = [];
  for (const [seed, threads] of [
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const) {
    const model = tiny();
    await fitFast(model, x, oneHot, { batchSize: 4, epochs: 2, seed, threads });
    results.push(weightsOf(model));
  }
  t.is(distance(results[0]!, results[1]!), 0);
  t.true(distance(results[0]!, results[2]!) > 1e-6);
});

test('callbacks are called as by tfjs', async (t) => {
  const events: Record<'theirs' | 'ours', string[]> = { theirs: [], ours: [] };
  const models = { theirs: tiny(), ours: tiny() };
  for (const who of ['theirs', 'ours'] as const) {
    const tell =
      (name: string) =>
      async (index?: unknown, logs: unknown = index) => {
        const keys = Object.keys((logs ?? {}) as object).sort();
        await new Promise((resolve) => setTimeout(resolve, 1));
        events[who].push(`${name} ${typeof index === 'number' ? index : ''} ${keys}`);
      };
    const callbacks = {
      onTrainBegin: tell('train begin'),
      onTrainEnd: tell('train end'),
      onEpochBegin: tell('epoch begin'),
      onEpochEnd: tell('epoch end'),
      onBatchEnd: tell('batch end'),
    };
    const fit = { batchSize: 20, epochs: 2, verbose: 0, validationSplit: 0.2, callbacks };
    if (who === 'ours') await fitFast(models.ours, x, oneHot, fit);
    else await models.theirs.fit(x, oneHot, fit as tfl.ModelFitArgs);
  }
  t.deepEqual(events.ours, events.theirs);
  t.is(events.ours.length, 8);
});

test('classes of callbacks, in arrays, and the early stopping of tfjs', async (t) => {
  let params: Record<string, unknown> = {};
  let model: unknown;
  class Mine extends tf.Callback {
    override setParams(given: object) {
      params = given as Record<string, unknown>;
    }
    override setModel(given: never) {
      model = given;
    }
  }
  const trained = tiny({ optimizer: train.sgd(1e-20) });
  const { epoch } = await fitFast(trained, x, oneHot, {
    epochs: 10,
    validationSplit: 0.5,
    callbacks: [new Mine(), tf.callbacks.earlyStopping({ monitor: 'val_loss', patience: 2 })],
  });
  t.deepEqual(epoch, [0, 1, 2]);
  t.is(model, trained);
  t.deepEqual(params, {
    batchSize: 32,
    epochs: 10,
    initialEpoch: 0,
    samples: 11,
    steps: null,
    verbose: 1,
    doValidation: true,
    metrics: ['loss', 'acc', 'val_loss', 'val_acc'],
  });
});

test('stopTraining ends after the epoch, and the model has its weights', async (t) => {
  const [stopped, twoEpochs] = [tiny(), tiny()];
  const fit = { batchSize: 8, shuffle: false };
  const inCallback: Float32Array[][] = [];
  const { epoch } = await fitFast(stopped, x, oneHot, {
    ...fit,
    epochs: 9,
    callbacks: {
      onEpochEnd: (epoch) => {
        inCallback.push(weightsOf(stopped));
        if (epoch === 1) stopped.stopTraining = true;
      },
    },
  });
  t.deepEqual(epoch, [0, 1]);
  await fitFast(twoEpochs, x, oneHot, { ...fit, epochs: 2 });
  t.is(distance(weightsOf(stopped), weightsOf(twoEpochs)), 0);
  t.is(distance(inCallback[1]!, weightsOf(stopped)), 0);
  t.true(distance(inCallback[0]!, weightsOf(stopped)) > 0);
});

for (const hook of ['onTrainBegin', 'onEpochBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd']) {
  test(`what ${hook} throws comes out, with the weights of the last finished epoch`, async (t) => {
    const [failing, good] = [tiny(), tiny()];
    const fit = { batchSize: 8, shuffle: false, epochs: 2 };
    let epoch = -1;
    const fails = {
      onTrainBegin: -1,
      onEpochBegin: 1,
      onBatchEnd: 1,
      onEpochEnd: 1,
      onTrainEnd: 1,
    };
    const finished = { ...fails, onTrainBegin: 0, onEpochEnd: 2, onTrainEnd: 2 };
    const throws = async () => {
      if (epoch === fails[hook as keyof typeof fails]) throw new Error('mine');
    };
    const callbacks = [
      {
        onEpochBegin: async () => {
          epoch++;
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      },
      { [hook]: throws },
    ];
    await t.throwsAsync(fitFast(failing, x, oneHot, { ...fit, callbacks }), { message: 'mine' });
    const epochs = finished[hook as keyof typeof finished];
    await fitFast(good, x, oneHot, { ...fit, epochs });
    t.is(distance(weightsOf(failing), weightsOf(good)), 0);
    await t.notThrowsAsync(fitFast(failing, x, oneHot));
  });
}

test('one training of a model at a time', async (t) => {
  const model = tiny();
  const first = fitFast(model, x, oneHot, { epochs: 2 });
  await t.throwsAsync(fitFast(model, x, oneHot), { instanceOf: BusyError });
  await t.throwsAsync(model.fit(x, oneHot), { message: /another fit\(\) call is ongoing/ });
  await first;
  const theirs = model.fit(x, oneHot, { verbose: 0 });
  await t.throwsAsync(fitFast(model, x, oneHot), { instanceOf: BusyError });
  await theirs;
  await t.notThrowsAsync(fitFast(model, x, oneHot));
});

test.serial('it leaves no tensors behind', async (t) => {
  const model = tiny();
  await fitFast(model, x, oneHot);
  const { numTensors } = core.memory();
  await fitFast(model, x, oneHot, { epochs: 3, validationSplit: 0.5 });
  t.is(core.memory().numTensors, numTensors);
});

const n = samples;
const refused: readonly [message: string, fit: (model: tfl.Sequential) => Promise<unknown>][] = [
  [
    'classWeight must be left out',
    (m) => fitFast(m, x, oneHot, { classWeight: { 0: 1 } } as never),
  ],
  ['sampleWeight must be left out', (m) => fitFast(m, x, oneHot, { sampleWeight: x } as never)],
  ['stepsPerEpoch must be left out', (m) => fitFast(m, x, oneHot, { stepsPerEpoch: 1 } as never)],
  ['an option of fitFast must be one of', (m) => fitFast(m, x, oneHot, { epoch: 1 } as never)],
  [
    'batchSize must be an integer of 1 or more, not 0',
    (m) => fitFast(m, x, oneHot, { batchSize: 0 }),
  ],
  ['epochs must be an integer', (m) => fitFast(m, x, oneHot, { epochs: 1.5 })],
  [
    "shuffle must be a boolean, not 'batch'",
    (m) => fitFast(m, x, oneHot, { shuffle: 'batch' as never }),
  ],
  [
    'validationSplit must be in [0, 1), not 1',
    (m) => fitFast(m, x, oneHot, { validationSplit: 1 }),
  ],
  [
    `validationSplit must leave samples in both parts of ${n}, not 0 in the first`,
    (m) => fitFast(m, x, oneHot, { validationSplit: 0.999 }),
  ],
  [
    'validationData must be two tensors',
    (m) => fitFast(m, x, oneHot, { validationData: [x] as never }),
  ],
  [
    "validationData's x must have the shape [n, 6, 6, 1], not [22, 3]",
    (m) => fitFast(m, x, oneHot, { validationData: [oneHot, oneHot] }),
  ],
  ['x must be a tf.Tensor, or an array of one, not ', (m) => fitFast(m, [x, x] as never, oneHot)],
  [
    "the dtype of x must be 'float32' or 'int32', not 'complex64'",
    (m) => fitFast(m, core.complex(x, x), oneHot),
  ],
  [
    'x must have the shape [n, 6, 6, 1], not [22, 36]',
    (m) => fitFast(m, core.reshape(x, [n, 36]), oneHot),
  ],
  [`y must have the shape [${n}, 3], not [${n}]`, (m) => fitFast(m, x, sparse)],
  [
    'one-hot labels must be in 0 .. 1, not 2 at index 0',
    (m) => fitFast(m, x, core.fill([n, classes], 2)),
  ],
  ['callbacks[0] must be an object', (m) => fitFast(m, x, oneHot, { callbacks: [1] as never })],
  [
    'callbacks[0].onEpochEnd must be a function',
    (m) => fitFast(m, x, oneHot, { callbacks: { onEpochEnd: 1 } as never }),
  ],
  ['seed must be an integer', (m) => fitFast(m, x, oneHot, { seed: -1 })],
  ['model must be an object, not null', () => fitFast(null as never, x, oneHot)],
  [
    "the metrics of model 'model' must be none or 'accuracy', not ['precision']",
    () => fitFast(named(tiny({ metrics: ['precision'] })), x, oneHot),
  ],
  [
    "the loss of model 'model' must be one of",
    () => fitFast(named(tiny({ loss: 'meanSquaredError' })), x, oneHot),
  ],
];

function named(model: tfl.Sequential): tfl.Sequential {
  model.name = 'model';
  return model;
}

for (const [message, fit] of refused) {
  test(`refused: ${message}`, async (t) => {
    const model = tiny();
    const before = weightsOf(model);
    const error = await t.throwsAsync(fit(model), { instanceOf: InvalidArgumentError });
    t.true(error.message.startsWith(message), error.message);
    t.is(distance(weightsOf(model), before), 0);
    await t.notThrowsAsync(fitFast(model, x, oneHot));
  });
}

test('sparse labels of a model for one-hot ones are told by their shape', async (t) => {
  const model = tiny({ loss: 'sparseCategoricalCrossentropy' });
  await t.throwsAsync(fitFast(model, x, oneHot), {
    message: `y must have the shape [${n}] or [${n}, 1], not [${n}, 3]`,
  });
  await t.throwsAsync(fitFast(model, x, core.fill([n], 3, 'int32')), {
    message: 'labels must be in 0 .. 2, not label 3 at index 0',
  });
  await t.throwsAsync(fitFast(model, x, core.fill([n], Number.NaN)), {
    instanceOf: InvalidArgumentError,
    message: 'y[0] must be finite, not NaN',
  });
});
