import test from 'ava';
import { permutation, philox4x32 } from '../../src/data/permutation.js';

// Known answers published with Random123 (kat_vectors, philox4x32 of 10 rounds).
const knownAnswers = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

for (const { counter, key, words } of knownAnswers) {
  test(`philox4x32 of counter ${counter[0]} gives the published words`, (t) => {
    t.deepEqual(philox4x32(counter, key), [...words]);
  });
}

test('a permutation holds every index once, is the same for a seed and another for another', (t) => {
  for (const n of [0, 1, 2, 5, 1001]) {
    const order = permutation(n, 7);
    t.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
    t.deepEqual(permutation(n, 7), order);
  }
  t.notDeepEqual(permutation(1001, 7), permutation(1001, 8));
  t.notDeepEqual(
    permutation(1001, 7),
    permutation(1001, 7 + 2 ** 32),
    'the upper word of a seed counts',
  );
});

test('first place of a permutation is uniform', (t) => {
  const counts = new Array<number>(4).fill(0);
  for (let seed = 0; seed < 4000; seed++) counts[permutation(4, seed)[0]!]!++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  t.true(chiSquare < 16.3, `chi-square ${chiSquare} of 3 degrees of freedom (p > 0.001)`);
});

for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
  test(`seed ${seed} is refused`, (t) => {
    t.throws(() => permutation(3, seed), {
      code: 'ERR_INVALID_ARGUMENT',
      message: /seed must be an integer in 0 \.\. 2\^53 - 1, not /,
    });
  });
}
