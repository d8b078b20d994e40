import { type BatchMatMulAttrs, backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf, type TrialforgeBackend } from '../backend.js';
import { type Epilogue, noEpilogue } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';
import { copyBox, stridesOf } from '../strided-copy.js';
import { mostDimensions } from './binary.js';

export const batchMatMul: NativeKernel<Record<'a' | 'b', TensorInfo>, BatchMatMulAttrs> = {
  kernelName: 'BatchMatMul',
  run: (backend, { a, b }, attributes) =>
    multiply(backend, a, b, undefined, attributes, noEpilogue),
};

/** activation(a b + bias), a and b of [...batch, rows, columns]. */
export function multiply(
  backend: TrialforgeBackend,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | null | undefined,
  { transposeA, transposeB }: BatchMatMulAttrs,
  { activation, finish }: Epilogue,
): TensorInfo | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  if (a.shape.length < 2 || b.shape.length < 2) return undefined;
  const [aBatch, aMatrix] = [a.shape.slice(0, -2), a.shape.slice(-2)];
  const [bBatch, bMatrix] = [b.shape.slice(0, -2), b.shape.slice(-2)];
  const [m, k] = transposeA ? aMatrix.reverse() : aMatrix;
  const [depth, n] = transposeB ? bMatrix.reverse() : bMatrix;
  const batch = backend_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const [count, aCount, bCount] = [sizeOf(batch), sizeOf(aBatch), sizeOf(bBatch)];
  if (k !== depth || batch.length + 2 > mostDimensions) return undefined;
  // The engine adds one bias a column, and there is no other way to tell it that there is none.
  const perColumn = bias == null || (bias.shape.at(-1) === n && sizeOf(bias.shape) === n && n > 0);
  if (!perColumn) return undefined;
  // The engine repeats all of an operand or nothing of it.
  const isWhole = (operand: number) => operand === count || operand === 1;
  if (!isWhole(aCount) || !isWhole(bCount)) {
    const whole = [a, b].map((operand) => repeated(backend, operand, batch)) as [
      TensorInfo,
      TensorInfo,
    ];
    try {
      const attributes = { transposeA, transposeB };
      return multiply(backend, ...whole, bias, attributes, { activation, finish });
    } finally {
      for (const operand of whole) backend.disposeIntermediateTensorInfo(operand);
    }
  }
  const sizes = Int32Array.of(aCount, bCount, m!, k!, n!, transposeA ? 1 : 0, transposeB ? 1 : 0);
  const [left, right] = [backend.values(a, 'float32'), backend.values(b, 'float32')];
  const added = bias == null ? undefined : backend.values(bias, 'float32');
  const shape = [...batch, m!, n!];
  return backend.compute(shape, 'float32', (addon, y) => {
    addon.matMul(sizes, left, right, added, activation, y);
    finish(addon, shape, y);
  });
}

/** The matrices of x for each of `batch`. */
function repeated(backend: TrialforgeBackend, x: TensorInfo, batch: readonly number[]): TensorInfo {
  const shape = [...batch, ...x.shape.slice(-2)];
  const missing = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = shape.map((extent, axis) =>
    axis < missing || x.shape[axis - missing] !== extent ? 0 : own[axis - missing]!,
  );
  const values = backend.values(x, 'float32');
  return backend.compute(shape, 'float32', (addon, y) => {
    if (y.length > 0) copyBox(addon, shape, { strides }, values, { strides: stridesOf(shape) }, y);
  });
}
