import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative } from '../../src/native/addon.js';
import type { NativeTensor } from '../../src/native/operations.js';

const ints = (...values: number[]) => new Int32Array(values);

test('stridedCopy transposes arrays of every type', (t) => {
  for (const ArrayType of [Float32Array, Int32Array, Uint8Array]) {
    const from: NativeTensor = ArrayType.from([1, 2, 3, 4, 5, 6]);
    const to: NativeTensor = new ArrayType(6);
    callNative((addon) => addon.stridedCopy(ints(3, 2), ints(1, 3), 0, ints(2, 1), 0, from, to));
    t.deepEqual([...to], [1, 4, 2, 5, 3, 6]);
  }
});

test('stridedCopy takes offsets, and views of a larger buffer', (t) => {
  const memory = new Float32Array(20);
  const from = memory.subarray(2, 6);
  from.set([1, 2, 3, 4]);
  const to = memory.subarray(10, 16);
  callNative((addon) => addon.stridedCopy(ints(2), ints(-2), 3, ints(1), 4, from, to));
  t.deepEqual([...to], [0, 0, 0, 0, 4, 2]);
});

test('stridedCopy refuses what does not fit', (t) => {
  const x = new Float32Array(4);
  const run = (shape: Int32Array, offset: number, to: NativeTensor) => () =>
    callNative((addon) => addon.stridedCopy(shape, ints(1), offset, ints(1), 0, x, to));
  t.throws(run(ints(5), 0, new Float32Array(5)), {
    instanceOf: InvalidArgumentError,
    message: /from has 4 elements, but the box covers 0 to 4/,
  });
  t.throws(run(ints(1), 0.5, new Float32Array(5)), { message: /fromOffset must be a 32-bit/ });
  t.throws(run(ints(1), 0, new Int32Array(5)), { message: /to must be float32, not int32/ });
  t.throws(run(ints(1), 0, new Float64Array(5) as unknown as NativeTensor), {
    message: /to must be a Float32Array, an Int32Array or a Uint8Array/,
  });
});

test('gather takes rows and names a wrong index', (t) => {
  const x = new Float32Array([1, 2, 3, 4, 5, 6]);
  const y = new Float32Array(4);
  callNative((addon) => addon.gather(ints(1, 1, 3, 2, 2), x, ints(2, 0), y));
  t.deepEqual([...y], [5, 6, 1, 2]);
  const wrong = () => callNative((addon) => addon.gather(ints(1, 1, 3, 2, 2), x, ints(0, 3), y));
  t.throws(wrong, { message: /indices\[1\] must be in \[0, 3\), not 3/ });
  const few = () => callNative((addon) => addon.gather(ints(1, 1, 3, 2), x, ints(0, 3), y));
  t.throws(few, { message: /sizes must have 5 elements, not 4/ });
});

test('oneHot marks the indices that there are', (t) => {
  const y = new Int32Array(6);
  callNative((addon) => addon.oneHot(2, 7, -1, ints(1, 2, 0), y));
  t.deepEqual([...y], [-1, 7, -1, -1, 7, -1]);
});
