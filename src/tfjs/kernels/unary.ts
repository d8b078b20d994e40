import type {
  ClipByValueAttrs,
  LeakyReluAttrs,
  StepAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { type UnaryOp, unaryOps } from '../../native/elementwise.js';
import type { NativeTensor, Operations } from '../../native/operations.js';
import type { NativeType } from '../backend.js';
import type { AnyKernel, NativeKernel } from '../kernel.js';

const none = new Float32Array(2);

/** y = op(x), element by element; y may be x. */
export function unaryInto(
  addon: Operations,
  op: UnaryOp,
  x: NativeTensor,
  y: NativeTensor,
  parameters: Float32Array = none,
): void {
  addon.unary(unaryOps.indexOf(op), parameters, x, y);
}

type Types = Partial<Record<NativeType, NativeType>>;
const floats: Types = { float32: 'float32' };
const numbers: Types = { float32: 'float32', int32: 'int32' };
const tests: Types = { float32: 'bool' };

/** `types`: of the result, by the type of x; other types are not the engine's. */
function unary<Attributes>(
  kernelName: string,
  op: UnaryOp,
  types: Types,
  parameters?: (attributes: Attributes) => Float32Array,
): NativeKernel<{ x: TensorInfo }, Attributes> {
  return {
    kernelName,
    run: (backend, { x }, attributes) => {
      const outputType = types[x.dtype as NativeType];
      if (outputType === undefined) return undefined;
      const from = backend.values(x, x.dtype as NativeType);
      return backend.compute(x.shape, outputType, (addon, y) =>
        unaryInto(addon, op, from, y, parameters?.(attributes)),
      );
    },
  };
}

const byName: readonly (readonly [kernelName: string, op: UnaryOp, types: Types])[] = [
  ['Abs', 'abs', numbers],
  ['Acos', 'acos', floats],
  ['Acosh', 'acosh', floats],
  ['Asin', 'asin', floats],
  ['Asinh', 'asinh', floats],
  ['Atan', 'atan', floats],
  ['Atanh', 'atanh', floats],
  ['Ceil', 'ceil', floats],
  ['Cos', 'cos', floats],
  ['Cosh', 'cosh', floats],
  ['Elu', 'elu', floats],
  ['Erf', 'erf', floats],
  ['Exp', 'exp', floats],
  ['Expm1', 'expm1', floats],
  ['Floor', 'floor', floats],
  ['IsFinite', 'isFinite', tests],
  ['IsInf', 'isInf', tests],
  ['IsNan', 'isNan', tests],
  ['Log', 'log', floats],
  ['Log1p', 'log1p', floats],
  ['LogicalNot', 'logicalNot', { bool: 'bool' }],
  ['Neg', 'neg', numbers],
  ['Reciprocal', 'reciprocal', floats],
  ['Relu', 'relu', numbers],
  ['Relu6', 'relu6', numbers],
  ['Round', 'round', floats],
  ['Rsqrt', 'rsqrt', floats],
  ['Selu', 'selu', floats],
  ['Sigmoid', 'sigmoid', floats],
  ['Sign', 'sign', numbers],
  ['Sin', 'sin', floats],
  ['Sinh', 'sinh', floats],
  ['Softplus', 'softplus', floats],
  ['Sqrt', 'sqrt', floats],
  ['Square', 'square', numbers],
  ['Tan', 'tan', floats],
  ['Tanh', 'tanh', floats],
];

export const unaryKernels: readonly AnyKernel[] = [
  ...byName.map(([kernelName, op, types]) => unary(kernelName, op, types)),
  unary<LeakyReluAttrs>('LeakyRelu', 'leakyRelu', floats, ({ alpha }) => Float32Array.of(alpha, 0)),
  unary<StepAttrs>('Step', 'step', numbers, ({ alpha }) => Float32Array.of(alpha, 0)),
  unary<ClipByValueAttrs>('ClipByValue', 'clip', floats, (attributes) =>
    Float32Array.of(attributes.clipValueMin, attributes.clipValueMax),
  ),
];
