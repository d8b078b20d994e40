import test from 'ava';
import { type Misfit, misfit } from '../../src/compare/paper-shapes.js';
import { manualParams } from '../../src/compare/paper-space.js';

const cases: [
  string,
  Partial<typeof manualParams>,
  [number, number, number],
  Misfit | undefined,
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
    {
      reason: 'the kernel of the first convolution, 5 x 5, does not fit its input of 4 x 9',
      params: ['kernel_size'],
    },
  ],
  [
    'a second convolution without room',
    { kernel_size: 5, strides: 2 },
    [12, 12, 1],
    {
      reason: 'the kernel of the second convolution, 5 x 5, does not fit its input of 4 x 4',
      params: ['kernel_size', 'strides'],
    },
  ],
  ['a pooling window that just fits', { pool_size: 3 }, [7, 7, 1], undefined],
  [
    'a pooling window that does not',
    { pool_size: 3 },
    [6, 7, 1],
    {
      reason: 'the pooling window, 3 x 3, does not fit its input of 2 x 3',
      params: ['kernel_size', 'strides', 'pool_size'],
    },
  ],
  ['a hidden layer just small enough', { hidden_size: 233_016 }, [28, 28, 1], undefined],
  [
    'a hidden layer just too large',
    { hidden_size: 233_017 },
    [28, 28, 1],
    {
      reason: 'the kernel of the hidden layer, 12 x 12 x 64 x 233017, has 2^31 elements or more',
      params: ['conv_depth_2', 'hidden_size'],
    },
  ],
  [
    'convolutions too deep together',
    { conv_depth_1: 500_000, conv_depth_2: 500 },
    [28, 28, 1],
    {
      reason:
        'the kernel of the second convolution, 3 x 3 x 500000 x 500, has 2^31 elements or more',
      params: ['conv_depth_1', 'conv_depth_2'],
    },
  ],
];

for (const [title, changes, shape, expected] of cases) {
  test(title, (t) => {
    t.deepEqual(misfit({ ...manualParams, ...changes }, shape), expected);
  });
}
