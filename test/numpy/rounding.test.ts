import test from 'ava';
import { clamp, nextBelow, roundHalfEven } from '../../src/numpy/rounding.js';

test('halves round to even', (t) => {
  const given = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.4, 2.6, -2.6, 1e300];
  const rounded = [0, 2, 2, 0, -2, -2, 0, 2, 3, -3, 1e300];
  t.deepEqual(
    given.map((x) => roundHalfEven(x) + 0),
    rounded,
  );
  t.true(Number.isNaN(roundHalfEven(Number.NaN)));
  t.is(roundHalfEven(-Infinity), -Infinity);
});

test('the next double below', (t) => {
  t.is(nextBelow(1), 1 - Number.EPSILON / 2);
  t.is(nextBelow(-1), -1 - Number.EPSILON);
  t.is(nextBelow(0), -Number.MIN_VALUE);
  t.is(nextBelow(Number.MIN_VALUE), 0);
});

test('clamping', (t) => {
  t.deepEqual(
    [-1, 0.5, 9].map((x) => clamp(x, 0, 1)),
    [0, 0.5, 1],
  );
});
