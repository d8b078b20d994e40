/** Bytes of an IDX file: type code, dimensions, and the elements as they lie in the file. */
export function idxBytes(
  code: number,
  shape: readonly number[],
  body: Uint8Array | readonly number[],
): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, code, shape.length]);
  shape.forEach((size, axis) => {
    header.writeUInt32BE(size, 4 + 4 * axis);
  });
  return Buffer.concat([header, Buffer.from(body)]);
}
