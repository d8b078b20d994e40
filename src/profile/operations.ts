import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkOneOf } from '../nn/check.js';

/** Sizes by the names that binding/profile.cpp reads. */
export type OperationSizes = Readonly<Record<string, number>>;

/** How a size is written on the command line, and what it is if it is not. */
type Field =
  | { readonly kind: 'count'; readonly into: string; readonly default: number }
  | { readonly kind: 'image'; readonly default: string }
  /** Height and width, or one number for both. Without a default: that of the field named. */
  | { readonly kind: 'pair'; readonly into: string; readonly default: string }
  | { readonly kind: 'padding' };

const count = (into: string, value: number): Field => ({ kind: 'count', into, default: value });
const pair = (into: string, value: string): Field => ({ kind: 'pair', into, default: value });
const image = (value: string): Field => ({ kind: 'image', default: value });
const padding: Field = { kind: 'padding' };

const convolution = {
  batch: count('batch', 128),
  in: image('26x26x32'),
  kernel: pair('kernel', '3'),
  strides: pair('stride', '1'),
  dilations: pair('dilation', '1'),
  padding,
};
const pooling = {
  batch: count('batch', 128),
  in: image('24x24x64'),
  pool: pair('pool', '2'),
  strides: pair('stride', '2'),
  padding,
};
const elements = { size: count('size', 1 << 22) };

/** What can be profiled by itself, with the sizes that it has; defaults are the paper's. */
export const operations = {
  conv2d: { ...convolution, filters: count('filters', 64) },
  depthwise_conv2d: { ...convolution, multiplier: count('multiplier', 1) },
  dense: {
    batch: count('batch', 128),
    in: count('inFeatures', 9216),
    units: count('units', 128),
  },
  mat_mul: {
    batch: count('batch', 1),
    m: count('m', 1024),
    k: count('k', 1024),
    n: count('n', 1024),
  },
  max_pool2d: pooling,
  average_pool2d: pooling,
  relu: elements,
  elu: elements,
  tanh: elements,
  sigmoid: elements,
  softplus: elements,
  dropout: elements,
  softmax_cross_entropy: { batch: count('batch', 128), classes: count('classes', 10) },
  adam: elements,
} as const satisfies Record<string, Record<string, Field>>;

/** An operation of the engine that can be profiled by itself. */
export type OperationName = keyof typeof operations;
/** All of them. */
export const operationNames = Object.keys(operations) as OperationName[];

/** @throws InvalidArgumentError with the operations that there are */
export function checkOperation(operation: unknown): OperationName {
  return checkOneOf('operation', operation, operationNames);
}

/**
 * Reads sizes as in 'batch=64,in=28x28x1,kernel=5,padding=same'. What is left out has its default.
 * @throws InvalidArgumentError naming the operation or the size
 */
export function parseSizes(operation: OperationName, text = ''): OperationSizes {
  const fields: Readonly<Record<string, Field>> = operations[checkOperation(operation)];
  if (typeof text !== 'string') throw invalidArgument('the sizes', 'a text', text);
  const given = new Map<string, string>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [name = '', value = '', ...rest] = part.split('=').map((word) => word.trim());
    if (!Object.hasOwn(fields, name) || value === '' || rest.length > 0) {
      throw new InvalidArgumentError(
        `'${part}' is no size of ${operation}; it has ${describeSizes(operation)}`,
      );
    }
    if (given.has(name)) throw new InvalidArgumentError(`${operation}: ${name} is given twice`);
    given.set(name, value);
  }
  const sizes: Record<string, number> = {};
  for (const [name, field] of Object.entries(fields)) {
    Object.assign(sizes, parseField(`${operation}: ${name}`, field, given.get(name)));
  }
  return sizes;
}

/** The sizes of an operation with their defaults, as parseSizes reads them. Errors as there. */
export function describeSizes(operation: OperationName): string {
  return Object.entries<Field>(operations[checkOperation(operation)])
    .map(([name, field]) => `${name}=${field.kind === 'padding' ? 'valid' : field.default}`)
    .join(',');
}

function parseField(name: string, field: Field, given: string | undefined): OperationSizes {
  switch (field.kind) {
    case 'count': {
      const [value] = numbers(name, given ?? `${field.default}`, [1]);
      return { [field.into]: value! };
    }
    case 'image': {
      const [inHeight, inWidth, inChannels] = numbers(name, given ?? field.default, [3]);
      return { inHeight: inHeight!, inWidth: inWidth!, inChannels: inChannels! };
    }
    case 'pair': {
      const [height, width = height] = numbers(name, given ?? field.default, [1, 2]);
      return { [`${field.into}Height`]: height!, [`${field.into}Width`]: width! };
    }
    case 'padding': {
      if (given !== undefined && given !== 'valid' && given !== 'same') {
        throw new InvalidArgumentError(`${name} must be valid or same, not '${given}'`);
      }
      return { samePadding: given === 'same' ? 1 : 0 };
    }
  }
}

/** Whole numbers from 1 up with an x between them, as many as one of `lengths`. */
function numbers(name: string, text: string, lengths: readonly number[]): number[] {
  const values = text.split('x').map(Number);
  const good = values.every((value) => Number.isInteger(value) && value >= 1 && value < 2 ** 31);
  if (good && lengths.includes(values.length) && /^[\dx]+$/.test(text)) return values;
  const form = lengths.map((length) => Array(length).fill('N').join('x')).join(' or ');
  throw new InvalidArgumentError(`${name} must be ${form} with N from 1 up, not '${text}'`);
}
