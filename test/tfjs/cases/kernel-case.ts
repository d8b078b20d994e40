import type { DataType } from '@tensorflow/tfjs-core';
import { someNumbers } from '../../helpers/tfjs.js';

/** A tensor to be: each backend makes its own of it. */
export interface Input {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly values: ArrayLike<number>;
}

export interface KernelCase {
  /** By their names, or a list for kernels that take one. */
  readonly inputs: Readonly<Record<string, Input>> | readonly Input[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Largest difference over the larger of 1 and the expected number. Default: 0. */
  readonly tolerance?: number;
  /** The engine has nothing for such arguments: tfjs-backend-cpu's kernel runs. */
  readonly isForwarded?: true;
  /** Where tfjs-backend-cpu's result is not what is expected: what is, and why. */
  readonly instead?: {
    readonly shape?: readonly number[];
    readonly values?: readonly number[];
    readonly because: string;
  };
}

/** By the kernel's name, then by what a case is about. */
export type Cases = Readonly<Record<string, Readonly<Record<string, KernelCase>>>>;

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** Numbers in [-scale, scale). */
export function floats(shape: readonly number[], scale = 1, seed = 1): Input {
  const values = someNumbers(sizeOf(shape), seed).map((value) => value * scale);
  return { shape, dtype: 'float32', values };
}

/** Integers in -bound .. bound. */
export function ints(shape: readonly number[], bound = 9, seed = 1): Input {
  const values = Int32Array.from(someNumbers(sizeOf(shape), seed), (value) =>
    Math.round(value * bound),
  );
  return { shape, dtype: 'int32', values };
}

export function bools(shape: readonly number[], seed = 1): Input {
  const values = Uint8Array.from(someNumbers(sizeOf(shape), seed), (value) => (value > 0 ? 1 : 0));
  return { shape, dtype: 'bool', values };
}

export function tensor(
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype: DataType = 'float32',
): Input {
  return { shape, dtype, values };
}

/** Where functions break, and halves. */
export const specials = tensor([
  ...[Number.NEGATIVE_INFINITY, -1e30, -88, -7.5, -2.5, -1.5, -1, -0.5, -1e-6, -0],
  ...[0, 1e-6, 0.5, 1, 1.5, 2.5, 6, 7.5, 88, 1e30, Number.POSITIVE_INFINITY, Number.NaN],
]);
