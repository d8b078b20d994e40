import process from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import test from 'ava';
import '../../src/tfjs/index.js';

tf.enableProdMode();

/** The values of `body` on both backends, or that it throws. */
async function onBoth(body: () => tf.Tensor) {
  const results = [];
  for (const name of ['cpu', 'trialforge-cpu']) {
    await tf.setBackend(name);
    try {
      results.push(
        tf.tidy(() => {
          const y = body();
          return { shape: y.shape, dtype: y.dtype, values: Array.from(y.dataSync()) };
        }),
      );
    } catch {
      results.push('throws');
    }
  }
  return results;
}

const range = (...shape: number[]) => tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape);

const same: Record<string, () => tf.Tensor> = {
  'stack along the last axis': () => tf.stack([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])], -1),
  'stack along the last but one axis': () => tf.stack([range(2, 3), range(2, 3)], -2),
  'stack of scalars along the last axis': () => tf.stack([tf.scalar(1), tf.scalar(2)], -1),
  'a bias a row': () =>
    tf.fused.matMul({ a: range(3, 4), b: range(4, 3), bias: tf.tensor2d([[1], [2], [3]]) }),
  'a bias a matrix': () =>
    tf.fused.matMul({
      a: range(2, 3, 4) as tf.Tensor3D,
      b: range(2, 4, 2) as tf.Tensor3D,
      bias: range(2, 1, 1),
    }),
  'a bias of no columns': () =>
    tf.fused.matMul({ a: range(3, 4), b: tf.zeros([4, 0]), bias: tf.zeros([0]) }),
  'an activation that no backend has': () =>
    tf.fused.matMul({ a: range(2, 2), b: range(2, 2), activation: 'tanh' as never }),
  'prelu without weights': () =>
    tf.fused.matMul({ a: range(2, 2), b: range(2, 2), activation: 'prelu' }),
  'where of nothing with a scalar': () =>
    tf.where(tf.greater(tf.zeros([0]), 0), tf.zeros([0]), tf.scalar(1)),
  'reverse of an axis given twice': () => tf.reverse(range(2, 3), [0, 0]),
  'a repetition that is no integer': () => tf.tile(tf.ones([3], 'bool'), [1.5]),
  'one-hot rows of booleans': () =>
    tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3, true as never, false as never, 'bool'),
};

for (const [name, body] of Object.entries(same)) {
  test.serial(`${name}: as in tfjs-backend-cpu`, async (t) => {
    const [theirs, ours] = await onBoth(body);
    t.deepEqual(ours, theirs);
  });
}

// tfjs-backend-cpu gives fewer elements than the shape has here.
test.serial('matMul repeats batches in any dimension', async (t) => {
  await tf.setBackend('trialforge-cpu');
  const [a, b] = [range(2, 1, 3, 4), range(1, 3, 4, 2)];
  const y = tf.matMul(a, b);
  t.deepEqual(y.shape, [2, 3, 3, 2]);
  const whole = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]));
  t.deepEqual(y.dataSync(), whole.dataSync());
});

test.serial('a dilation far beyond the image takes no memory', async (t) => {
  await tf.setBackend('trialforge-cpu');
  const before = process.memoryUsage().rss;
  const x = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
  const y = tf.conv2d(x, tf.ones([2, 2, 1, 1]) as tf.Tensor4D, 1, 'same', 'NHWC', 20000);
  t.is(y.size, 9);
  t.true(process.memoryUsage().rss - before < 2 ** 27);
});

test.serial('what a kernel made before it threw is given back', async (t) => {
  await tf.setBackend('trialforge-cpu');
  const ids = tf.backend().numDataIds();
  const x = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
  t.throws(() => tf.image.resizeBilinear(x, [-2, -2]));
  x.dispose();
  t.is(tf.backend().numDataIds(), ids);
});

test.serial('sizes that nobody asks for again do not stay', async (t) => {
  await tf.setBackend('trialforge-cpu');
  const kept = () => (tf.memory() as unknown as { numBytesInPool: number }).numBytesInPool;
  const until = Date.now() + 4000;
  let made = 0;
  let most = 0;
  for (let n = 100_000; Date.now() < until; n++) {
    tf.tidy(() => void tf.mul(tf.zeros([n]), 2));
    made += 4 * n;
    most = Math.max(most, kept());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // Two periods of them at most, with room for a slow machine.
  t.true(most < 0.75 * made, `${most} of ${made} bytes`);
});
