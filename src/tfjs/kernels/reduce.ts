import { backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ArgOp, argOps, type ReduceOp, reduceOps } from '../../native/reduce.js';
import { isNative, type NativeType, sizeOf, type TrialforgeBackend } from '../backend.js';
import type { AnyKernel } from '../kernel.js';
import { mostDimensions } from './binary.js';
import { castTo } from './Cast.js';
import { transposed } from './Transpose.js';

/** A tensor as [outer, reduced, inner]. */
interface Reduction {
  outer: number;
  reduced: number;
  inner: number;
}

/** Where the reduced axes lie side by side; otherwise undefined. */
function reduction(shape: readonly number[], axes: readonly number[]): Reduction | undefined {
  const first = axes[0] ?? shape.length;
  const end = first + axes.length;
  if (axes.some((axis, i) => axis !== first + i)) return undefined;
  return {
    outer: sizeOf(shape.slice(0, first)),
    reduced: sizeOf(shape.slice(first, end)),
    inner: sizeOf(shape.slice(end)),
  };
}

/** Calls `body` with x as [outer, reduced, inner], moved in memory if need be. */
function reducing(
  backend: TrialforgeBackend,
  x: TensorInfo,
  axes: readonly number[],
  body: (x: TensorInfo, of: Reduction) => TensorInfo,
): TensorInfo {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const extents = x.shape.map((extent, axis) => ({ axis, extent }));
  // Axes of one element may lie anywhere.
  const wide = extents.filter(({ extent }) => extent !== 1);
  const direct = reduction(
    wide.map(({ extent }) => extent),
    wide.flatMap(({ axis }, i) => (axes.includes(axis) ? [i] : [])),
  );
  if (direct !== undefined) return body(x, direct);
  const moved = transposed(backend, x, [...kept, ...axes]);
  try {
    return body(moved, {
      outer: sizeOf(kept.map((axis) => x.shape[axis]!)),
      reduced: sizeOf(axes.map((axis) => x.shape[axis]!)),
      inner: 1,
    });
  } finally {
    backend.disposeIntermediateTensorInfo(moved);
  }
}

/** All axes where none are given, each once. */
function sortedAxes(axis: number | number[] | undefined, shape: number[]): number[] {
  return [...new Set(util.parseAxisParam(axis!, shape))].sort((a, b) => a - b);
}

interface ReduceAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

/** The type a reduction works in, by that of x; undefined: not the engine's. */
type WorkingType = (dtype: DataType) => NativeType | undefined;
const asItIs: WorkingType = (dtype) =>
  dtype === 'float32' || dtype === 'int32' ? dtype : undefined;
const countingBools: WorkingType = (dtype) => (dtype === 'bool' ? 'int32' : asItIs(dtype));
const inFloats: WorkingType = (dtype) => (isNative(dtype) ? 'float32' : undefined);
const bools: WorkingType = (dtype) => (dtype === 'bool' ? 'bool' : undefined);

function reduce(kernelName: string, op: ReduceOp, workingType: WorkingType): AnyKernel {
  const index = reduceOps.indexOf(op);
  return {
    kernelName,
    run: (
      backend: TrialforgeBackend,
      { x }: { x: TensorInfo },
      { axis, reductionIndices, keepDims }: ReduceAttributes,
    ) => {
      const type = workingType(x.dtype);
      if (type === undefined || x.shape.length > mostDimensions) return undefined;
      const axes = sortedAxes(axis ?? reductionIndices, x.shape);
      const shape = x.shape.filter((_, i) => !axes.includes(i));
      const from = castTo(backend, x, type);
      let y: TensorInfo;
      try {
        y = reducing(backend, from, axes, (moved, { outer, reduced, inner }) => {
          const values = backend.values(moved, type);
          return backend.compute(shape, type, (addon, to) =>
            addon.reduce(index, outer, reduced, inner, values, to),
          );
        });
      } finally {
        backend.disposeIntermediateTensorInfo(from);
      }
      return keepDims ? { ...y, shape: backend_util.expandShapeToKeepDim(shape, axes) } : y;
    },
  };
}

function argReduce(kernelName: string, op: ArgOp): AnyKernel {
  const index = argOps.indexOf(op);
  return {
    kernelName,
    run: (
      backend: TrialforgeBackend,
      { x }: { x: TensorInfo },
      { axis }: { axis: number | number[] },
    ) => {
      const type = x.dtype;
      if (type !== 'float32' && type !== 'int32') return undefined;
      if (x.shape.length > mostDimensions) return undefined;
      const axes = sortedAxes(axis, x.shape).slice(0, 1);
      const shape = x.shape.filter((_, i) => !axes.includes(i));
      return reducing(backend, x, axes, (moved, { outer, reduced, inner }) => {
        const values = backend.values(moved, type);
        return backend.compute(shape, 'int32', (addon, to) =>
          addon.argReduce(index, outer, reduced, inner, values, to),
        );
      });
    },
  };
}

/**
 * Of no elements at all, max is -Infinity, min Infinity, mean NaN and all true, as in TensorFlow; tfjs-backend-cpu
 * reads beyond its array there.
 */
export const reduceKernels: readonly AnyKernel[] = [
  reduce('Sum', 'sum', countingBools),
  reduce('Mean', 'mean', inFloats),
  reduce('Max', 'max', asItIs),
  reduce('Min', 'min', asItIs),
  reduce('Prod', 'prod', countingBools),
  reduce('All', 'all', bools),
  reduce('Any', 'any', bools),
  argReduce('ArgMax', 'max'),
  argReduce('ArgMin', 'min'),
];
