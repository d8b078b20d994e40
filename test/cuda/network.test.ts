import '../helpers/emulated-addon.js';
import test from 'ava';
import { DeviceUnavailableError, OutOfMemoryError } from '../../src/errors.js';
import {
  adam,
  conv2d,
  dense,
  dropout,
  flatten,
  l2,
  maxPool2d,
  Network,
  type NetworkOptions,
  sgd,
  TrialArray,
  TrialArrayError,
} from '../../src/nn/index.js';
import { bits, columns } from '../helpers/tiny-network.js';

const train = columns(22);
const validation = columns(7);

/** A network of every kind of kernel that the paper's has. */
function options({
  rate = 0.3,
  penalty = 0,
  ...rest
}: Partial<NetworkOptions> & {
  rate?: number;
  penalty?: number;
}): NetworkOptions {
  return {
    inputShape: train.shape,
    layers: [
      conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
      maxPool2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 6, activation: 'elu', kernelRegularizer: l2(penalty) }),
      dropout({ rate }),
      dense({ units: 4, activation: 'softmax' }),
    ],
    optimizer: adam({ learningRate: 0.01 }),
    seed: 5,
    device: 'cuda',
    ...rest,
  };
}

const trials: NetworkOptions[] = [
  options({}),
  options({ seed: 6, rate: 0 }),
  options({ optimizer: adam({ learningRate: 0.001 }), penalty: 0.01 }),
  options({ optimizer: sgd({ learningRate: 0.1 }) }),
];

test('a network trains, evaluates and predicts as on the CPU', async (t) => {
  using onCuda = new Network(options({}));
  using onCpu = new Network(options({ device: 'cpu' }));
  t.is(onCuda.device, 'cuda:0');
  t.is(onCpu.device, 'cpu');
  const fit = { batchSize: 8, epochs: 2, validationData: validation };
  const histories = [await onCuda.fit(train, fit), await onCpu.fit(train, fit)];
  for (const name of ['loss', 'valLoss', 'accuracy', 'valAccuracy'] as const) {
    for (const [epoch, value] of histories[0]![name].entries()) {
      t.true(Math.abs(value - histories[1]![name][epoch]!) < 1e-4, `${name} ${value}`);
    }
  }
  const [a, b] = await Promise.all([onCuda.predict(validation), onCpu.predict(validation)]);
  for (const [i, p] of a!.entries()) t.true(Math.abs(p - b![i]!) < 1e-4);
});

test('the same seed gives the same weights, and other precisions train too', async (t) => {
  const weights = async (given: NetworkOptions) => {
    using network = new Network(given);
    await network.fit(train, { batchSize: 11 });
    return bits(network);
  };
  t.deepEqual(await weights(options({})), await weights(options({ device: 'auto' })));
  const tf32 = await weights(options({ precision: 'tf32' }));
  const bfloat16 = await weights(options({ precision: 'bfloat16' }));
  t.notDeepEqual(tf32, bfloat16);
});

test('trials of an array get, bit for bit, what they would alone', async (t) => {
  using array = new TrialArray(trials);
  const ended: number[] = [];
  const histories = await array.fit(train, {
    batchSize: 8,
    epochs: [2, 3, 2, 1],
    validationData: validation,
    onEpochEnd: (trial) => {
      ended.push(trial);
      if (trial === 0) array.stopTraining(0);
    },
  });
  t.deepEqual(ended.toSorted(), [0, 1, 1, 1, 2, 2, 3], 'a stopped trial ends, the others go on');
  for (const [trial, given] of trials.entries()) {
    using alone = new Network(given);
    const expected = await alone.fit(train, {
      batchSize: 8,
      epochs: [1, 3, 2, 1][trial]!,
      validationData: validation,
    });
    t.deepEqual(histories[trial], expected);
    t.deepEqual(bits(array.networks[trial]!), bits(alone));
  }
});

test('a trial that fails does not stop the others', async (t) => {
  using array = new TrialArray(trials.slice(0, 3));
  const error = await t.throwsAsync(
    array.fit(train, {
      batchSize: 11,
      epochs: 2,
      onEpochEnd: (trial) => {
        if (trial === 1) throw new Error('enough');
      },
      onBatchEnd: (trial) => {
        if (trial === 2) throw new Error('at once');
      },
    }),
    { instanceOf: TrialArrayError },
  );
  t.deepEqual(
    error.results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  t.deepEqual(
    error.errors.map((one) => (one as Error).message),
    ['enough', 'at once'],
  );
});

test('when all trials fail, the epoch is not trained to its end', async (t) => {
  using array = new TrialArray(trials.slice(0, 2));
  // It would take many minutes.
  const fit = array.fit(columns(20_000), {
    batchSize: 1,
    onBatchEnd: (trial) => {
      throw new Error(`trial ${trial}`);
    },
  });
  const error = await t.throwsAsync(fit, { instanceOf: TrialArrayError });
  t.deepEqual(
    error.errors.map((one) => (one as Error).message),
    ['trial 0', 'trial 1'],
  );
});

test('an abort stops an array, which stays usable', async (t) => {
  using array = new TrialArray(trials);
  const controller = new AbortController();
  const fit = array.fit(train, {
    epochs: 1_000_000,
    batchSize: 22,
    signal: controller.signal,
    onEpochEnd: () => controller.abort(),
  });
  await t.throwsAsync(fit, { code: 'ERR_ABORTED' });
  // At once, each as well as all of them.
  for (const network of array.networks) {
    network.setWeights(network.getWeights());
    network.learningRate = 0.02;
  }
  t.is((await array.networks[0]!.fit(train, { batchSize: 22 })).loss.length, 1);
  const [history] = await array.fit(train, { batchSize: 22 });
  t.is(history!.loss.length, 1);
});

test.serial('a trial that has ended does not wait for the others', async (t) => {
  using array = new TrialArray(trials.slice(0, 2));
  let began = 0;
  let epoch = 0;
  let waited: number | undefined;
  await array.fit(columns(80), {
    epochs: [1, 2],
    batchSize: 2,
    onEpochEnd: (trial, number) => {
      if (trial !== 1 || number !== 0) return;
      epoch = performance.now() - began;
    },
    onBatchEnd: (trial) => {
      if (began === 0) began = performance.now();
      if (trial !== 1 || epoch === 0 || waited !== undefined) return;
      const asked = performance.now();
      const [network] = array.networks;
      network!.setWeights(network!.getWeights());
      network!.learningRate = 0.5;
      waited = performance.now() - asked;
    },
  });
  t.true(waited! < epoch / 3, `${waited} ms of an epoch of ${epoch} ms`);
});

test('memory that is not there is refused, naming bytes', async (t) => {
  t.throws(() => new Network(options({ memoryLimit: 1000 })), {
    instanceOf: OutOfMemoryError,
    message: /bytes asked for, .* free of the memory limit of 1000 bytes/,
  });
  for (const memoryLimit of [0, -1, 1.5, '1' as never]) {
    t.throws(() => new Network(options({ memoryLimit })), {
      message: /memoryLimit must be a number of bytes/,
    });
    t.throws(() => new TrialArray(trials, { memoryLimit }), {
      message: /memoryLimit must be a number of bytes/,
    });
  }
  t.throws(() => new TrialArray([options({ memoryLimit: 1e6 })]), {
    message: /^trial 0: memoryLimit is an option of the array/,
  });
  t.throws(() => new TrialArray(trials, { memoryLimit: 100 }), {
    instanceOf: OutOfMemoryError,
    message: /^trial 0: .*bytes asked for, .* free of the memory limit/,
  });
  using array = new TrialArray(trials.slice(0, 2), { memoryLimit: 60_000 });
  const error = await t.throwsAsync(array.fit(columns(900), { batchSize: 900 }), {
    instanceOf: TrialArrayError,
  });
  t.true(error.errors.every((one) => one instanceof OutOfMemoryError));
  await array.fit(train, { batchSize: 4 });
});

test('a training that found too little memory can be tried again', async (t) => {
  const small = { layers: [flatten(), dense({ units: 4, activation: 'softmax' })] };
  let refused = 0;
  for (let memoryLimit = 2000; ; memoryLimit += 200) {
    const network = (() => {
      try {
        return new Network(options({ ...small, memoryLimit }));
      } catch (error) {
        t.true(error instanceof OutOfMemoryError);
        return undefined;
      }
    })();
    if (network === undefined) continue;
    const errors: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      await network.fit(train, { batchSize: 8 }).catch((error: unknown) => errors.push(error));
    }
    network.dispose();
    if (errors.length === 0) break;
    refused++;
    t.true(errors.every((error) => error instanceof OutOfMemoryError));
  }
  t.true(refused > 5);
});

test('trials of a memory limit share it, and those that have ended leave room', async (t) => {
  const large = (seed: number, filters: number) =>
    options({
      seed,
      layers: [
        conv2d({ filters, kernelSize: 3, activation: 'relu' }),
        flatten(),
        dense({ units: 4, activation: 'softmax' }),
      ],
    });
  const few = columns(22);
  // Each fits alone, beside the weights of the others; two of them at the same time do not.
  const specs = [large(1, 8), large(2, 9), large(3, 8)];
  const fit = { batchSize: 22, epochs: 1 };
  const needed = 200_000;
  using inTurn = new TrialArray(specs, { memoryLimit: needed, trialsPerDevice: 1 });
  t.is((await inTurn.fit(few, fit)).length, 3);
  using atOnce = new TrialArray(specs, { memoryLimit: needed });
  const error = await t.throwsAsync(atOnce.fit(few, fit), { instanceOf: TrialArrayError });
  t.true(error.errors.every((one) => one instanceof OutOfMemoryError));
  t.throws(() => new TrialArray(specs, { memoryLimit: 1 }), { instanceOf: OutOfMemoryError });
});

test('a callback that never ends does not keep what is stopped', async (t) => {
  const forever = { onEpochEnd: () => new Promise<void>(() => {}) };
  for (const device of ['cpu', 'cuda'] as const) {
    const network = new Network(options({ device }));
    const controller = new AbortController();
    const aborted = network.fit(train, { ...forever, signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await t.throwsAsync(aborted, { code: 'ERR_ABORTED' });
    const disposed = network.fit(train, forever);
    setTimeout(() => network.dispose(), 200);
    await t.throwsAsync(disposed, { code: 'ERR_DISPOSED' });
  }
  const array = new TrialArray(trials);
  const fit = array.fit(train, {
    onEpochEnd: (trial) => (trial === 1 ? forever.onEpochEnd() : undefined),
    epochs: 2,
  });
  setTimeout(() => array.dispose(), 2000);
  await t.throwsAsync(fit, { code: 'ERR_DISPOSED' });
});

test('devices are told apart', (t) => {
  t.throws(() => new Network(options({ device: 'cuda:1' })), {
    instanceOf: DeviceUnavailableError,
    message: "device 'cuda:1' is not there: the devices are cuda:0 to cuda:0",
  });
  using spread = new TrialArray(
    trials.map((trial) => ({ ...trial, device: 'auto' as const })),
    { devices: ['cuda', 'cpu'], trialsPerDevice: 1 },
  );
  t.deepEqual(
    spread.networks.map(({ device }) => device),
    ['cuda:0', 'cpu', 'cuda:0', 'cpu'],
  );
  t.throws(() => new TrialArray(trials, { devices: [] }), { message: /devices must be an array/ });
  t.throws(() => new TrialArray(trials.slice(0, 1), { devices: ['cpu', 42 as never] }), {
    message: /device must be .*, not 42/,
  });
  t.throws(() => new TrialArray(trials, { devices: ['cuda'] }), {
    message: /^trial 0: device is 'cuda', but the array has devices of its own/,
  });
});
