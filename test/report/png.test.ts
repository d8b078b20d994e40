import { inflateSync } from 'node:zlib';
import test from 'ava';
import { encodePng } from '../../src/report/png.js';

test('a PNG holds its pixels row by row behind a header', (t) => {
  const png = encodePng(Uint8Array.of(0, 64, 128, 255, 1, 2), 3, 2, 1);
  t.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  t.is(png.toString('latin1', 12, 16), 'IHDR');
  t.deepEqual([...png.subarray(16, 29)], [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
  const length = png.readUInt32BE(33);
  t.is(png.toString('latin1', 37, 41), 'IDAT');
  t.deepEqual([...inflateSync(png.subarray(41, 41 + length))], [0, 0, 64, 128, 0, 255, 1, 2]);
  t.is(png.toString('latin1', png.length - 8, png.length - 4), 'IEND');
  // The checksum of an empty IEND chunk is the same in every PNG.
  t.is(png.readUInt32BE(png.length - 4), 0xae426082);
});
