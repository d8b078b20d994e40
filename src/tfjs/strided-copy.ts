import type { NativeTensor, Operations } from '../native/operations.js';

/** A box of elements in a tensor: how far apart neighbours of each dimension lie, and its first. */
export interface Box {
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** The strides of a tensor whose elements lie in order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Copies a box of `shape` to where `to` lays it. Eight dimensions at most. */
export function copyBox(
  addon: Operations,
  shape: readonly number[],
  from: Box,
  source: NativeTensor,
  to: Box,
  target: NativeTensor,
): void {
  addon.stridedCopy(
    new Int32Array(shape),
    new Int32Array(from.strides),
    from.offset ?? 0,
    new Int32Array(to.strides),
    to.offset ?? 0,
    source,
    target,
  );
}
