import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError, invalidArgument } from '../errors.js';

/** What an IDX file holds: `data` has as many elements as the product of `shape`. */
export interface IdxArray {
  /** Type of the elements. */
  dtype: IdxDtype;
  /** The file's dimensions, outermost first. */
  shape: number[];
  /** The elements, row-major. */
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Type codes of the format's third byte (http://yann.lecun.com/exdb/mnist, "the IDX file format"). */
const dtypes = {
  uint8: { code: 0x08, bytes: 1 },
  int8: { code: 0x09, bytes: 1 },
  int16: { code: 0x0b, bytes: 2 },
  int32: { code: 0x0c, bytes: 4 },
  float32: { code: 0x0d, bytes: 4 },
  float64: { code: 0x0e, bytes: 8 },
} as const;

/** The element types of the IDX format. */
export type IdxDtype = keyof typeof dtypes;

/** Refuses a compressed file that would inflate to more than this. */
const maxInflatedBytes = 2 ** 31;

/**
 * Reads an IDX file, plain or gzip (told apart by content, not by name), of any rank and dtype.
 * Bytes are not copied for uint8: `data` is a view of what was read.
 * @throws DataError naming the file, what was expected and what is there; InvalidArgumentError for
 *   what is no path
 */
export async function readIdx(path: string): Promise<IdxArray> {
  if (typeof path !== 'string') throw invalidArgument('path', 'a path', path);
  return parseIdx(await readMaybeGzip(path), path);
}

/** The file's bytes, inflated if they are gzip. */
export async function readMaybeGzip(path: string): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DataError(`${path} could not be read: ${(cause as Error).message}`, { cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxInflatedBytes });
  } catch (cause) {
    throw new DataError(`${path} is a damaged gzip file: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Decodes the bytes of an IDX file, inflated; `name` is what errors call it. Bytes are not copied for
 * uint8 and int8: `data` is a view of them.
 * @throws DataError naming the file, what was expected and what is there; InvalidArgumentError for
 *   what is no bytes
 */
export function parseIdx(content: Uint8Array, name: string): IdxArray {
  if (!(content instanceof Uint8Array)) throw invalidArgument('content', 'a Uint8Array', content);
  if (typeof name !== 'string') throw invalidArgument('name', 'a string', name);
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length < 4) {
    throw new DataError(
      `${name} is too short for an IDX file: expected 4 bytes of magic, found ${bytes.length}`,
    );
  }
  const dtype = (Object.keys(dtypes) as IdxDtype[]).find((key) => dtypes[key].code === bytes[2]);
  const rank = bytes[3]!;
  if (bytes.readUInt16BE(0) !== 0 || dtype === undefined || rank === 0) {
    const magic = bytes.readUInt32BE(0).toString(16).padStart(8, '0');
    throw new DataError(
      `${name} is not an IDX file: expected magic 0000TTRR with type 08, 09, 0b, 0c, 0d or 0e and rank 1 or more, found ${magic}`,
    );
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw new DataError(
      `${name} is cut off in its header: expected ${headerBytes} bytes for rank ${rank}, found ${bytes.length}`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = headerBytes + count * dtypes[dtype].bytes;
  if (bytes.length !== expected) {
    throw new DataError(
      `${name} is ${bytes.length < expected ? 'cut off' : 'followed by trailing bytes'}: expected ${expected} bytes for ${dtype} [${shape.join(', ')}], found ${bytes.length}`,
    );
  }
  return { dtype, shape, data: decode(dtype, bytes.subarray(headerBytes), count) };
}

function decode(dtype: IdxDtype, body: Buffer, count: number): IdxArray['data'] {
  switch (dtype) {
    case 'uint8':
      return new Uint8Array(body.buffer, body.byteOffset, count);
    case 'int8':
      return new Int8Array(body.buffer, body.byteOffset, count);
    case 'int16':
      return Int16Array.from({ length: count }, (_, i) => body.readInt16BE(2 * i));
    case 'int32':
      return Int32Array.from({ length: count }, (_, i) => body.readInt32BE(4 * i));
    case 'float32':
      return Float32Array.from({ length: count }, (_, i) => body.readFloatBE(4 * i));
    case 'float64':
      return Float64Array.from({ length: count }, (_, i) => body.readDoubleBE(8 * i));
  }
}
