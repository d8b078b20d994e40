import test from 'ava';
import { misfit } from '../../src/compare/paper-shapes.js';
import { manualParams } from '../../src/compare/paper-space.js';

const cases: [
  string,
  Partial<typeof manualParams>,
  [number, number, number],
  string | undefined,
][] = [
  ['MNIST and the smallest windows', {}, [28, 28, 1], undefined],
  [
    'MNIST and the largest windows',
    { kernel_size: 5, strides: 2, pool_size: 3 },
    [28, 28, 1],
    undefined,
  ],
  [
    'an image below the kernel',
    { kernel_size: 5 },
    [4, 9, 1],
    'the kernel of the first convolution, 5 x 5, does not fit its input of 4 x 9',
  ],
  [
    'a second convolution without room',
    { kernel_size: 5, strides: 2 },
    [12, 12, 1],
    'the kernel of the second convolution, 5 x 5, does not fit its input of 4 x 4',
  ],
  ['a pooling window that just fits', { pool_size: 3 }, [7, 7, 1], undefined],
  [
    'a pooling window that does not',
    { pool_size: 3 },
    [6, 7, 1],
    'the pooling window, 3 x 3, does not fit its input of 2 x 3',
  ],
];

for (const [title, changes, shape, expected] of cases) {
  test(title, (t) => {
    t.is(misfit({ ...manualParams, ...changes }, shape), expected);
  });
}
