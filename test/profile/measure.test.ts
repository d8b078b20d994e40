import test from 'ava';
import { AbortError, DeviceUnavailableError, InvalidArgumentError } from '../../src/errors.js';
import { dense, flatten } from '../../src/nn/index.js';
import {
  describeSizes,
  measureCeilings,
  operationNames,
  parseSizes,
  profileNetwork,
  profileOperation,
} from '../../src/profile/index.js';

const network = {
  inputShape: [4, 5, 2] as const,
  layers: [flatten(), dense({ units: 3, activation: 'softmax' })],
  device: 'cpu' as const,
  threads: 1,
};

/** Sizes that any machine is done with at once. */
const small: Record<string, string> = {
  conv2d: 'batch=2,in=5x6x3,kernel=3x2,filters=4,strides=2x1,padding=same',
  depthwise_conv2d: 'batch=2,in=5x6x3,kernel=2,multiplier=2',
  dense: 'batch=3,in=5,units=2',
  mat_mul: 'batch=2,m=3,k=4,n=5',
  max_pool2d: 'batch=1,in=5x6x3',
  average_pool2d: 'batch=1,in=5x6x3,pool=3,strides=1,padding=same',
  softmax_cross_entropy: 'batch=4,classes=3',
};

for (const operation of operationNames) {
  test(`${operation} is profiled pass by pass, with what it moves`, async (t) => {
    const sizes = parseSizes(operation, small[operation] ?? 'size=37');
    const events = await profileOperation(operation, sizes, {
      ...{ device: 'cpu', threads: 1, runs: 2 },
    });
    const passes = new Set(events.map(({ name }) => name));
    t.is(events.length, 2 * passes.size);
    for (const { name, depth, begin, end, bytes, kernel } of events) {
      t.true(name.startsWith(`${operation} `));
      t.is(depth, 0);
      t.true(begin <= end && bytes > 0);
      t.is(kernel, undefined);
    }
    t.notThrows(() => parseSizes(operation, describeSizes(operation)), 'the defaults are sizes');
  });
}

test('FLOPs are those of the direct algorithm', async (t) => {
  const sizes = parseSizes('conv2d', small['conv2d']);
  const [forward] = await profileOperation('conv2d', sizes, { device: 'cpu', threads: 1, runs: 1 });
  // 3 x 6 pixels of 4 filters over 3 x 2 x 3, for 2 images.
  t.is(forward!.flops, 2 * 2 * 3 * 6 * 4 * 18);
});

test('sizes that are left out have their defaults', (t) => {
  t.deepEqual(parseSizes('dense', 'units=7'), { batch: 128, inFeatures: 9216, units: 7 });
  t.like(parseSizes('max_pool2d', 'pool=3x4'), { poolHeight: 3, poolWidth: 4, strideHeight: 2 });
});

const wrong: [string, RegExp][] = [
  ['units', /'units' is no size of dense; it has batch=128,in=9216,units=128/],
  ['filters=3', /'filters=3' is no size of dense/],
  ['units=0', /dense: units must be N with N from 1 up, not '0'/],
  ['units=3x3', /dense: units must be N /],
  ['units=1e3', /dense: units must be N /],
  ['toString=3', /is no size of dense/],
];
for (const [text, message] of wrong) {
  test(`refuses the size ${text}`, (t) => {
    t.throws(() => parseSizes('dense', text), { instanceOf: InvalidArgumentError, message });
  });
}

test('refuses operations that there are not, and tells those that there are', async (t) => {
  const options = { device: 'cpu', runs: 1 } as const;
  for (const name of ['foo', 'linear', 'toString', '', undefined, {}] as never[]) {
    const expected = {
      instanceOf: InvalidArgumentError,
      message: /^operation must be one of 'conv2d', 'depthwise_conv2d', .*'adam', not /,
    };
    await t.throwsAsync(profileOperation(name, { size: 3 }, options), expected);
    t.throws(() => parseSizes(name, 'size=3'), expected);
    t.throws(() => describeSizes(name), expected);
  }
});

test('what an operation refuses is refused before anything runs', async (t) => {
  const sizes = parseSizes('conv2d', 'in=2x2x1,kernel=3');
  await t.throwsAsync(profileOperation('conv2d', sizes, { device: 'cpu', runs: 1 }), {
    instanceOf: InvalidArgumentError,
    message: /window.*does not fit/,
  });
  await t.throwsAsync(
    profileOperation('dense', parseSizes('dense', small['dense']), {
      ...{ device: 'cpu', precision: 'tf32', runs: 1 },
    }),
    { instanceOf: InvalidArgumentError, message: /tf32 needs a CUDA device/ },
  );
  await t.throwsAsync(profileNetwork(network, { batchSize: 0, steps: 1 }), {
    instanceOf: InvalidArgumentError,
    message: /batchSize/,
  });
  await t.throwsAsync(measureCeilings({ device: 'cuda:99' }), {
    instanceOf: DeviceUnavailableError,
  });
});

test('a network is profiled by steps, layers and passes', async (t) => {
  const events = await profileNetwork(network, { batchSize: 4, steps: 3 });
  t.is(events.filter(({ name, depth }) => name === 'step' && depth === 0).length, 3);
  const of = (name: string) => events.filter((event) => event.name === name);
  t.is(of('dense_1 forward').length, 3);
  t.is(of('dense_1 forward')[0]!.flops, 4 * 2 * 40 * 3);
  t.is(of('optimizer').length, 3);
});

test('options that are none are refused', async (t) => {
  const spec = { inputShape: [2, 2, 1], layers: [] } as const;
  const steps = { batchSize: 1, steps: 1 };
  const runs = { device: 'cpu', runs: 1 } as const;
  for (const [body, message] of [
    [() => profileNetwork(spec, undefined as never), /options of profileNetwork must be an object/],
    [
      () => profileNetwork(spec, { ...steps, step: 1 } as never),
      /option of profileNetwork.*'?step/,
    ],
    [() => profileNetwork(spec, { ...steps, signal: 5 as never }), /signal must be/],
    [() => profileOperation('relu', {}, undefined as never), /options of profileOperation must be/],
    [
      () => profileOperation('relu', {}, { ...runs, run: 3 } as never),
      /option of profileOperation/,
    ],
    [() => profileOperation('relu', {}, { ...runs, precision: 'half' as never }), /precision must/],
    [() => measureCeilings({ thread: 1 } as never), /option of measureCeilings must be one of/],
    [() => measureCeilings({ device: 'cpu', signal: 5 as never }), /signal must be an object/],
    [async () => parseSizes('relu', 5 as never), /the sizes must be a text, not 5/],
  ] as [() => Promise<unknown>, RegExp][]) {
    await t.throwsAsync(body, { instanceOf: InvalidArgumentError, message });
  }
});

test('a signal ends it', async (t) => {
  const controller = new AbortController();
  const running = profileOperation('dense', parseSizes('dense', 'batch=512,units=512'), {
    ...{ device: 'cpu', threads: 1, runs: 1000, signal: controller.signal },
  });
  setTimeout(() => controller.abort(), 50);
  await t.throwsAsync(running, { instanceOf: AbortError });
  await t.throwsAsync(measureCeilings({ device: 'cpu', signal: controller.signal }), {
    instanceOf: AbortError,
  });
});

test('ceilings of the CPU have no tensor cores', async (t) => {
  const ceilings = await measureCeilings({ device: 'cpu', threads: 1 });
  t.true(ceilings.float32FlopsPerSecond > 1e8);
  t.true(ceilings.copyBytesPerSecond > 1e7);
  t.is(ceilings.tf32FlopsPerSecond, 0);
  t.is(ceilings.threads, 1);
});
