import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { cpuBackendName, getThreadsCount, setThreadsCount } from '../../src/tfjs/index.js';
import { core, someNumbers } from '../helpers/tfjs.js';

function numbers(shape: number[], seed: number): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return core.tensor(someNumbers(size, seed), shape);
}

test.before(() => {
  core.setBackend(cpuBackendName);
});

const operations: Record<string, () => Tensor> = {
  conv2d: () =>
    core.conv2d(
      numbers([5, 29, 31, 7], 1) as Tensor4D,
      numbers([3, 3, 7, 19], 2) as Tensor4D,
      1,
      'same',
    ),
  'the gradient of a filter': () => {
    const x = numbers([5, 29, 31, 7], 1) as Tensor4D;
    const loss = (filter: Tensor) => core.sum(core.conv2d(x, filter as Tensor4D, 1, 'valid'));
    return core.grad(loss)(numbers([3, 3, 7, 19], 2));
  },
  matMul: () => core.matMul(numbers([301, 203], 1) as Tensor2D, numbers([203, 157], 2) as Tensor2D),
  'the sum of all': () => core.sum(numbers([123_457], 1)),
  'sums of columns': () => core.sum(numbers([3001, 41], 1), 0),
  softmax: () => core.softmax(numbers([3001, 41], 1) as Tensor2D),
};

for (const [name, operation] of Object.entries(operations)) {
  test.serial(`any number of threads gives the same bits: ${name}`, (t) => {
    const [one, ...others] = [1, 2, 3, 7].map((threads) => {
      setThreadsCount(threads);
      t.is(getThreadsCount(), threads);
      return new Uint8Array(core.tidy(operation).dataSync().slice().buffer);
    });
    for (const other of others) t.deepEqual(other, one);
  });
}

for (const threads of [0, -1, 1.5, 1025, Number.NaN, '2', undefined]) {
  test.serial(`refuses ${typeof threads} ${threads} as a number of threads`, (t) => {
    setThreadsCount(2);
    const error = t.throws(() => setThreadsCount(threads as number), {
      instanceOf: InvalidArgumentError,
    });
    t.regex(error.message, /threads/);
    t.is(getThreadsCount(), 2);
  });
}
