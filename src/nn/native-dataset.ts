import { checkAttached } from '../data/attached.js';
import type { Dataset } from '../data/dataset.js';
import { InvalidArgumentError } from '../errors.js';
import { callNative, type NativeDataset } from '../native/addon.js';

/** The engine's copy of a dataset, made at its first use and freed with it. */
const copies = new WeakMap<Dataset, NativeDataset>();

export function nativeDataset(dataset: Dataset): NativeDataset {
  let copy = copies.get(dataset);
  if (copy === undefined) {
    const [height, width, channels] = dataset.shape;
    const { images, classes } = dataset;
    checkAttached("the dataset's images", images);
    checkAttached("the dataset's labels", dataset.labels);
    const labels =
      dataset.labels instanceof Uint8Array ? Int32Array.from(dataset.labels) : dataset.labels;
    copy = callNative(
      (addon) => new addon.NativeDataset(images, height * width * channels, labels, classes),
    );
    copies.set(dataset, copy);
  }
  return copy;
}

/**
 * A copy of images alone, [n, sampleSize], for the caller to dispose.
 * @throws InvalidArgumentError for none, as Dataset does
 */
export function nativeImages(images: Uint8Array | Float32Array, sampleSize: number): NativeDataset {
  checkAttached('images', images);
  if (images.length === 0) {
    throw new InvalidArgumentError('images must hold at least one image, not 0 values');
  }
  return callNative((addon) => new addon.NativeDataset(images, sampleSize, undefined, 0));
}
