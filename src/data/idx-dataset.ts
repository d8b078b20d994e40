import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, invalidArgument } from '../errors.js';
import { Dataset } from './dataset.js';
import { type IdxArray, parseIdx, readMaybeGzip } from './idx.js';

/** The four files that MNIST and its descendants come in. */
export const idxFiles = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;

/** A data set that comes in two parts. */
export interface TrainAndTest {
  /** To train on. */
  train: Dataset;
  /** To evaluate on. */
  test: Dataset;
}

export interface IdxFolderOptions {
  classes: number;
  /** Called with each file's inflated bytes before they are decoded. */
  verify?: (name: string, path: string, bytes: Uint8Array) => void;
}

/**
 * Reads the four files from a folder, each plain or as .gz.
 * @throws DataError naming the file at fault
 */
export async function loadIdxFolder(
  folder: string,
  { classes, verify }: IdxFolderOptions,
): Promise<TrainAndTest> {
  if (typeof folder !== 'string') throw invalidArgument('folder', 'a path', folder);
  const read = async (name: string) => {
    const path = await locate(folder, name);
    const bytes = await readMaybeGzip(path);
    verify?.(name, path, bytes);
    return { path, ...parseIdx(bytes, path) };
  };
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    read(idxFiles.trainImages),
    read(idxFiles.trainLabels),
    read(idxFiles.testImages),
    read(idxFiles.testLabels),
  ]);
  return {
    train: pair(trainImages, trainLabels, classes),
    test: pair(testImages, testLabels, classes),
  };
}

async function locate(folder: string, name: string): Promise<string> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    try {
      await access(path);
      return path;
    } catch {}
  }
  throw new DataError(`${folder} has neither ${name} nor ${name}.gz`);
}

type IdxFile = IdxArray & { path: string };

function pair(images: IdxFile, labels: IdxFile, classes: number): Dataset {
  if (!(images.data instanceof Uint8Array) || images.shape.length !== 3) {
    throw new DataError(
      `${images.path} must hold images, uint8 of rank 3; it holds ${images.dtype} of rank ${images.shape.length}`,
    );
  }
  if (!(labels.data instanceof Uint8Array) || labels.shape.length !== 1) {
    throw new DataError(
      `${labels.path} must hold labels, uint8 of rank 1; it holds ${labels.dtype} of rank ${labels.shape.length}`,
    );
  }
  const [count, height, width] = images.shape as [number, number, number];
  if (images.data.length === 0)
    throw new DataError(
      `${images.path} must hold images; its shape is [${images.shape.join(', ')}]`,
    );
  if (labels.shape[0] !== count) {
    throw new DataError(
      `${labels.path} must hold ${count} labels, one an image of ${images.path}; it holds ${labels.shape[0]}`,
    );
  }
  const bad = labels.data.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new DataError(
      `${labels.path} must hold labels in 0 .. ${classes - 1}; it has label ${labels.data[bad]} at index ${bad}`,
    );
  }
  return Dataset.fromArrays(images.data, labels.data, { shape: [height, width, 1], classes });
}
