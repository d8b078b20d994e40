import '../../helpers/emulated-addon.js';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import test from 'ava';
import type { CudaMemory, TrialforgeCudaBackend } from '../../../src/tfjs/cuda-backend.js';
import { cpuBackendName, cudaBackendName, fitFast } from '../../../src/tfjs/index.js';
import { core, distance, shake, someNumbers, tf, weightsOf } from '../../helpers/tfjs.js';

const memory = () =>
  core.memory() as unknown as CudaMemory & {
    numTensors: number;
    numDataBuffers: number;
    numBytes: number;
  };
const backend = () => core.backend() as TrialforgeCudaBackend;
const size = 1000;

const warnings: string[] = [];
console.warn = (...text: unknown[]) => void warnings.push(text.join(' '));

test.beforeEach(() => {
  core.setBackend(cudaBackendName);
});

/** A kernel that the engine does not have. */
const forwarded = (x: Tensor) => core.cumsum(x) as Tensor;
/** One that runs on the device. */
const onDevice = (x: Tensor): Tensor =>
  core.tidy(() => core.softmax(core.reshape(x, [1, x.size]) as Tensor2D));

test.serial('tensors go to the device when a kernel needs them there, and back when read', (t) => {
  const before = memory();
  t.false(before.unreliable);
  const values = someNumbers(size, 3);
  const x = core.tensor1d(values);
  t.is(memory().numBytesOnDevice, before.numBytesOnDevice, 'nobody needs it there yet');
  t.deepEqual(x.dataSync(), values);
  const y = onDevice(x);
  const live = memory();
  t.is(live.numBytesOnDevice - before.numBytesOnDevice, 2 * 4 * size);
  t.is(live.numBytes - before.numBytes, 2 * 4 * size);
  t.deepEqual(x.dataSync(), values);
  const sum = Float32Array.from(y.dataSync()).reduce((a, b) => a + b, 0);
  t.true(Math.abs(sum - 1) < 1e-5, `${sum}`);
  t.is(memory().numBytesOnDevice, live.numBytesOnDevice, 'reading moves nothing');
  const ids = backend().numDataIds();
  y.dispose();
  t.is(backend().numDataIds(), ids - 1);
  t.is(memory().numBytesOnDevice - before.numBytesOnDevice, 4 * size, 'disposing frees at once');
  x.dispose();
  t.is(memory().numBytesOnDevice, before.numBytesOnDevice);
  t.is(memory().numTensors, before.numTensors);
  t.is(memory().numDataBuffers, before.numDataBuffers);
});

test.serial('what a user holds stays as it is', async (t) => {
  const values = someNumbers(size, 3);
  const x = core.tensor1d(values);
  const y = onDevice(x);
  const held = [y.dataSync(), await y.data(), y.bufferSync().values as Float32Array];
  const expected = held[0]!.slice();
  for (const array of held) {
    t.deepEqual(array, expected);
    array.fill(9);
    t.deepEqual(y.dataSync(), expected, 'an array of its own');
  }
  const pending = y.data();
  y.dispose();
  core.tidy(() => void onDevice(core.zeros([size])).dataSync());
  t.deepEqual(await pending, expected);
  t.deepEqual(values, someNumbers(size, 3));
  x.dispose();
});

test.serial('views share the elements and free them with the last of them', (t) => {
  const before = memory();
  const ids = backend().numDataIds();
  const y = core.tidy(() => onDevice(core.ones([size])));
  const views = [core.reshape(y, [size]), core.clone(y), core.expandDims(y, 0)];
  y.dispose();
  t.is(backend().numDataIds(), ids + 1);
  t.is(memory().numBytesOnDevice - before.numBytesOnDevice, 4 * size);
  for (const view of views) t.true(Math.abs(view.dataSync()[size - 1]! - 1 / size) < 1e-8);
  core.dispose(views);
  t.is(backend().numDataIds(), ids);
  t.is(memory().numBytesOnDevice, before.numBytesOnDevice);
});

test.serial(
  'other kernels run as in tfjs-backend-cpu, counted, with one warning each',
  async (t) => {
    const count = () => memory().forwardedKernels['Cumsum'] ?? 0;
    warnings.length = 0;
    const before = count();
    const x = core.tensor1d([3, 1, 2]);
    const y = core.reshape(onDevice(x), [3]);
    const sums = forwarded(y);
    t.true(Math.abs(sums.dataSync()[2]! - 1) < 1e-6);
    const again = core.tidy(() => onDevice(forwarded(y)).dataSync());
    t.is(again.length, 3);
    t.is(count() - before, 2);
    t.is(warnings.filter((text) => text.includes('Cumsum')).length, 1);
    const profile = await core.profile(() => forwarded(onDevice(x)));
    const info = (name: string) =>
      (profile.kernels.find((one) => one.name === name) as { extraInfo?: string }).extraInfo;
    t.is(info('Cumsum'), 'Cumsum ran on the CPU');
    t.is(info('Softmax'), '');
    core.dispose([x, y, sums, profile.result as Tensor]);
  },
);

test.serial('making tensors of nothing is not forwarding', (t) => {
  const { forwardedKernels } = memory();
  core.tidy(() => void core.range(0, 5).dataSync());
  t.is(memory().forwardedKernels['Range'], forwardedKernels['Range']);
});

test.serial('time() waits for the device', async (t) => {
  const x = core.ones([200, 50]);
  const { kernelMs, wallMs } = await core.time(() => core.tidy(() => void onDevice(x)));
  t.true((kernelMs as number) > 0);
  t.true(wallMs >= (kernelMs as number));
  x.dispose();
});

test.serial('epsilon and floatPrecision are those of float32', (t) => {
  t.is(backend().floatPrecision(), 32);
  t.is(backend().epsilon(), 1e-7);
});

test.serial('complex numbers and strings stay on the host', (t) => {
  const before = memory();
  core.tidy(() => {
    const [re, im] = [onDevice(core.tensor1d([1, 1])), onDevice(core.tensor1d([0, 0]))];
    const z = core.complex(re, im);
    t.deepEqual(z.dataSync(), Float32Array.of(0.5, 0.5, 0.5, 0.5));
    t.deepEqual(core.real(z).dataSync(), Float32Array.of(0.5, 0.5));
    t.deepEqual(core.imag(z).dataSync(), Float32Array.of(0.5, 0.5));
    const text = core.tensor1d(['a', 'b\u00fc']);
    t.deepEqual(core.tile(text, [2]).dataSync() as unknown, ['a', 'b\u00fc', 'a', 'b\u00fc']);
  });
  t.is(memory().numBytesOnDevice, before.numBytesOnDevice);
  t.is(memory().numDataBuffers, before.numDataBuffers);
});

test.serial('tensors move between backends with their values', (t) => {
  const x = core.tidy(() => onDevice(core.tensor1d(someNumbers(size, 3))));
  const values = x.dataSync();
  const before = memory().numBytesOnDevice;
  for (const name of ['cpu', cudaBackendName, cpuBackendName, cudaBackendName]) {
    core.setBackend(name);
    const y = core.tidy(() => core.add(x, 0));
    t.deepEqual(y.dataSync(), values, name);
    y.dispose();
  }
  x.dispose();
  t.is(memory().numBytesOnDevice, before - 4 * size);
});

for (const [from, to] of [
  ['cpu', cpuBackendName],
  ['cpu', cudaBackendName],
  [cpuBackendName, cudaBackendName],
  [cudaBackendName, cpuBackendName],
] as const) {
  test.serial(`complex tensors move from ${from} to ${to} with both parts`, (t) => {
    const ids = [from, to].map((name) => core.findBackend(name).numDataIds());
    core.setBackend(from);
    const z = core.tidy(() => core.complex([1, 2, 3, 4], [5, 6, 7, 8]));
    const square = core.reshape(z, [2, 2]);
    core.setBackend(to);
    core.tidy(() => {
      const twice = core.add(z, z);
      t.deepEqual(core.real(twice).dataSync(), Float32Array.of(2, 4, 6, 8));
      t.deepEqual(core.imag(z).dataSync(), Float32Array.of(5, 6, 7, 8));
      t.deepEqual(core.imag(square).arraySync() as unknown, [
        [5, 6],
        [7, 8],
      ]);
    });
    z.dispose();
    t.deepEqual(square.dataSync(), Float32Array.of(1, 5, 2, 6, 3, 7, 4, 8));
    square.dispose();
    t.deepEqual(
      [from, to].map((name) => core.findBackend(name).numDataIds()),
      ids,
    );
  });
}

test.serial('tensors without elements pass through', (t) => {
  core.tidy(() => {
    const none = core.tensor2d([], [0, 3]);
    t.deepEqual(core.relu(none).shape, [0, 3]);
    t.deepEqual(core.add(none, core.ones([1, 3])).shape, [0, 3]);
    t.deepEqual(core.concat([none, core.ones([2, 3]) as Tensor2D]).shape, [2, 3]);
    t.deepEqual(core.sum(none, 0).dataSync(), Float32Array.of(0, 0, 0));
    t.deepEqual(core.softmax(core.zeros([0, 3]) as Tensor2D).shape, [0, 3]);
    t.deepEqual(core.matMul(core.ones([2, 0]) as Tensor2D, none).dataSync(), new Float32Array(6));
  });
});

test.serial('an index outside is found where the indices are on the host', (t) => {
  const before = memory().numDataBuffers;
  t.throws(() => core.tidy(() => core.gather(core.ones([4]), core.tensor1d([0, 4], 'int32'))), {
    message: 'GatherV2: the index value 4 is not in [0, 3]',
  });
  t.is(memory().numDataBuffers, before);
});

test.serial('relu has a gradient of one kernel', async (t) => {
  const x = core.tensor1d([-1, 2]);
  const gradient = core.grad((of: Tensor) => core.sum(core.relu(of)) as Scalar);
  const { kernelNames, result } = await core.profile(() => gradient(x));
  t.true(kernelNames.includes('ReluGrad'));
  t.deepEqual((result as Tensor).dataSync(), Float32Array.of(0, 1));
  core.dispose([x, result as Tensor]);
});

const classes = 3;

async function train(backendName: string, isFast = false) {
  core.setBackend(backendName);
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  shake(model);
  const x = core.tensor4d(someNumbers(8 * 36, 3), [8, 6, 6, 1]);
  const labels = core.tensor1d(
    Int32Array.from({ length: 8 }, (_, i) => i % classes),
    'int32',
  );
  const y = core.tidy(() => core.cast(core.oneHot(labels, classes), 'float32')) as Tensor2D;
  const options = { batchSize: 4, epochs: 2, shuffle: false, verbose: 0 as const };
  const { history } = await (isFast
    ? fitFast(model as never, x, y, options)
    : model.fit(x, y, options));
  const weights = weightsOf(model);
  model.dispose();
  core.dispose([x, labels, y]);
  return { loss: history['loss'] as number[], weights };
}

for (const isFast of [false, true]) {
  test.serial(`${isFast ? 'fitFast' : 'model.fit'} trains a model as on the CPU`, async (t) => {
    const theirs = await train('cpu');
    const ours = await train(cudaBackendName, isFast);
    t.true(distance([ours.loss], [theirs.loss]) < 1e-4);
    t.true(distance(ours.weights, theirs.weights) < 1e-4);
  });
}

test.serial('a loop leaves nothing behind', (t) => {
  const x = core.tensor1d(someNumbers(50, 1)) as Tensor1D;
  const step = () => core.tidy(() => void core.sum(forwarded(onDevice(x))).dataSync());
  step();
  const [before, ids] = [memory(), backend().numDataIds()];
  for (let i = 0; i < 50; i++) step();
  const after = memory();
  t.is(after.numBytesOnDevice, before.numBytesOnDevice);
  t.is(after.numDataBuffers, before.numDataBuffers);
  t.is(backend().numDataIds(), ids);
  x.dispose();
});
