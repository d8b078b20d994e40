import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative } from '../../src/native/addon.js';

const ints = (...values: number[]) => new Int32Array(values);
const floats = (...values: number[]) => new Float32Array(values);

test('batchNorm takes scale and offset or neither', (t) => {
  const y = floats(0, 0);
  const run = (scale?: Float32Array, offset?: Float32Array) => {
    callNative((addon) =>
      addon.batchNorm(1, 2, floats(3, 5), floats(1, 1), floats(3, 15), scale, offset, 1, y),
    );
    return [...y];
  };
  t.deepEqual(run(), [1, 1]);
  t.deepEqual(run(floats(2, 4), floats(10, 20)), [12, 24]);
  t.throws(() => run(floats()), {
    instanceOf: InvalidArgumentError,
    message: /scale must not be empty/,
  });
});

test('resizeBilinear and its gradient', (t) => {
  const y = floats(0, 0, 0, 0);
  callNative((addon) =>
    addon.resizeBilinear(ints(1, 1, 2, 1, 1, 4), false, false, floats(0, 8), y),
  );
  t.deepEqual([...y], [0, 4, 8, 8]);
  const dx = floats(0, 0);
  callNative((addon) =>
    addon.resizeBilinearGrad(ints(1, 1, 2, 1, 1, 4), false, false, floats(1, 2, 4, 8), dx),
  );
  t.deepEqual([...dx], [2, 13]);
  const both = () =>
    callNative((addon) =>
      addon.resizeBilinear(ints(1, 1, 2, 1, 1, 4), true, true, floats(0, 8), y),
    );
  t.throws(both, { message: /exclude each other/ });
});

test('depthwiseConv2d and its gradients', (t) => {
  // One row of three pixels, two channels, a kernel of two pixels.
  const sizes = ints(1, 1, 3, 2, 1, 2, 1, 1, 1, 1, 1, 0);
  const x = floats(1, 2, 3, 4, 5, 6);
  const w = floats(1, 10, 2, 20);
  const dy = floats(1, 1, 2, 3);
  const y = new Float32Array(4);
  const dx = new Float32Array(6);
  const dw = new Float32Array(4);
  callNative((addon) => addon.depthwiseConv2d(sizes, x, w, y));
  t.deepEqual([...y], [7, 100, 13, 160]);
  callNative((addon) => addon.depthwiseConv2dBackpropInput(sizes, dy, w, dx));
  t.deepEqual([...dx], [1, 10, 4, 50, 4, 60]);
  callNative((addon) => addon.depthwiseConv2dBackpropFilter(sizes, x, dy, dw));
  t.deepEqual([...dw], [7, 14, 13, 22]);
  const wrong = () =>
    callNative((addon) => addon.depthwiseConv2d(ints(1, 1, 3, 2, 1, 2, 1, 1, 1, 1, 1, 2), x, w, y));
  t.throws(wrong, { message: /the padding, must be 0 or 1/ });
});
