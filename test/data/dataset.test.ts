import test from 'ava';
import { Dataset, loadMnist } from '../../src/data/index.js';
import { InvalidArgumentError } from '../../src/errors.js';

const shape = [1, 2, 1] as const;
const images = (n: number) => Uint8Array.from({ length: 2 * n }, (_, i) => i);
const labels = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 3);
const dataset = (n: number) => Dataset.fromArrays(images(n), labels(n), { shape });

test('fromArrays keeps the arrays as they are', (t) => {
  const pixels = images(4);
  const classes = Int32Array.of(0, 1, 2, 1);
  const data = Dataset.fromArrays(pixels, classes, { shape, classes: 5 });
  t.is(data.images, pixels);
  t.is(data.labels, classes);
  t.is(data.size, 4);
  t.is(data.classes, 5);
  t.is(data.labelKind, 'sparse');
  t.deepEqual([...data.image(2)], [4, 5]);
  t.is(data.image(2).buffer, pixels.buffer);
  t.is(data.label(2), 2);
});

test('fromArrays takes float images and one-hot labels', (t) => {
  const data = Dataset.fromArrays(
    Float32Array.of(0.5, -1, 2, 3),
    Float32Array.of(0, 1, 0, 0, 0, 1),
    { shape },
  );
  t.is(data.labelKind, 'oneHot');
  t.is(data.classes, 3);
  t.is(data.size, 2);
  t.is(data.label(0), 1);
  t.is(data.label(1), 2);
  t.is(data.subset([1]).label(0), 2);
  t.deepEqual([...data.subset([1, 0]).labels], [0, 0, 1, 0, 1, 0]);
});

test('the number of classes defaults to what the labels show', (t) => {
  t.is(dataset(2).classes, 2);
  t.is(dataset(9).classes, 3);
});

test('side-by-side parts share memory, others are copies', (t) => {
  const data = dataset(6);
  for (const part of [
    data.subset({ from: 2, to: 5 }),
    data.subset([2, 3, 4]),
    data.subset(Uint32Array.of(2, 3, 4)),
  ]) {
    t.is(part.images.buffer, data.images.buffer);
    t.is(part.labels.buffer, data.labels.buffer);
    t.deepEqual([...part.images], [4, 5, 6, 7, 8, 9]);
    t.deepEqual([...part.labels], [2, 0, 1]);
    t.is(part.classes, 3);
  }
  const scattered = data.subset([5, 0, 0]);
  t.not(scattered.images.buffer, data.images.buffer);
  t.deepEqual([...scattered.images], [10, 11, 0, 1, 0, 1]);
  t.deepEqual([...scattered.labels], [2, 0, 0]);
});

test('take gives the first images, or a seeded sample without repetition', (t) => {
  const data = dataset(100);
  t.is(data.take(10).images.buffer, data.images.buffer);
  t.is(data.take(10).size, 10);
  const firstPixels = (part: Dataset) =>
    Array.from({ length: part.size }, (_, i) => part.image(i)[0]!);
  const sample = firstPixels(data.take(40, { seed: 3 }));
  t.is(new Set(sample).size, 40);
  t.deepEqual(firstPixels(data.take(40, { seed: 3 })), sample);
  t.notDeepEqual(firstPixels(data.take(40, { seed: 4 })), sample);
  t.deepEqual(
    firstPixels(data.take(20, { seed: 3 })),
    sample.slice(0, 20),
    'a smaller sample is part of a larger one',
  );
});

test('split is by seed, disjoint and whole', async (t) => {
  const { test: data } = await loadMnist();
  const { train, validation } = data.split({ validation: 0.2, seed: 11 });
  t.is(validation.size, 2000);
  t.is(train.size, 8000);
  const keys = (part: Dataset) =>
    Array.from({ length: part.size }, (_, i) => Buffer.from(part.image(i)).toString('latin1'));
  t.deepEqual([...keys(train), ...keys(validation)].sort(), keys(data).sort());
  t.deepEqual(data.split({ validation: 2000, seed: 11 }).validation.labels, validation.labels);
  t.notDeepEqual(data.split({ validation: 2000, seed: 12 }).validation.labels, validation.labels);
  const counts = new Array<number>(10).fill(0);
  for (const label of validation.labels) counts[label]!++;
  t.true(Math.min(...counts) > 140 && Math.max(...counts) < 280, `all digits: ${counts}`);
});

const f32 = (...values: number[]) => Float32Array.from(values);
const bad: { title: string; arrays: readonly [unknown, unknown, unknown]; message: RegExp }[] = [
  {
    title: 'images of another dtype',
    arrays: [new Float64Array(4), labels(2), { shape }],
    message: /images must be a Uint8Array or a Float32Array, not Float64Array/,
  },
  {
    title: 'images as plain array',
    arrays: [[1, 2], labels(1), { shape }],
    message: /images must be a Uint8Array/,
  },
  { title: 'no images', arrays: [images(0), labels(0), { shape }], message: /at least one image/ },
  {
    title: 'part of an image',
    arrays: [new Uint8Array(5), labels(2), { shape }],
    message: /multiple of 1 x 2 x 1 = 2 values, not 5/,
  },
  {
    title: 'NaN',
    arrays: [f32(0, 1, 2, Number.NaN), labels(2), { shape }],
    message: /finite, not NaN at value 1 of image 1/,
  },
  {
    title: 'Infinity',
    arrays: [f32(0, Number.POSITIVE_INFINITY), labels(1), { shape }],
    message: /finite, not Infinity at value 1 of image 0/,
  },
  {
    title: 'no options',
    arrays: [images(1), labels(1), undefined],
    message: /shape must be \[height, width, channels\]/,
  },
  {
    title: 'a shape of rank 2',
    arrays: [images(1), labels(1), { shape: [1, 2] }],
    message: /shape must be/,
  },
  {
    title: 'a zero in the shape',
    arrays: [images(1), labels(1), { shape: [0, 2, 1] }],
    message: /shape must be/,
  },
  {
    title: 'too few labels',
    arrays: [images(3), labels(2), { shape }],
    message: /labels must hold 3 values, one an image, not 2/,
  },
  {
    title: 'labels of another dtype',
    arrays: [images(1), new Int8Array(1), { shape }],
    message: /labels must be a Uint8Array, an Int32Array or a Float32Array/,
  },
  {
    title: 'label out of range',
    arrays: [images(4), Uint8Array.of(0, 1, 2, 10), { shape, classes: 10 }],
    message: /0 \.\. 9, not label 10 at index 3/,
  },
  {
    title: 'negative label',
    arrays: [images(2), Int32Array.of(0, -1), { shape }],
    message: /not label -1 at index 1/,
  },
  {
    title: 'fractional classes',
    arrays: [images(1), labels(1), { shape, classes: 2.5 }],
    message: /classes must be a positive integer, not 2.5/,
  },
  {
    title: 'one-hot of uneven width',
    arrays: [images(2), f32(1, 0, 1), { shape }],
    message: /one-hot labels must hold 2 x classes/,
  },
  {
    title: 'one-hot that sums to 2',
    arrays: [images(1), f32(1, 1), { shape }],
    message: /sum to 1, not 2 at index 0/,
  },
  {
    title: 'one-hot with NaN',
    arrays: [images(1), f32(1, Number.NaN), { shape }],
    message: /in 0 \.\. 1, not NaN at index 0, class 1/,
  },
];

for (const { title, arrays, message } of bad) {
  test(`fromArrays refuses ${title}`, (t) => {
    const [pixels, classes, options] = arrays as unknown as Parameters<typeof Dataset.fromArrays>;
    t.throws(() => Dataset.fromArrays(pixels, classes, options), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });
}

test('parts out of range are refused', (t) => {
  const data = dataset(4);
  const refused: [() => unknown, RegExp][] = [
    [() => data.subset({ from: -1, to: 2 }), /from must be an integer of 0 or more, not -1/],
    [() => data.subset({ from: 0, to: 5 }), /to must be an integer in 1 \.\. 4, not 5/],
    [() => data.subset({ from: 2, to: 2 }), /to must be an integer in 3/],
    [() => data.subset([]), /at least one index/],
    [() => data.subset([0, 4]), /index must be an integer in 0 \.\. 3, not 4/],
    [() => data.take(0), /n must be/],
    [() => data.take(5), /n must be an integer in 1 \.\. 4, not 5/],
    [() => data.image(4), /index must be/],
    [() => data.label(0.5), /index must be/],
    [() => data.split({ validation: 0 }), /validation must be/],
    [() => data.split({ validation: 4 }), /1 \.\. 3 that leaves images in both parts, not 4/],
    [() => data.split({ validation: 0.5, seed: -1 }), /seed must be/],
  ];
  for (const [call, message] of refused)
    t.throws(call, { instanceOf: InvalidArgumentError, message });
});

test('a copied part of Buffers holds plain arrays', (t) => {
  const pixels = Buffer.from([1, 2, 3, 4, 5, 6]);
  const part = Dataset.fromArrays(pixels, Buffer.from([0, 1, 2]), { shape }).subset([2, 0]);
  t.deepEqual(part.images, Uint8Array.of(5, 6, 1, 2));
  t.deepEqual(part.labels, Uint8Array.of(2, 0));
});

test('a subset of what is no list of indices is refused', (t) => {
  for (const indices of [null, undefined, 1, '0', {}]) {
    t.throws(() => dataset(2).subset(indices as never), {
      instanceOf: InvalidArgumentError,
      message: /^indices must be an array/,
    });
  }
});

test('fromArrays says which array is detached', (t) => {
  for (const detached of [0, 1]) {
    const arrays = [images(2), labels(2)] as const;
    const { buffer } = arrays[detached]!;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    t.throws(() => Dataset.fromArrays(...arrays, { shape }), {
      instanceOf: InvalidArgumentError,
      message: new RegExp(`^${['images', 'labels'][detached]} must .* not one detached`),
    });
  }
});
