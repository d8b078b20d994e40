import { InvalidArgumentError, invalidArgument, show } from '../errors.js';
import { checkOptionNames } from '../options.js';
import { checkAttached } from './attached.js';
import { permutation } from './permutation.js';

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Pixels: bytes in 0..255, or floats as they are. */
export type Images = Uint8Array | Float32Array;
/** Class indices, or one-hot rows as floats. */
export type Labels = Uint8Array | Int32Array | Float32Array;

/** What the pixels and labels of a Dataset mean. */
export interface DatasetOptions {
  /** [height, width, channels] of an image. */
  shape: ImageShape;
  /** Number of classes. Default: the largest label + 1, or the width of the one-hot rows. */
  classes?: number;
}

/** How a Dataset is split. */
export interface SplitOptions {
  /** Below 1: the share of the images that goes to validation; otherwise their number. */
  validation: number;
  /** Decides which images go where. Default: 0. */
  seed?: number;
}

const defaultSeed = 0;
/** How far the entries of a one-hot (or soft) label may be from summing to 1. */
const labelSumTolerance = 1e-3;

/**
 * Labelled images in memory. A part of a dataset shares the memory of the whole where its images
 * lie side by side there, and copies otherwise.
 */
export class Dataset {
  /** [size, height, width, channels]. uint8 pixels stay so; the engine scales them by 1/255. */
  readonly images: Images;
  /** Sparse: [size] class indices. One-hot: [size, classes]. */
  readonly labels: Labels;
  /** Whether `labels` are class indices or one-hot rows. */
  readonly labelKind: 'sparse' | 'oneHot';
  /** [height, width, channels] of an image. */
  readonly shape: ImageShape;
  /** Number of images. */
  readonly size: number;
  /** Number of classes. */
  readonly classes: number;

  private constructor(images: Images, labels: Labels, shape: ImageShape, classes: number) {
    this.images = images;
    this.labels = labels;
    this.labelKind = labels instanceof Float32Array ? 'oneHot' : 'sparse';
    this.shape = shape;
    this.size = images.length / pixelsOf(shape);
    this.classes = classes;
  }

  /**
   * Wraps arrays without copying them; they must not change afterwards.
   * @param images [n, height, width, channels], flat: uint8 in 0..255, or finite float32
   * @param labels [n] class indices (Uint8Array, Int32Array), or [n, classes] one-hot (Float32Array)
   * @throws InvalidArgumentError naming the first value that does not fit
   */
  static fromArrays(images: Images, labels: Labels, options: DatasetOptions): Dataset {
    const shape = checkShape(options?.shape);
    const size = checkImages(images, shape);
    const classes = checkLabels(labels, size, options.classes);
    return new Dataset(images, labels, shape, classes);
  }

  /** The pixels of image `index`: a view, [height, width, channels]. */
  image(index: number): Images {
    const pixels = pixelsOf(this.shape);
    this.#checkIndex(index);
    return this.images.subarray(index * pixels, (index + 1) * pixels);
  }

  /** The class of image `index`; of a one-hot label, its largest entry. */
  label(index: number): number {
    this.#checkIndex(index);
    if (this.labelKind === 'sparse') return this.labels[index]!;
    let best = 0;
    const row = this.labels.subarray(index * this.classes, (index + 1) * this.classes);
    for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
    return best;
  }

  /** The images at `indices`, in that order, or those of the half-open range [from, to). */
  subset(indices: ArrayLike<number> | { from: number; to: number }): Dataset {
    if (
      typeof indices !== 'object' ||
      indices === null ||
      !('from' in indices || 'length' in indices)
    )
      throw invalidArgument('indices', 'an array of indices or { from, to }', indices);
    if ('from' in indices) {
      const { from, to } = indices;
      if (!Number.isInteger(from) || from < 0)
        throw invalidArgument('from', 'an integer of 0 or more', from);
      if (!Number.isInteger(to) || to <= from || to > this.size) {
        throw invalidArgument('to', `an integer in ${from + 1} .. ${this.size}`, to);
      }
      return this.#view(from, to);
    }
    if (indices.length === 0) throw invalidArgument('indices', 'at least one index', indices);
    for (let i = 0; i < indices.length; i++) this.#checkIndex(indices[i]!);
    const first = indices[0]!;
    let contiguous = true;
    for (let i = 1; i < indices.length && contiguous; i++) contiguous = indices[i] === first + i;
    return contiguous ? this.#view(first, first + indices.length) : this.#copy(indices);
  }

  /** The first `n` images, or with a seed `n` random ones (without repetition). */
  take(n: number, options: { seed?: number } = {}): Dataset {
    if (!Number.isInteger(n) || n < 1 || n > this.size) {
      throw invalidArgument('n', `an integer in 1 .. ${this.size}`, n);
    }
    if (options.seed === undefined) return this.#view(0, n);
    return this.subset(permutation(this.size, options.seed).subarray(0, n));
  }

  /** Two disjoint parts that together are the whole; the same for the same seed. */
  split(options: SplitOptions): { train: Dataset; validation: Dataset } {
    checkOptionNames('split', options, ['validation', 'seed']);
    const { validation, seed = defaultSeed } = options;
    const count = validation < 1 ? Math.round(validation * this.size) : validation;
    if (!Number.isInteger(count) || count < 1 || count >= this.size) {
      throw invalidArgument(
        'validation',
        `a share in (0, 1) or a number in 1 .. ${this.size - 1} that leaves images in both parts`,
        validation,
      );
    }
    const order = permutation(this.size, seed);
    return {
      train: this.subset(order.subarray(count)),
      validation: this.subset(order.subarray(0, count)),
    };
  }

  #view(from: number, to: number): Dataset {
    const pixels = pixelsOf(this.shape);
    const width = this.#labelWidth();
    return new Dataset(
      this.images.subarray(from * pixels, to * pixels),
      this.labels.subarray(from * width, to * width),
      this.shape,
      this.classes,
    );
  }

  #copy(indices: ArrayLike<number>): Dataset {
    return new Dataset(
      gather(this.images, pixelsOf(this.shape), indices),
      gather(this.labels, this.#labelWidth(), indices),
      this.shape,
      this.classes,
    );
  }

  #labelWidth(): number {
    return this.labelKind === 'sparse' ? 1 : this.classes;
  }

  #checkIndex(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) {
      throw invalidArgument('index', `an integer in 0 .. ${this.size - 1}`, index);
    }
  }
}

function pixelsOf([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** Not by its constructor: that of a Buffer, which is a Uint8Array too, is deprecated. */
function emptyLike(array: Images | Labels, length: number): Images | Labels {
  if (array instanceof Uint8Array) return new Uint8Array(length);
  return array instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
}

function gather<T extends Images | Labels>(from: T, width: number, indices: ArrayLike<number>): T {
  const to = emptyLike(from, indices.length * width) as T;
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * width;
    to.set(from.subarray(start, start + width), i * width);
  }
  return to;
}

function checkShape(shape: unknown): ImageShape {
  const isShape =
    Array.isArray(shape) && shape.length === 3 && shape.every((n) => Number.isInteger(n) && n > 0);
  if (!isShape) {
    throw invalidArgument('shape', '[height, width, channels] of positive integers', shape);
  }
  return Object.freeze([...shape]) as unknown as ImageShape;
}

function checkImages(images: unknown, shape: ImageShape): number {
  if (!(images instanceof Uint8Array || images instanceof Float32Array)) {
    throw invalidArgument('images', 'a Uint8Array or a Float32Array', images);
  }
  checkAttached('images', images);
  const pixels = pixelsOf(shape);
  if (images.length === 0)
    throw new InvalidArgumentError('images must hold at least one image, not 0 values');
  if (images.length % pixels !== 0) {
    throw new InvalidArgumentError(
      `images must hold a multiple of ${shape.join(' x ')} = ${pixels} values, not ${images.length}`,
    );
  }
  if (images instanceof Float32Array) {
    const bad = images.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new InvalidArgumentError(
        `images must be finite, not ${images[bad]} at value ${bad % pixels} of image ${Math.floor(bad / pixels)}`,
      );
    }
  }
  return images.length / pixels;
}

/** Returns the number of classes. */
function checkLabels(labels: unknown, size: number, classes: number | undefined): number {
  if (classes !== undefined && (!Number.isInteger(classes) || classes < 1)) {
    throw invalidArgument('classes', 'a positive integer', classes);
  }
  if (
    !(
      labels instanceof Uint8Array ||
      labels instanceof Int32Array ||
      labels instanceof Float32Array
    )
  ) {
    throw invalidArgument(
      'labels',
      'a Uint8Array, an Int32Array or a Float32Array (one-hot)',
      labels,
    );
  }
  checkAttached('labels', labels);
  if (labels instanceof Float32Array) return checkOneHot(labels, size, classes);
  if (labels.length !== size) {
    throw new InvalidArgumentError(
      `labels must hold ${size} values, one an image, not ${labels.length}`,
    );
  }
  let largest = 0;
  for (let i = 0; i < size; i++) {
    const label = labels[i]!;
    if (label < 0 || (classes !== undefined && label >= classes)) {
      throw new InvalidArgumentError(
        `labels must be in 0 .. ${classes === undefined ? 'classes' : classes - 1}, not label ${label} at index ${i}`,
      );
    }
    if (label > largest) largest = label;
  }
  return classes ?? largest + 1;
}

function checkOneHot(labels: Float32Array, size: number, classes = labels.length / size): number {
  if (labels.length !== size * classes || !Number.isInteger(classes) || classes < 1) {
    throw new InvalidArgumentError(
      `one-hot labels must hold ${size} x classes values (${show(classes)} classes), not ${labels.length}`,
    );
  }
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < classes; j++) {
      const value = labels[i * classes + j]!;
      if (!(value >= 0 && value <= 1)) {
        throw new InvalidArgumentError(
          `one-hot labels must be in 0 .. 1, not ${value} at index ${i}, class ${j}`,
        );
      }
      sum += value;
    }
    if (Math.abs(sum - 1) > labelSumTolerance) {
      throw new InvalidArgumentError(`one-hot labels must sum to 1, not ${sum} at index ${i}`);
    }
  }
  return classes;
}
