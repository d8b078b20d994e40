import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import test from 'ava';
import { cpuBackendName } from '../../src/tfjs/index.js';
import { root } from '../helpers/paths.js';
import { core, distance, shake, someNumbers, tf, weightsOf } from '../helpers/tfjs.js';

const { layers } = tf;
const [samples, classes, steps] = [40, 3, 50];

function cnn(): tfl.Sequential {
  const model = tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [8, 8, 2],
        filters: 5,
        kernelSize: 3,
        activation: 'relu',
        padding: 'same',
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.batchNormalization(),
      layers.conv2d({ filters: 4, kernelSize: 3 }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 7, activation: 'tanh' }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(0.01),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  shake(model);
  // Of random weights, a variance may be below 0.
  const ones = core.ones([5]);
  model.layers[2]!.setWeights([ones, core.neg(ones), core.zerosLike(ones), ones]);
  return model;
}

async function train(backendName: string) {
  core.setBackend(backendName);
  const x = core.tensor4d(someNumbers(samples * 128, 3), [samples, 8, 8, 2]);
  const labels = Int32Array.from({ length: samples }, (_, i) => (i * 7 + (i >> 2)) % classes);
  const y = core.tidy(() =>
    core.cast(core.oneHot(core.tensor1d(labels, 'int32'), classes), 'float32'),
  );
  const model = cnn();
  const curve: number[] = [];
  const { history } = await model.fit(x, y, {
    batchSize: 8,
    epochs: steps / (samples / 8),
    shuffle: false,
    verbose: 0,
    callbacks: {
      onBatchEnd: async (_, logs) => {
        curve.push(logs!['loss'] as number);
      },
    },
  });
  const predictions = Float32Array.from((model.predict(x) as Tensor).dataSync());
  const result = {
    curve,
    accuracy: history['acc'] as number[],
    weights: weightsOf(model),
    predictions,
  };
  model.dispose();
  core.dispose([x, y]);
  return result;
}

test.serial('model.fit has the loss curve of tfjs-backend-cpu, step by step', async (t) => {
  const [theirs, ours] = [await train('cpu'), await train(cpuBackendName)];
  t.is(ours.curve.length, steps);
  const far = distance([ours.curve], [theirs.curve]);
  t.true(far < 1e-4, `${far}`);
  t.deepEqual(ours.accuracy, theirs.accuracy);
  t.true(distance([ours.predictions], [theirs.predictions]) < 1e-4);
  t.true(distance(ours.weights, theirs.weights) < 1e-4);
  t.true(ours.curve.at(-1)! < 0.7 * ours.curve[0]!, 'it learns');
});

interface Differentiable {
  f: (x: Tensor) => Tensor;
  /** tfjs has no second derivative of it. */
  once?: true;
}

const functions: Record<string, Differentiable> = {
  relu: { f: (x) => core.square(core.relu(x)) },
  'relu of relu': { f: (x) => core.square(core.relu(core.sub(core.relu(x), 0.25))) },
  sigmoid: { f: (x) => core.square(core.sigmoid(x)) },
  softmax: { f: (x) => core.square(core.softmax(core.reshape(x, [4, 6]) as Tensor2D)) },
  elu: { f: (x) => core.square(core.elu(x)), once: true },
  maxPool: {
    f: (x) => core.square(core.maxPool(core.reshape(x, [1, 4, 6, 1]) as Tensor4D, 2, 2, 'valid')),
    once: true,
  },
};

/** The first derivative of the sum of f and, where there is one, of that one's weighted sum. */
function derivatives(backendName: string, { f, once }: Differentiable): Float32Array[] {
  core.setBackend(backendName);
  core.engine().startScope();
  const x = core.tensor1d(someNumbers(24, 5));
  const weights = core.tensor1d(someNumbers(24, 6));
  const first = core.grad((of: Tensor) => core.sum(f(of)) as Scalar);
  const second = core.grad((of: Tensor) => core.sum(core.mul(first(of), weights)) as Scalar);
  const values = (once ? [first] : [first, second]).map((of) =>
    Float32Array.from(of(x).dataSync()),
  );
  core.engine().endScope();
  return values;
}

for (const [name, one] of Object.entries(functions)) {
  test.serial(`the derivatives are those of tfjs-backend-cpu: ${name}`, (t) => {
    const [theirs, ours] = [derivatives('cpu', one), derivatives(cpuBackendName, one)];
    for (const [order, values] of ours.entries()) {
      const far = distance([values], [theirs[order]!]);
      t.true(far < 1e-5, `of order ${order + 1}: ${far}`);
      t.true(values.some((value) => value !== 0));
    }
  });
}

test.serial('a relu has the gradient of the backend that it runs on', async (t) => {
  const kernels = async (backendName: string) => {
    core.setBackend(backendName);
    const x = core.tensor1d([-1, 2]);
    const gradient = core.grad((of: Tensor) => core.sum(core.relu(of)) as Scalar);
    const { kernelNames } = await core.profile(() => gradient(x));
    return kernelNames.includes('ReluGrad');
  };
  t.true(await kernels(cpuBackendName));
  t.false(await kernels('cpu'));
});

test('10,000 iterations of a training loop leave nothing behind', (t) => {
  const script = join(root, 'dist/test/helpers/tfjs-loop.js');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', script], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  t.is(status, 0, stderr);
  const { tensors, bytes, megabytes, losses } = JSON.parse(stdout) as Record<string, number[]>;
  t.is(tensors![1], tensors![0]);
  t.is(bytes![1], bytes![0]);
  const growth = megabytes![1]! - megabytes![0]!;
  t.true(growth < 20, `${growth} MB`);
  t.true(losses![1]! < losses![0]!);
});
