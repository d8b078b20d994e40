import { type BatchMatMulAttrs, backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf, type TrialforgeCpuBackend } from '../backend.js';
import { type Epilogue, noEpilogue } from '../epilogue.js';
import type { NativeKernel } from '../kernel.js';

export const batchMatMul: NativeKernel<Record<'a' | 'b', TensorInfo>, BatchMatMulAttrs> = {
  kernelName: 'BatchMatMul',
  run: (backend, { a, b }, attributes) =>
    multiply(backend, a, b, undefined, attributes, noEpilogue),
};

/** activation(a b + bias), a and b of [...batch, rows, columns]. */
export function multiply(
  backend: TrialforgeCpuBackend,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | null | undefined,
  { transposeA, transposeB }: BatchMatMulAttrs,
  { activation, finish }: Epilogue,
): TensorInfo | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [aBatch, aMatrix] = [a.shape.slice(0, -2), a.shape.slice(-2)];
  const [bBatch, bMatrix] = [b.shape.slice(0, -2), b.shape.slice(-2)];
  const [m, k] = transposeA ? aMatrix.reverse() : aMatrix;
  const [depth, n] = transposeB ? bMatrix.reverse() : bMatrix;
  const batch = backend_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const [count, aCount, bCount] = [sizeOf(batch), sizeOf(aBatch), sizeOf(bBatch)];
  // Batches of which one is broadcast in some dimensions only are not the engine's.
  const fits = (operand: number) => operand === count || operand === 1;
  if (k !== depth || !fits(aCount) || !fits(bCount)) return undefined;
  if (bias != null && sizeOf(bias.shape) !== n) return undefined;
  const sizes = Int32Array.of(aCount, bCount, m!, k!, n!, transposeA ? 1 : 0, transposeB ? 1 : 0);
  const [left, right] = [backend.values(a, 'float32'), backend.values(b, 'float32')];
  const added = bias == null ? undefined : backend.values(bias, 'float32');
  const shape = [...batch, m!, n!];
  return backend.compute(shape, 'float32', (addon, y) => {
    addon.matMul(sizes, left, right, added, activation, y);
    finish(addon, shape, y);
  });
}
