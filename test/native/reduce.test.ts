import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative } from '../../src/native/addon.js';
import type { HostArray } from '../../src/native/dtype.js';
import { argOps, type ReduceOp, reduceOps } from '../../src/native/reduce.js';

function reduced<T extends HostArray>(op: ReduceOp, x: T, y: T): number[] {
  callNative((addon) => addon.reduce(reduceOps.indexOf(op), 2, x.length / 2, 1, x, y));
  return [...y];
}

test('reduce knows its operations by their index', (t) => {
  const x = new Float32Array([1, 2, 4, -3, 5, 4]);
  const of = (op: ReduceOp) => reduced(op, x, new Float32Array(2));
  t.deepEqual(of('sum'), [7, 6]);
  t.deepEqual(of('mean'), [Math.fround(7 / 3), 2]);
  t.deepEqual(of('max'), [4, 5]);
  t.deepEqual(of('min'), [1, -3]);
  t.deepEqual(of('prod'), [8, -60]);
  const bits = new Uint8Array([1, 0, 1, 1]);
  t.deepEqual(reduced('all', bits, new Uint8Array(2)), [0, 1]);
  t.deepEqual(reduced('any', bits, new Uint8Array(2)), [1, 1]);
  t.deepEqual(reduced('sum', new Int32Array([2 ** 31 - 1, 1, 2, 3]), new Int32Array(2)), [
    -(2 ** 31),
    5,
  ]);
});

test('argReduce finds the first extreme of an axis', (t) => {
  const x = new Float32Array([1, 5, 3, 5, 3, 0]);
  const y = new Int32Array(2);
  callNative((addon) => addon.argReduce(argOps.indexOf('max'), 1, 3, 2, x, y));
  t.deepEqual([...y], [1, 0]);
  callNative((addon) => addon.argReduce(argOps.indexOf('min'), 1, 3, 2, x, y));
  t.deepEqual([...y], [0, 2]);
});

test('reduce refuses what it cannot do', (t) => {
  const x = new Float32Array(2);
  const run = (op: number) => () => callNative((addon) => addon.reduce(op, 1, 2, 1, x, x));
  t.throws(run(7), { instanceOf: InvalidArgumentError, message: /op must be in \[0, 7\), not 7/ });
  t.throws(run(reduceOps.indexOf('all')), { message: /all takes no float32/ });
});

test('softmax and logSoftmax work on rows', (t) => {
  const x = new Float32Array([0, Math.log(3), 2, 2]);
  const y = new Float32Array(4);
  const near = (expected: number[]) =>
    t.true(expected.every((value, i) => Math.abs(value - (y[i] as number)) < 1e-6));
  callNative((addon) => addon.softmax(2, 2, x, y));
  near([0.25, 0.75, 0.5, 0.5]);
  callNative((addon) => addon.logSoftmax(2, 2, x, y));
  near([Math.log(0.25), Math.log(0.75), Math.log(0.5), Math.log(0.5)]);
});
