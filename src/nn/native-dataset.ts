import { checkAttached } from '../data/attached.js';
import type { Dataset } from '../data/dataset.js';
import { InvalidArgumentError } from '../errors.js';
import { callNative, type NativeDataset, type NativeDevice } from '../native/addon.js';

/** The engine's copies of a dataset, made at the first use on a device and freed with it. */
const copies = new WeakMap<Dataset, Map<NativeDevice, NativeDataset>>();

export function nativeDataset(dataset: Dataset, device: NativeDevice): NativeDataset {
  const ofDataset = copies.get(dataset) ?? new Map<NativeDevice, NativeDataset>();
  copies.set(dataset, ofDataset);
  let copy = ofDataset.get(device);
  if (copy === undefined) {
    const [height, width, channels] = dataset.shape;
    const { images, classes } = dataset;
    checkAttached("the dataset's images", images);
    checkAttached("the dataset's labels", dataset.labels);
    const labels =
      dataset.labels instanceof Uint8Array ? Int32Array.from(dataset.labels) : dataset.labels;
    copy = callNative(
      (addon) =>
        new addon.NativeDataset(images, height * width * channels, labels, classes, device),
    );
    ofDataset.set(device, copy);
  }
  return copy;
}

/**
 * A copy of images alone, [n, sampleSize], for the caller to dispose.
 * @throws InvalidArgumentError for none, as Dataset does
 */
export function nativeImages(
  images: Uint8Array | Float32Array,
  sampleSize: number,
  device: NativeDevice,
): NativeDataset {
  checkAttached('images', images);
  if (images.length === 0) {
    throw new InvalidArgumentError('images must hold at least one image, not 0 values');
  }
  return callNative((addon) => new addon.NativeDataset(images, sampleSize, undefined, 0, device));
}
