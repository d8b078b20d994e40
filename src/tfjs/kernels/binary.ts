import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type BinaryOp, binaryOps } from '../../native/elementwise.js';
import type { NativeTensor, Operations } from '../../native/operations.js';
import { isNative, type NativeType, type TrialforgeBackend } from '../backend.js';
import type { AnyKernel } from '../kernel.js';

/** The engine counts this many dimensions at most. */
export const mostDimensions = 8;

/** A tensor's shape and elements. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: NativeTensor;
}

/** y = op(a, b) with NumPy's broadcasting; y may be an operand of its shape. */
export function binaryInto(
  addon: Operations,
  op: BinaryOp,
  a: Operand,
  b: Operand,
  y: NativeTensor,
): void {
  const [aShape, bShape] = [new Int32Array(a.shape), new Int32Array(b.shape)];
  addon.binary(binaryOps.indexOf(op), aShape, bShape, a.values, b.values, y);
}

interface Inputs {
  a: TensorInfo;
  b: TensorInfo;
}
type Types = Partial<Record<NativeType, NativeType>>;
const numbers: Types = { float32: 'float32', int32: 'int32' };
const comparable: Types = { float32: 'bool', int32: 'bool' };
const logical: Types = { bool: 'bool' };

/** `types`: of the result, by the type of a and b; other types are not the engine's. */
function binary<Given>(
  kernelName: string,
  op: BinaryOp,
  types: Types,
  operands: (inputs: Given) => Inputs,
): AnyKernel {
  return {
    kernelName,
    run: (backend: TrialforgeBackend, inputs: Given) => {
      const { a, b } = operands(inputs);
      if (a.dtype !== b.dtype || !isNative(a.dtype)) return undefined;
      const outputType = types[a.dtype];
      if (outputType === undefined) return undefined;
      const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      if (shape.length > mostDimensions) return undefined;
      const left = { shape: a.shape, values: backend.values(a, a.dtype) };
      const right = { shape: b.shape, values: backend.values(b, a.dtype) };
      return backend.compute(shape, outputType, (addon, y) =>
        binaryInto(addon, op, left, right, y),
      );
    },
  };
}

const byName: readonly (readonly [kernelName: string, op: BinaryOp, types: Types])[] = [
  ['Add', 'add', numbers],
  ['Atan2', 'atan2', { float32: 'float32' }],
  ['BitwiseAnd', 'bitwiseAnd', { int32: 'int32' }],
  ['Equal', 'equal', { ...comparable, bool: 'bool' }],
  ['FloorDiv', 'floorDivide', { int32: 'int32' }],
  ['Greater', 'greater', comparable],
  ['GreaterEqual', 'greaterEqual', comparable],
  ['Less', 'less', comparable],
  ['LessEqual', 'lessEqual', comparable],
  ['LogicalAnd', 'logicalAnd', logical],
  ['LogicalOr', 'logicalOr', logical],
  ['Maximum', 'maximum', numbers],
  ['Minimum', 'minimum', numbers],
  ['Mod', 'mod', numbers],
  ['Multiply', 'multiply', numbers],
  ['NotEqual', 'notEqual', { ...comparable, bool: 'bool' }],
  ['Pow', 'pow', numbers],
  ['RealDiv', 'divide', { float32: 'float32' }],
  ['SquaredDifference', 'squaredDifference', numbers],
  ['Sub', 'subtract', numbers],
];

export const binaryKernels: readonly AnyKernel[] = [
  ...byName.map(([kernelName, op, types]) =>
    binary(kernelName, op, types, (inputs: Inputs) => inputs),
  ),
  // tfjs has no such kernel: it multiplies dy by step(x).
  binary(
    'ReluGrad',
    'reluGrad',
    { float32: 'float32' },
    (inputs: Record<'dy' | 'x', TensorInfo>) => ({ a: inputs.dy, b: inputs.x }),
  ),
  binary(
    'EluGrad',
    'eluGrad',
    { float32: 'float32' },
    (inputs: Record<'dy' | 'y', TensorInfo>) => ({
      a: inputs.dy,
      b: inputs.y,
    }),
  ),
  binary('Prelu', 'prelu', { float32: 'float32' }, (inputs: Record<'x' | 'alpha', TensorInfo>) => ({
    a: inputs.x,
    b: inputs.alpha,
  })),
];
