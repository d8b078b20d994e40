import { setTimeout } from 'node:timers/promises';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import test from 'ava';
import type { TrialforgeCpuBackend } from '../../src/tfjs/cpu-backend.js';
import { cpuBackendName } from '../../src/tfjs/index.js';
import { core, someNumbers } from '../helpers/tfjs.js';

interface Memory {
  numBytesInPool: number;
  numTensors: number;
  numDataBuffers: number;
  numBytes: number;
  unreliable: boolean;
}

/** Of the engine of tfjs, with what the backend adds. */
const memory = () => core.memory() as unknown as Memory;
const backend = () => core.backend() as TrialforgeCpuBackend;

/** Large enough for its memory to serve again. */
const size = 5000;

test.beforeEach(() => {
  core.setBackend(cpuBackendName);
});

/** Makes tensors of the size of those that were disposed, which write over their memory. */
function overwrite(): void {
  for (let round = 0; round < 3; round++) {
    core.tidy(() => {
      for (let i = 0; i < 20; i++) {
        core.fill([size], 0);
        core.neg(core.fill([size], -77));
        core.cast(core.fill([size], 55), 'int32');
        core.logicalNot(core.cast(core.fill([size], 0), 'bool'));
      }
    });
  }
}

test.serial('memory() counts what lives, and what waits in the pool', async (t) => {
  const before = memory();
  t.false(before.unreliable);
  t.is((before as { reasons?: string[] }).reasons?.length ?? 0, 0);
  const x = core.ones([size]);
  const y = core.neg(x);
  const live = memory();
  t.is(live.numBytes - before.numBytes, 2 * 4 * size);
  t.is(live.numTensors - before.numTensors, 2);
  const ids = backend().numDataIds();
  y.dispose();
  t.is(backend().numDataIds(), ids - 1, 'disposeData frees at once');
  const after = memory();
  t.is(after.numBytes - before.numBytes, 4 * size);
  t.is(after.numBytesInPool - live.numBytesInPool, 4 * size);
  const again = core.neg(x);
  t.is(memory().numBytesInPool, live.numBytesInPool, 'the next tensor gets it');
  core.dispose([x, again]);
  t.is(memory().numTensors, before.numTensors);
  t.is(memory().numDataBuffers, before.numDataBuffers);
  const deadline = Date.now() + 10_000;
  while (memory().numBytesInPool > 0 && Date.now() < deadline) await setTimeout(100);
  t.is(memory().numBytesInPool, 0, 'given back when nobody asks');
});

test.serial('views share one buffer and free it with the last of them', (t) => {
  const ids = backend().numDataIds();
  const x = core.tidy(() => core.neg(core.ones([size])));
  const views = [core.reshape(x, [size, 1]), core.clone(x), core.expandDims(x, 0)];
  const { numBytesInPool } = memory();
  x.dispose();
  t.is(backend().numDataIds(), ids + 1);
  t.is(memory().numBytesInPool, numBytesInPool);
  overwrite();
  for (const view of views) t.true(view.dataSync().every((value) => value === -1));
  core.dispose(views);
  t.is(backend().numDataIds(), ids);
});

test.serial('epsilon and floatPrecision are those of float32', (t) => {
  t.is(backend().floatPrecision(), 32);
  t.is(backend().epsilon(), 1e-7);
});

test.serial('time() and profile() tell what a function does', async (t) => {
  const x = core.ones([200, 200]) as Tensor2D;
  const time = await core.time(() => {
    for (let i = 0; i < 20; i++) core.matMul(x, x).dispose();
  });
  t.true((time.kernelMs as number) > 0);
  t.true(time.wallMs >= (time.kernelMs as number));
  const profile = await core.profile(() => core.relu(core.matMul(x, x)));
  t.deepEqual(profile.kernelNames, ['BatchMatMul', 'Relu']);
  t.deepEqual(
    profile.kernels.map(({ outputShapes }) => outputShapes),
    [[[200, 200]], [[200, 200]]],
  );
  t.is(profile.newBytes, 2 * 4 * 200 * 200);
  t.is(profile.newTensors, 2);
  core.dispose([x, profile.result as Tensor]);
});

/** How a user comes by an array, and what it must keep. */
const holders: Record<string, (x: Tensor) => Promise<ArrayLike<number>> | ArrayLike<number>> = {
  dataSync: (x) => x.dataSync(),
  data: (x) => x.data(),
  'bufferSync().values': (x) => x.bufferSync().values as Float32Array,
  'buffer().values': async (x) => (await x.buffer()).values as Float32Array,
  'dataSync of a slice': (x) => core.tidy(() => core.slice(x, [0], [size]).dataSync()),
  'dataSync of a reshaped view': (x) => core.tidy(() => core.reshape(x, [size, 1]).dataSync()),
  'dataSync of a clone': (x) => core.tidy(() => core.clone(x).dataSync()),
  'dataSync of one of unstack': (x) =>
    core.tidy(() => core.unstack(core.stack([x, x]))[1]!.dataSync()),
  'dataSync of one of split': (x) =>
    core.tidy(() => core.split(core.concat([x as Tensor1D, x as Tensor1D]), 2)[1]!.dataSync()),
  'dataSync of the real part': (x) => core.tidy(() => core.real(core.complex(x, x)).dataSync()),
  'dataSync of a cast to its own type': (x) => core.tidy(() => core.cast(x, x.dtype).dataSync()),
  'dataSync after another backend had it': (x) => {
    core.setBackend('cpu');
    const values = core.tidy(() => core.add(x, 0).dataSync());
    core.setBackend(cpuBackendName);
    return values;
  },
  'dataSync before another backend had it': (x) => {
    const values = x.dataSync();
    core.setBackend('cpu');
    core.tidy(() => core.add(x, 1));
    core.setBackend(cpuBackendName);
    core.tidy(() => core.add(x, 1));
    return values;
  },
};

for (const [name, hold] of Object.entries(holders)) {
  test.serial(`what a user holds stays as it is: ${name}`, async (t) => {
    const values = someNumbers(size, 3);
    const made = core.tidy(() => core.neg(core.neg(core.tensor1d(values))));
    const held = await hold(made);
    made.dispose();
    overwrite();
    t.deepEqual(Float32Array.from(held), values);
  });
}

test.serial('an array given to tf.tensor is neither written to nor recycled', (t) => {
  const values = someNumbers(size, 3);
  const copy = values.slice();
  const x = core.tensor1d(values);
  core.tidy(() => {
    core.relu(core.reshape(x, [size, 1]));
    core.add(x, x);
  });
  x.dispose();
  overwrite();
  t.deepEqual(values, copy);
});

test.serial('a variable and its gradients keep their values', (t) => {
  const w = core.variable(core.tidy(() => core.neg(core.ones([size]))));
  const { grads, value } = core.variableGrads(() => core.sum(core.square(w)) as never, [w]);
  const held = grads[w.name]!.dataSync();
  w.assign(core.tidy(() => core.sub(w, grads[w.name]!)));
  core.dispose([value, grads[w.name]!]);
  overwrite();
  t.true(held.every((one) => one === -2));
  t.true(w.dataSync().every((one) => one === 1));
  w.dispose();
});

test.serial('tensors move between backends with their values', (t) => {
  const values = someNumbers(size, 3);
  const x = core.tidy(() => core.neg(core.tensor1d(values)));
  for (let turn = 0; turn < 3; turn++) {
    for (const name of ['cpu', cpuBackendName]) {
      core.setBackend(name);
      const y = core.tidy(() => core.neg(x));
      overwrite();
      t.deepEqual(y.dataSync(), values);
      y.dispose();
    }
  }
  x.dispose();
});

test.serial('views of a complex tensor keep their shapes', (t) => {
  core.tidy(() => {
    const z = core.complex([1, 2, 3, 4], [5, 6, 7, 8]);
    const square = core.reshape(z, [2, 2]);
    for (const { shape } of [core.real(z), core.abs(z), core.cast(z, 'float32')])
      t.deepEqual(shape, [4]);
    for (const { shape } of [core.imag(square), core.real(core.fft(square))])
      t.deepEqual(shape, [2, 2]);
  });
});

test.serial('a tensor of bool is cast to numbers and back', (t) => {
  const x = core.tensor1d([true, false, true], 'bool');
  t.deepEqual(core.cast(x, 'float32').dataSync(), Float32Array.of(1, 0, 1));
  t.deepEqual(core.cast(x, 'int32').dataSync(), Int32Array.of(1, 0, 1));
  t.deepEqual(core.cast(core.tensor1d([0, -2, 0.5]), 'bool').dataSync(), Uint8Array.of(0, 1, 1));
  t.deepEqual(core.mul(x, 2.5).dataSync(), Float32Array.of(2.5, 0, 2.5));
  t.deepEqual(core.sum(x).dataSync(), Int32Array.of(2));
});

test.serial('tensors without elements pass through', (t) => {
  const none = core.tensor2d([], [0, 3]);
  t.deepEqual(core.relu(none).shape, [0, 3]);
  t.deepEqual(core.add(none, core.ones([1, 3])).shape, [0, 3]);
  t.deepEqual(core.concat([none, core.ones([2, 3]) as Tensor2D]).shape, [2, 3]);
  t.deepEqual(core.sum(none, 0).dataSync(), Float32Array.of(0, 0, 0));
  t.deepEqual(core.transpose(none).shape, [3, 0]);
  t.deepEqual(core.matMul(core.ones([2, 0]) as Tensor2D, none).dataSync(), new Float32Array(6));
  t.deepEqual(core.slice(core.ones([4]), [2], [0]).dataSync(), new Float32Array(0));
});

test.serial('a kernel that throws leaks nothing', (t) => {
  const x = core.ones([size, 2]);
  const indices = core.tensor1d([0, size, 1], 'int32');
  const failing = () => core.tidy(() => core.gather(core.neg(x), indices));
  t.throws(failing, { message: `GatherV2: the index value ${size} is not in [0, ${size - 1}]` });
  const before = { ...memory(), ids: backend().numDataIds() };
  for (let i = 0; i < 10; i++) t.throws(failing);
  t.deepEqual({ ...memory(), ids: backend().numDataIds() }, before);
  t.throws(() => core.tidy(() => core.add(core.ones([3]), core.ones([4]))), {
    message: /could not be broadcast/,
  });
  t.is(backend().numDataIds(), before.ids);
  core.dispose([x, indices]);
});
