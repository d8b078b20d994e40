import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  activation,
  adam,
  averagePool2d,
  conv2d,
  dense,
  dropout,
  l1,
  l1l2,
  l2,
  maxPool2d,
  rmsprop,
  sgd,
} from '../../src/nn/index.js';

const conv = { filters: 4, kernelSize: 3 };

const refused: [string, () => unknown][] = [
  [
    'conv2d filters must be an integer of 1 or more, not -3',
    () => conv2d({ ...conv, filters: -3 }),
  ],
  [
    'conv2d filters must be an integer of 1 or more, not 2.5',
    () => conv2d({ ...conv, filters: 2.5 }),
  ],
  [
    'conv2d filters must be an integer of 1 or more, not NaN',
    () => conv2d({ ...conv, filters: NaN }),
  ],
  [
    "conv2d filters must be an integer of 1 or more, not '4'",
    () => conv2d({ ...conv, filters: '4' as never }),
  ],
  [
    'conv2d filters must be at most 2147483647, not 4294967297',
    () => conv2d({ ...conv, filters: 2 ** 32 + 1 }),
  ],
  [
    'conv2d kernelSize must be a number or [height, width], not [1, 2, 3]',
    () => conv2d({ ...conv, kernelSize: [1, 2, 3] as never }),
  ],
  [
    'conv2d strides must be an integer of 1 or more, not 0',
    () => conv2d({ ...conv, strides: [1, 0] }),
  ],
  [
    'conv2d dilationRate must be an integer of 1 or more, not -1',
    () => conv2d({ ...conv, dilationRate: -1 }),
  ],
  [
    "conv2d padding must be one of 'valid', 'same', not 'full'",
    () => conv2d({ ...conv, padding: 'full' as never }),
  ],
  [
    "conv2d activation must be one of 'linear', 'relu', 'elu', 'tanh', 'sigmoid', 'softplus', not 'swish'",
    () => conv2d({ ...conv, activation: 'swish' as never }),
  ],
  ["conv2d useBias must be a boolean, not 'no'", () => conv2d({ ...conv, useBias: 'no' as never })],
  ['the options of conv2d must be an object, not undefined', () => conv2d(undefined as never)],
  [
    'conv2d kernelRegularizer must be an object, not 3',
    () => conv2d({ ...conv, kernelRegularizer: 3 as never }),
  ],
  [
    'l1 must be a finite number of 0 or more, not -1',
    () => dense({ units: 1, kernelRegularizer: { l1: -1 } }),
  ],
  ['l2 must be a finite number of 0 or more, not Infinity', () => l2(Infinity)],
  ['maxPool2d poolSize must be an integer of 1 or more, not 0', () => maxPool2d({ poolSize: 0 })],
  [
    'averagePool2d strides must be an integer of 1 or more, not -2',
    () => averagePool2d({ strides: -2 }),
  ],
  ['dense units must be an integer of 1 or more, not undefined', () => dense({} as never)],
  ['dropout rate must be in [0, 1), not 1', () => dropout({ rate: 1 })],
  ['dropout rate must be in [0, 1), not 0.9999999999', () => dropout({ rate: 0.9999999999 })],
  ['dropout rate must be in [0, 1), not NaN', () => dropout({ rate: NaN })],
  [
    "activation must be one of 'linear', 'relu', 'elu', 'tanh', 'sigmoid', 'softplus', 'softmax', not 'gelu'",
    () => activation({ activation: 'gelu' as never }),
  ],
  ['adam learningRate must be a finite number above 0, not 0', () => adam({ learningRate: 0 })],
  [
    'adam learningRate must be a finite number above 0, not Infinity',
    () => adam({ learningRate: Infinity }),
  ],
  [
    'adam learningRate must be a finite number above 0, not 1e+39',
    () => adam({ learningRate: 1e39 }),
  ],
  [
    'adam learningRate must be a finite number above 0, not 1e-50',
    () => adam({ learningRate: 1e-50 }),
  ],
  ['adam beta1 must be in [0, 1), not 1', () => adam({ beta1: 1 })],
  ['sgd momentum must be in [0, 1], not 1.1', () => sgd({ momentum: 1.1 })],
  ['rmsprop rho must be in [0, 1), not -0.1', () => rmsprop({ rho: -0.1 })],
  ['rmsprop epsilon must be a finite number of 0 or more, not -1', () => rmsprop({ epsilon: -1 })],
];

for (const [message, make] of refused) {
  test(message, (t) => {
    t.throws(make, { instanceOf: InvalidArgumentError, message });
  });
}

test("the defaults are Keras's", (t) => {
  t.like(conv2d(conv), {
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: 'valid',
    dilationRate: [1, 1],
    activation: 'linear',
    useBias: true,
  });
  t.like(maxPool2d(), { poolSize: [2, 2], strides: [2, 2], padding: 'valid' });
  t.like(maxPool2d({ poolSize: [3, 2], strides: 1 }), { poolSize: [3, 2], strides: [1, 1] });
  t.like(adam(), { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
  t.false(adam().correctedEpsilon);
  t.like(sgd(), { learningRate: 0.01, momentum: 0, nesterov: false });
  t.like(rmsprop({ learningRate: undefined }), { learningRate: 0.001, rho: 0.9 });
  t.deepEqual(
    [l1(), l2(0.5), l1l2()],
    [
      { l1: 0.01, l2: 0 },
      { l1: 0, l2: 0.5 },
      { l1: 0.01, l2: 0.01 },
    ],
  );
});
