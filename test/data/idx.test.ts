import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { parseIdx, readIdx } from '../../src/data/idx.js';
import { DataError, InvalidArgumentError } from '../../src/errors.js';
import { idxBytes } from '../helpers/idx.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

async function written(t: ExecutionContext, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(t), 'file.idx');
  await writeFile(path, bytes);
  return path;
}

const good = [
  {
    title: 'uint8 of rank 1',
    bytes: idxBytes(0x08, [3], [1, 2, 255]),
    dtype: 'uint8',
    shape: [3],
    data: Uint8Array.of(1, 2, 255),
  },
  {
    title: 'uint8 of rank 4',
    bytes: idxBytes(0x08, [1, 2, 1, 2], [9, 8, 7, 6]),
    dtype: 'uint8',
    shape: [1, 2, 1, 2],
    data: Uint8Array.of(9, 8, 7, 6),
  },
  {
    title: 'int8',
    bytes: idxBytes(0x09, [2], [0xff, 1]),
    dtype: 'int8',
    shape: [2],
    data: Int8Array.of(-1, 1),
  },
  {
    title: 'int16',
    bytes: idxBytes(0x0b, [2], [0xff, 0xfe, 1, 0]),
    dtype: 'int16',
    shape: [2],
    data: Int16Array.of(-2, 256),
  },
  {
    title: 'int32',
    bytes: idxBytes(0x0c, [1], [0, 1, 0, 0]),
    dtype: 'int32',
    shape: [1],
    data: Int32Array.of(65536),
  },
  {
    title: 'float32',
    bytes: idxBytes(0x0d, [1], [0x3f, 0xc0, 0, 0]),
    dtype: 'float32',
    shape: [1],
    data: Float32Array.of(1.5),
  },
  {
    title: 'float64',
    bytes: idxBytes(0x0e, [1], [0xc0, 0x04, 0, 0, 0, 0, 0, 0]),
    dtype: 'float64',
    shape: [1],
    data: Float64Array.of(-2.5),
  },
  {
    title: 'no images',
    bytes: idxBytes(0x08, [0, 28], []),
    dtype: 'uint8',
    shape: [0, 28],
    data: new Uint8Array(0),
  },
] as const;

for (const { title, bytes, dtype, shape, data } of good) {
  for (const packed of [false, true]) {
    test(`reads ${title}${packed ? ', gzip' : ''}`, async (t) => {
      const idx = await readIdx(await written(t, packed ? gzipSync(bytes) : bytes));
      t.is(idx.dtype, dtype);
      t.deepEqual(idx.shape, [...shape]);
      t.deepEqual(idx.data, data);
    });
  }
}

const whole = idxBytes(0x08, [2, 3], [1, 2, 3, 4, 5, 6]);
const bad = [
  { title: 'empty file', bytes: Buffer.alloc(0), message: /expected 4 bytes of magic, found 0/ },
  {
    title: 'wrong first byte',
    bytes: Buffer.concat([Buffer.of(1), whole.subarray(1)]),
    message: /expected magic 0000TTRR.*found 01000802/,
  },
  { title: 'unknown type', bytes: idxBytes(0x0a, [1], [0]), message: /found 00000a01/ },
  { title: 'rank 0', bytes: Buffer.of(0, 0, 8, 0), message: /rank 1 or more/ },
  {
    title: 'cut off in the header',
    bytes: whole.subarray(0, 9),
    message: /expected 12 bytes for rank 2, found 9/,
  },
  {
    title: 'cut off in the data',
    bytes: whole.subarray(0, 15),
    message: /cut off: expected 18 bytes for uint8 \[2, 3\], found 15/,
  },
  {
    title: 'trailing bytes',
    bytes: Buffer.concat([whole, Buffer.of(0)]),
    message: /trailing bytes: expected 18 .* found 19/,
  },
  {
    title: 'huge sizes in the header',
    bytes: idxBytes(0x0e, [0xffffffff, 0xffffffff, 0xffffffff], []),
    message: /cut off: expected 6\.3\d*e\+29 bytes/,
  },
  { title: 'damaged gzip', bytes: gzipSync(whole).subarray(0, 20), message: /damaged gzip file/ },
] as const;

for (const { title, bytes, message } of bad) {
  test(`refuses a file with ${title}`, async (t) => {
    const path = await written(t, bytes);
    const error = await t.throwsAsync(readIdx(path), {
      instanceOf: DataError,
      code: 'ERR_DATA',
      message,
    });
    t.true(error.message.includes(path), 'the message names the file');
  });
}

test('refuses a file that is not there', async (t) => {
  await t.throwsAsync(readIdx('/no/such/file'), {
    instanceOf: DataError,
    message: /\/no\/such\/file could not be read/,
  });
});

test('what is no path and what is no bytes are wrong arguments, not damaged files', async (t) => {
  const notPath = {
    instanceOf: InvalidArgumentError,
    message: /^path must be a path, not undefined/,
  };
  await t.throwsAsync(() => readIdx(undefined as never), notPath);
  const notBytes = {
    instanceOf: InvalidArgumentError,
    message: /^content must be a Uint8Array, not /,
  };
  for (const content of ['text', undefined, [0, 0, 8, 1], new ArrayBuffer(8)]) {
    t.throws(() => parseIdx(content as never, 'file'), notBytes);
  }
  t.throws(() => parseIdx(whole, undefined as never), { instanceOf: InvalidArgumentError });
});

test('parses bytes that are no Buffer, from wherever they begin', (t) => {
  const bytes = Uint8Array.of(7, ...whole, 7).subarray(1, 1 + whole.length);
  t.deepEqual(parseIdx(bytes, 'file').data, Uint8Array.of(1, 2, 3, 4, 5, 6));
});
