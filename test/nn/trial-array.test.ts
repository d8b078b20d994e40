import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { Dataset, loadMnist } from '../../src/data/index.js';
import {
  AbortError,
  BusyError,
  DeviceUnavailableError,
  DisposedError,
  InvalidArgumentError,
} from '../../src/errors.js';
import {
  adam,
  averagePool2d,
  conv2d,
  dense,
  dropout,
  flatten,
  type History,
  maxPool2d,
  Network,
  type NetworkOptions,
  rmsprop,
  sgd,
  TrialArray,
  TrialArrayError,
} from '../../src/nn/index.js';
import { root } from '../helpers/paths.js';
import { bits, columns, tinyOptions } from '../helpers/tiny-network.js';

const train = columns(200);
const validation = columns(40);

const spec: NetworkOptions = { ...tinyOptions, threads: 1 };

/** Networks that differ in the learning rate, the optimizer, the dropout rate, the seed and shapes. */
const specs: NetworkOptions[] = [
  spec,
  { ...spec, optimizer: adam({ learningRate: 0.001 }), threads: undefined },
  { ...spec, optimizer: rmsprop(), seed: 17 },
  {
    ...spec,
    layers: spec.layers.map((layer) => (layer.type === 'dropout' ? dropout({ rate: 0.6 }) : layer)),
  },
  {
    ...spec,
    layers: [
      conv2d({ filters: 9, kernelSize: 2, strides: 2, padding: 'same', activation: 'tanh' }),
      averagePool2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 4, activation: 'softmax' }),
    ],
  },
];

/** A training that only ends when it is stopped. */
const endless = { epochs: 1_000_000 };

async function failureOf(fit: Promise<unknown>): Promise<TrialArrayError> {
  const error = await fit.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TrialArrayError)) throw new Error(`not a TrialArrayError: ${error}`);
  return error;
}

for (const threads of [1, 2, 3]) {
  test(`each trial is its solo run, bit for bit, with threads: ${threads}`, async (t) => {
    using array = new TrialArray(specs, { threads });
    const batchSize = [32, 16, 32, 7, 64];
    const epochs = [2, 3, 2, 1, 4];
    const options = { validationData: validation };
    const histories = await array.fit(train, { ...options, batchSize, epochs });
    t.is(histories.length, specs.length);
    for (const [trial, spec] of specs.entries()) {
      using alone = new Network({ ...spec, threads: 3 });
      const history = await alone.fit(train, {
        ...options,
        batchSize: batchSize[trial],
        epochs: epochs[trial],
      });
      t.deepEqual(histories[trial], history);
      t.is(bits(array.networks[trial]!), bits(alone));
    }
    t.is(new Set(array.networks.map(bits)).size, specs.length);
  });
}

test('MNIST: each trial is its solo run, and learns', async (t) => {
  const mnist = await loadMnist();
  const train = mnist.train.take(640);
  const validationData = mnist.test.take(200);
  const trials = [5e-4, 2e-3].map(
    (learningRate, seed): NetworkOptions => ({
      inputShape: [28, 28, 1],
      layers: [
        conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
        conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
        maxPool2d({ poolSize: 2 }),
        flatten(),
        dense({ units: 32, activation: 'relu' }),
        dropout({ rate: 0.3 }),
        dense({ units: 10, activation: 'softmax' }),
      ],
      optimizer: adam({ learningRate }),
      seed,
    }),
  );
  using array = new TrialArray(trials, { threads: 2 });
  const options = { batchSize: 32, epochs: 3, validationData };
  const histories = await array.fit(train, options);
  for (const [trial, spec] of trials.entries()) {
    using alone = new Network(spec);
    t.deepEqual(histories[trial], await alone.fit(train, options));
    t.is(bits(array.networks[trial]!), bits(alone));
  }
  t.true(histories[1]!.valAccuracy.at(-1)! > 0.75, histories[1]!.valAccuracy.join(' '));
});

test('two calls of fit go on as one does', async (t) => {
  using once = new TrialArray(specs);
  using twice = new TrialArray(specs);
  await once.fit(train, { epochs: 3 });
  await twice.fit(train, { epochs: 1 });
  await twice.fit(train, { epochs: 2 });
  t.deepEqual(twice.networks.map(bits), once.networks.map(bits));
});

test('each trial can have data of its own, of its own shape', async (t) => {
  const small = Dataset.fromArrays(new Uint8Array(36 * 8).fill(9), Uint8Array.of(0, 1, 2, 3), {
    shape: [6, 6, 2],
  });
  const other: NetworkOptions = { ...spec, inputShape: [6, 6, 2] };
  using array = new TrialArray([spec, other]);
  const shuffle = false;
  const histories = await array.fit([train, small], {
    validationData: [validation, small],
    shuffle,
  });
  using alone = new Network(other);
  t.deepEqual(histories[1], await alone.fit(small, { validationData: small, shuffle }));
  using first = new Network(spec);
  t.deepEqual(histories[0], await first.fit(train, { validationData: validation, shuffle }));
});

test('threads: 1 trains one trial after the other', async (t) => {
  using array = new TrialArray([spec, spec, spec], { threads: 1 });
  const seen: string[] = [];
  await array.fit(train, {
    epochs: 2,
    onEpochEnd: (trial, epoch) => void seen.push(`${trial}:${epoch}`),
  });
  t.deepEqual(seen, ['0:0', '0:1', '1:0', '1:1', '2:0', '2:1']);
});

test('threads: 2 trains two trials at the same time, and the others when one has ended', async (t) => {
  using array = new TrialArray([spec, spec, spec, spec], { threads: 2 });
  const running = new Set<number>();
  let most = 0;
  let ended = 0;
  const histories = await array.fit(train, {
    ...endless,
    onEpochEnd: (trial, epoch) => {
      running.add(trial);
      most = Math.max(most, running.size);
      // Only beside another one, and late enough for a third one to show; the last one at last.
      if (ended < 3 && (running.size < 2 || epoch < 20)) return;
      running.delete(trial);
      ended++;
      array.stopTraining(trial);
    },
  });
  t.is(most, 2);
  t.true(histories.every(({ epoch }) => epoch.length > 0));
});

test('progress names the trial', async (t) => {
  using array = new TrialArray(specs.slice(0, 3), { threads: 3 });
  const batches = new Map<number, number[]>();
  const epochs: [number, number, number][] = [];
  const histories = await array.fit(columns(10000), {
    batchSize: [16, 32, 64],
    epochs: 2,
    onBatchEnd: (trial, { epoch, batch, batches: all }) => {
      t.is(all, [625, 313, 157][trial]!);
      batches.set(trial, [...(batches.get(trial) ?? []), epoch * 1000 + batch]);
    },
    onEpochEnd: async (trial, epoch, { loss }) => {
      await setImmediate();
      epochs.push([trial, epoch, loss]);
    },
  });
  for (const [trial, { loss }] of histories.entries()) {
    const told = epochs.filter(([of]) => of === trial);
    t.deepEqual(told, [
      [trial, 0, loss[0]!],
      [trial, 1, loss[1]!],
    ]);
    const progress = batches.get(trial)!;
    t.true(progress.length > 1);
    t.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
  }
});

test('stopTraining ends one trial at the end of its epoch while the others go on', async (t) => {
  using array = new TrialArray(specs, { threads: 2 });
  const histories = await array.fit(train, {
    epochs: 4,
    onEpochEnd: (trial, epoch) => {
      if (trial === 0 && epoch === 1) {
        array.stopTraining(0);
        array.stopTraining(4);
      }
    },
  });
  t.deepEqual(
    histories.map(({ loss }) => loss.length),
    [2, 4, 4, 4, 0],
  );
  using alone = new Network(specs[0]!);
  await alone.fit(train, { epochs: 2 });
  t.is(bits(array.networks[0]!), bits(alone));
  using untrained = new Network(specs[4]!);
  t.is(bits(array.networks[4]!), bits(untrained));
  // It held for that fit alone.
  array.stopTraining(0);
  const again = await array.fit(train, { epochs: 2 });
  t.true(again.every(({ loss }) => loss.length === 2));
  for (const trial of [5, -1, 0.5, '0', undefined]) {
    t.throws(() => array.stopTraining(trial as never), {
      instanceOf: InvalidArgumentError,
      message: /trial must be an index in 0 .. 4, not/,
    });
  }
});

test('a trial that fails does not stop the others', async (t) => {
  using array = new TrialArray([spec, specs[1]!, specs[2]!], { threads: 2 });
  const wrong = new RangeError('from the callback');
  const error = await failureOf(
    array.fit(train, {
      epochs: 3,
      onEpochEnd: (trial, epoch) => {
        if (trial === 1 && epoch === 1) throw wrong;
      },
    }),
  );
  t.is(error.code, 'ERR_TRIAL_ARRAY');
  t.is(error.name, 'TrialArrayError');
  t.is(error.message, '1 of 3 trials failed; trial 1: from the callback');
  t.is(error.cause, wrong);
  t.deepEqual(error.errors, [wrong]);
  t.deepEqual(error.results[1], { status: 'rejected', reason: wrong });
  for (const trial of [0, 2]) {
    using alone = new Network([spec, spec, specs[2]!][trial]!);
    const value = await alone.fit(train, { epochs: 3 });
    t.deepEqual(error.results[trial], { status: 'fulfilled', value });
    t.is(bits(array.networks[trial]!), bits(alone));
  }
  t.is((await array.fit(train)).length, 3);
});

test('a callback that throws what is no error fails its trial', async (t) => {
  using array = new TrialArray([spec]);
  const error = await failureOf(array.fit(train, { onEpochEnd: () => Promise.reject(undefined) }));
  t.is(error.message, '1 of 1 trials failed; trial 0: undefined');
  t.deepEqual(error.errors, [undefined]);
});

test('memory that a trial has no room for fails that trial alone', (t) => {
  if (process.platform !== 'linux') return t.pass('no limit of the address space');
  const script = join(root, 'dist/test/helpers/short-memory-array.js');
  const limited = `ulimit -v 8000000 && exec '${process.execPath}' '${script}'`;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' });
  t.is(status, 0, stderr);
  t.is(stdout, '1 epoch, OutOfMemoryError, 1 epoch\n');
});

test('a diverging trial reports NaN instead of failing', async (t) => {
  const layers = [
    flatten(),
    dense({ units: 8, activation: 'relu' }),
    dense({ units: 4, activation: 'softmax' }),
  ];
  const diverging = { ...spec, layers, optimizer: sgd({ learningRate: 1e30 }) };
  using array = new TrialArray([diverging, spec]);
  const [bad, good] = (await array.fit(train, { epochs: 3 })) as [History, History];
  t.false(Number.isFinite(bad.loss.at(-1)));
  t.true(good.loss.every(Number.isFinite));
});

test('an AbortSignal stops all trials between two batches, and they stay usable', async (t) => {
  using array = new TrialArray(new Array(20).fill(spec), { threads: 16 });
  const reason = new Error('enough');
  const before = array.fit(train, { signal: AbortSignal.abort(reason) });
  t.is((await t.throwsAsync(before, { instanceOf: AbortError }))?.cause, reason);

  const warnings: Error[] = [];
  const listen = (warning: Error) => void warnings.push(warning);
  process.on('warning', listen);
  const controller = new AbortController();
  let told = 0;
  const started = Date.now();
  const running = array.fit(columns(20000), {
    ...endless,
    signal: controller.signal,
    onBatchEnd: () => {
      if (++told === 100) controller.abort(reason);
    },
  });
  const error = await t.throwsAsync(running, { instanceOf: AbortError });
  t.is(error?.cause, reason);
  t.true(Date.now() - started < 20_000);
  await setImmediate();
  process.off('warning', listen);
  t.deepEqual(warnings, []);

  const histories = await array.fit(train);
  t.true(histories.every(({ loss }) => loss.length === 1));
});

test('a signal that fires when all trials have ended changes nothing', async (t) => {
  using array = new TrialArray([spec, spec]);
  const controller = new AbortController();
  let ended = 0;
  const histories = await array.fit(train, {
    signal: controller.signal,
    onEpochEnd: () => {
      if (++ended === 2) controller.abort();
    },
  });
  t.is(histories.length, 2);
});

test('a second fit is refused while one runs, and disposal stops it', async (t) => {
  const array = new TrialArray([spec, spec, spec], { threads: 2 });
  const running = array.fit(columns(20000), endless);
  await t.throwsAsync(array.fit(train), { instanceOf: BusyError, message: /busy with fit/ });
  t.throws(() => array.networks[0]!.getWeights(), { instanceOf: BusyError });
  array.dispose();
  array.dispose();
  await t.throwsAsync(running, { instanceOf: DisposedError, message: /the trial array/ });
  await t.throwsAsync(array.fit(train), { instanceOf: DisposedError });
  await t.throwsAsync(array.networks[0]!.evaluate(train), { instanceOf: DisposedError });
  array.stopTraining(0);
});

test('a network that is busy or disposed fails its trial alone', async (t) => {
  using array = new TrialArray([spec, spec, spec], { threads: 3 });
  const [first, second] = array.networks as [Network, Network, Network];
  const alone = first.fit(columns(20000), endless);
  second.dispose();
  const error = await failureOf(array.fit(train));
  t.true(error.errors[0] instanceof BusyError);
  t.true(error.errors[1] instanceof DisposedError);
  t.is(error.results[2]!.status, 'fulfilled');
  first.dispose();
  await t.throwsAsync(alone, { instanceOf: DisposedError });
});

test('the networks evaluate, predict, and give their weights', async (t) => {
  using array = new TrialArray(specs);
  const [history] = await array.fit(train, { epochs: 5, validationData: validation });
  const metrics = await Promise.all(array.networks.map((network) => network.evaluate(validation)));
  t.is(metrics[0]!.loss, history!.valLoss.at(-1)!);
  t.is((await array.networks[4]!.predict(validation)).length, 40 * 4);
  t.is(array.networks[4]!.getWeights()[0]!.shape.join(), '2,2,1,9');
  t.true(Object.isFrozen(array.networks));
});

test('an impossible array is refused with the trial and the value', (t) => {
  const attempts: [RegExp, unknown, unknown?][] = [
    [/trials must be an array of the options of one Network or more, not \[\]/, []],
    [/trials must be an array .* not Object/, spec],
    [/trials must be an array .* not undefined/, undefined],
    [/^trial 1: the options of Network must be an object, not null/, [spec, null]],
    [
      /^trial 1: the options of Network must be an object, not undefined/,
      new Array(2).fill(spec, 0, 1),
    ],
    [/^trial 1: .*layers must not be empty/, [spec, { ...spec, layers: [] }]],
    [/^trial 1: seed must be .* not -1/, [spec, { ...spec, seed: -1 }, null]],
    [/^trial 1: threads must be 1, .* not 2/, [spec, { ...spec, threads: 2 }]],
    [
      /^trial 0: an option of Network must be one of .* not 'optimiser'/,
      [{ ...spec, optimiser: 'adam' }],
    ],
    [/^trial 2: layer 0: conv2d: a window/, [spec, spec, { ...spec, inputShape: [2, 8, 1] }]],
    [/threads must be an integer of 1 or more, not 0/, [spec], { threads: 0 }],
    [/threads must be at most 1024, not 1025/, [spec], { threads: 1025 }],
    [
      /an option of TrialArray must be one of threads, devices, .*, not 'nJobs'/,
      [spec],
      { nJobs: 2 },
    ],
    [/the options of TrialArray must be an object, not null/, [spec], null],
  ];
  for (const [message, trials, options] of attempts) {
    const expected = { instanceOf: InvalidArgumentError, message };
    t.throws(() => new TrialArray(trials as never, options as never), expected, message.source);
  }
  t.throws(() => new TrialArray([spec, { ...spec, device: 'cuda' }]), {
    instanceOf: DeviceUnavailableError,
    message: /^trial 1: device 'cuda' is not there/,
  });
});

test('data and options that do not fit are refused before any trial starts', async (t) => {
  using array = new TrialArray([spec, specs[1]!, specs[2]!]);
  const untrained = array.networks.map(bits);
  const small = Dataset.fromArrays(new Uint8Array(49), new Uint8Array(1), {
    shape: [7, 7, 1],
    classes: 4,
  });
  const attempts: [RegExp, () => Promise<unknown>][] = [
    [/^trial 0: the training data must be a Dataset, not 3/, () => array.fit(3 as never)],
    [/^trial 0: the training data has images of shape \[7, 7, 1\]/, () => array.fit(small)],
    [/the training data\[1\] has images of shape/, () => array.fit([train, small, train])],
    [
      /the training data must be one value .* each of the 3, not \[Dataset\]/,
      () => array.fit([train]),
    ],
    [
      /^trial 2: validationData\[2\] has images of shape/,
      () => array.fit(train, { validationData: [validation, validation, small] }),
    ],
    [/^batchSize must be an integer of 1 or more, not 0/, () => array.fit(train, { batchSize: 0 })],
    [/^batchSize\[1\] must be .* not -1/, () => array.fit(train, { batchSize: [1, -1, 1] })],
    [/^epochs must be one value .* not \[1, 2\]/, () => array.fit(train, { epochs: [1, 2] })],
    [
      /^epochs\[2\] must be .* not undefined/,
      () => array.fit(train, { epochs: new Array(3).fill(1, 0, 2) }),
    ],
    [/shuffle must be a boolean/, () => array.fit(train, { shuffle: 1 as never })],
    [/onEpochEnd must be a function/, () => array.fit(train, { onEpochEnd: 5 as never })],
    [/onBatchEnd must be a function/, () => array.fit(train, { onBatchEnd: {} as never })],
    [/signal must be an AbortSignal/, () => array.fit(train, { signal: {} as never })],
    [/an option of fit must be one of/, () => array.fit(train, { batch: 3 } as never)],
    [/the options of fit must be an object/, () => array.fit(train, null as never)],
  ];
  for (const [message, attempt] of attempts) {
    await t.throwsAsync(attempt, { instanceOf: InvalidArgumentError, message }, message.source);
  }
  t.deepEqual(array.networks.map(bits), untrained);
  t.is((await array.fit(train)).length, 3);
});
