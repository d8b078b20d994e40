import { Dataset, type ImageShape } from '../data/dataset.js';
import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkObject } from '../nn/check.js';
import type { LayersModelTensor } from '../nn/layers-model.js';

/** What a model takes. */
export interface DataShape {
  /** Of a sample as the model sees it: [height, width, channels] or [features]. */
  input: readonly number[];
  classes: number;
  isSparse: boolean;
}

interface Cached {
  labels: object;
  shape: string;
  dataset: Dataset;
  /** The parts of the last split at this number of samples. */
  split?: { at: number; parts: [train: Dataset, validation: Dataset] };
}

/** By what holds a tensor's values, which do not change: further calls use the engine's copy. */
const cache = new WeakMap<object, Cached>();

/** A model of one input also takes an array of it, as tfjs's fit does. */
export type OneTensor = LayersModelTensor | readonly [LayersModelTensor];

/** @throws InvalidArgumentError naming the tensor, by what it is called in `of` */
export function labelledData(x: OneTensor, y: OneTensor, shape: DataShape, of = ''): Dataset {
  return cached(x, y, shape, of).dataset;
}

/** The first samples, and from `at` on the others. */
export function splitData(
  x: OneTensor,
  y: OneTensor,
  shape: DataShape,
  at: number,
): [train: Dataset, validation: Dataset] {
  const entry = cached(x, y, shape, '');
  if (entry.split?.at !== at) {
    const { dataset } = entry;
    const parts: [Dataset, Dataset] = [
      dataset.subset({ from: 0, to: at }),
      dataset.subset({ from: at, to: dataset.size }),
    ];
    entry.split = { at, parts };
  }
  return entry.split.parts;
}

function cached(xs: OneTensor, ys: OneTensor, shape: DataShape, of: string): Cached {
  const x = tensorOf(`${of}x`, xs);
  const y = tensorOf(`${of}y`, ys);
  const key = (x as { dataId?: object }).dataId ?? x;
  const labels = (y as { dataId?: object }).dataId ?? y;
  const shapes = JSON.stringify([x.shape, y.shape, shape]);
  const found = cache.get(key);
  if (found?.labels === labels && found.shape === shapes) return found;
  const made = { labels, shape: shapes, dataset: makeDataset(x, y, shape, of) };
  cache.set(key, made);
  return made;
}

function makeDataset(
  x: LayersModelTensor,
  y: LayersModelTensor,
  { input, classes, isSparse }: DataShape,
  of: string,
): Dataset {
  const expected = ['n', ...input].join(', ');
  if (x.shape.length !== input.length + 1 || x.shape.slice(1).join() !== input.join()) {
    throw new InvalidArgumentError(
      `${of}x must have the shape [${expected}], not [${x.shape.join(', ')}]`,
    );
  }
  const n = x.shape[0]!;
  const labelShapes = isSparse ? [[n], [n, 1]] : [[n, classes]];
  if (!labelShapes.some((shape) => shape.join() === y.shape.join())) {
    const shapes = labelShapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
    throw new InvalidArgumentError(
      `${of}y must have the shape ${shapes}, not [${y.shape.join(', ')}]`,
    );
  }
  const images = floats(`${of}x`, x);
  const labels = isSparse ? indices(`${of}y`, y) : floats(`${of}y`, y);
  const shape = (input.length === 3 ? input : [1, 1, input[0]]) as ImageShape;
  return Dataset.fromArrays(images, labels, { shape, classes });
}

function tensorOf(name: string, given: OneTensor): LayersModelTensor {
  const tensor = (
    Array.isArray(given) && given.length === 1 ? given[0] : given
  ) as LayersModelTensor;
  checkObject(name, tensor);
  if (typeof tensor.dataSync !== 'function' || !Array.isArray(tensor.shape)) {
    throw invalidArgument(name, 'a tf.Tensor, or an array of one', given);
  }
  return tensor;
}

function values(name: string, tensor: LayersModelTensor): Float32Array | Int32Array | Uint8Array {
  // A complex tensor's array has two numbers an element.
  const values = tensor.dtype === 'complex64' ? undefined : tensor.dataSync();
  if (
    values instanceof Float32Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array
  ) {
    return values;
  }
  throw invalidArgument(`the dtype of ${name}`, "'float32' or 'int32'", tensor.dtype);
}

/** The tensor's own array where it is one. */
function floats(name: string, tensor: LayersModelTensor): Float32Array {
  const array = values(name, tensor);
  return array instanceof Float32Array ? array : Float32Array.from(array);
}

function indices(name: string, tensor: LayersModelTensor): Int32Array {
  const array = values(name, tensor);
  if (array instanceof Int32Array) return array;
  const bad = array.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw invalidArgument(`${name}[${bad}]`, 'finite', array[bad]);
  return Int32Array.from(array, Math.floor);
}
