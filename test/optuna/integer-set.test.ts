import test from 'ava';
import { IntegerSet } from '../../src/optuna/samplers/integer-set.js';
import { fixture } from '../helpers/paths.js';

test('sets of integers are in the order of Python', (t) => {
  const { cases } = fixture<{ cases: [number, number[], number[], number[]][] }>(
    'optuna/integer-sets.json',
  );
  for (const [n, a, b, rest] of cases) {
    t.deepEqual(IntegerSet.range(n).without(new Set(a)).without(new Set(b)).elements(), rest);
  }
});
