import '../helpers/emulated-addon.js';
import test from 'ava';
import {
  DeviceUnavailableError,
  InvalidArgumentError,
  OutOfMemoryError,
} from '../../src/errors.js';
import { callNative, native, typedError } from '../../src/native/addon.js';
import type { DeviceTensor } from '../../src/native/device-tensor.js';
import type { HostArray, NativeType } from '../../src/native/dtype.js';

function made(dtype: NativeType, length: number, values?: HostArray, device = 0): DeviceTensor {
  return callNative((addon) => new addon.DeviceTensor(device, dtype, length, values));
}

const numbers = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i));
const arrays = {
  float32: numbers,
  int32: Int32Array.from(numbers, (x) => 1000 * x),
  bool: Uint8Array.from(numbers, (x) => (x > 0 ? 1 : 0)),
};

for (const [dtype, values] of Object.entries(arrays) as [NativeType, HostArray][]) {
  test(`${dtype} goes to the device and back`, async (t) => {
    for (const length of [0, 1, 7, 300, 3000]) {
      const part = values.slice(0, length);
      const x = made(dtype, length, part);
      t.is(x.length, length);
      t.is(x.dtype, dtype);
      t.deepEqual(x.download(), part);
      t.deepEqual(await x.read(), part);
      t.not(x.download(), x.download());
      x.upload(part.toReversed());
      t.deepEqual(x.download(), part.toReversed());
      x.dispose();
      x.dispose();
    }
  });
}

test('a read has what was submitted before it', async (t) => {
  const x = made('float32', 30_000);
  for (let round = 0; round < 20; round++) {
    x.fill(-1);
    x.fill(round);
    t.true((await x.read()).every((value) => value === round));
  }
  x.dispose();
});

test('a tensor may be disposed and its memory used again while it is read', async (t) => {
  const x = made('float32', 3000, numbers);
  const reads = [x.read(), x.read()];
  x.dispose();
  const others = Array.from({ length: 5 }, () => made('float32', 3000, new Float32Array(3000)));
  for (const read of reads) t.deepEqual(await read, numbers);
  for (const other of others) other.dispose();
});

test('operations run where their tensors are', (t) => {
  const x = made('float32', 12, numbers.slice(0, 12));
  const y = made('float32', 12);
  const onHost = new Float32Array(12);
  callNative((addon) => {
    addon.softmax(3, 4, x, y);
    addon.softmax(3, 4, numbers.slice(0, 12), onHost);
    addon.synchronize(0);
  });
  const largest = Math.max(...(y.download() as Float32Array).map((v, i) => v - onHost[i]!));
  t.true(Math.abs(largest) < 1e-6);
  x.dispose();
  y.dispose();
});

const bad: Record<string, (x: DeviceTensor) => unknown> = {
  'a length below 0': () => made('float32', -1),
  'a fractional length': () => made('float32', 1.5),
  'no length': () => made('float32', undefined as never),
  'another type': () => made('float64' as never, 1),
  'no type': () => made(null as never, 1),
  'no device': () => made('float32', 1, undefined, null as never),
  'fewer values': () => made('float32', 3, new Float32Array(2)),
  'values of another type': () => made('float32', 2, new Int32Array(2)),
  'values that are none': () => made('float32', 2, [1, 2] as never),
  'an upload of another length': (x) => x.upload(new Float32Array(3)),
  'an upload of nothing': (x) => x.upload(null as never),
  'an upload of a device tensor': (x) => x.upload(x as never),
  'a fill with text': (x) => x.fill('a' as never),
  'a typed array among device tensors': (x) => native().softmax(1, 2, x, new Float32Array(2)),
  'a device tensor among typed arrays': (x) => native().softmax(1, 2, new Float32Array(2), x),
  'nothing among device tensors': (x) => native().softmax(1, 2, null as never, x),
  'an object that is none': (x) => native().softmax(1, 2, {} as never, x),
  'an object that inherits from one': (x) => native().softmax(1, 2, Object.create(x) as never, x),
  'too few elements': (x) => native().softmax(2, 2, x, x),
  'a type that the operation has not': (x) => native().softmax(1, 2, x, made('int32', 2)),
  'no device to wait for': () => native().synchronize('0' as never),
};

for (const [name, body] of Object.entries(bad)) {
  test(`refuses ${name}`, (t) => {
    const x = made('float32', 2, Float32Array.of(1, 2));
    const error = t.throws(() => callNative(() => body(x)));
    t.true(typedError(error) instanceof InvalidArgumentError, `${error}`);
    t.deepEqual(x.download(), Float32Array.of(1, 2));
    x.dispose();
  });
}

test('a disposed tensor says so', (t) => {
  const x = made('float32', 2, Float32Array.of(1, 2));
  x.dispose();
  const y = made('float32', 2);
  for (const use of [
    () => x.download(),
    () => x.read(),
    () => x.upload(Float32Array.of(1, 2)),
    () => x.fill(1),
    () => native().softmax(1, 2, x, y),
    () => native().softmax(1, 2, y, x),
  ]) {
    t.throws(() => callNative(use), { instanceOf: InvalidArgumentError, message: /disposed/ });
  }
  t.is(x.length, 2);
  y.dispose();
});

test('methods refuse another receiver', (t) => {
  const x = made('float32', 2);
  const dataset = Object.create(native().NativeDataset.prototype);
  for (const receiver of [{}, Object.create(x), dataset, null]) {
    t.throws(() => (x.download as () => unknown).call(receiver));
  }
  x.dispose();
});

test('a device that is not there, and memory that is not there', (t) => {
  t.throws(() => made('float32', 1, undefined, 99), {
    instanceOf: DeviceUnavailableError,
    message: /cuda:99 does not exist/,
  });
  t.throws(() => made('float32', 2 ** 45), {
    instanceOf: OutOfMemoryError,
    message: /140737488355328 bytes asked for, \d+ of \d+ free/,
  });
  t.throws(() => made('bool', 2 ** 52), { instanceOf: OutOfMemoryError });
});
