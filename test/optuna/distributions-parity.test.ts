// Distributions next to the real Optuna, on random ranges.
import test from 'ava';
import { decimalGrid } from '../../src/optuna/distributions/decimal.js';
import {
  checkCompatible,
  contains,
  isSingle,
  sameDistribution,
  toInternal,
} from '../../src/optuna/distributions/distributions.js';
import {
  distributionFromJson,
  distributionToJson,
  floatDistribution,
  IncompatibleDistributionError,
} from '../../src/optuna/index.js';
import { fixture } from '../helpers/paths.js';
import { warningsOf } from '../helpers/warnings.js';

/** A value; floats are in Python's words. */
type Encoded = null | boolean | number | string | { f: string };

interface Facts {
  distributions: {
    json: string;
    again: string;
    single: boolean;
    contains: [value: Encoded, contained: boolean][];
    internal: [value: Encoded, internal: Encoded][];
  }[];
  steps: [low: number, high: number, step: number, last: number, single: boolean][];
  pairs: [a: string, b: string, equal: boolean, compatible: boolean][];
  legacy: [text: string, now: string][];
  grids: [low: number, high: number, step: number, values: number[]][];
}

const facts = fixture<Facts>('optuna/distributions.json');

function decoded(value: Encoded): null | boolean | number | string {
  if (typeof value !== 'object' || value === null) return value;
  return Number(value.f.replace('inf', 'Infinity').replace('nan', 'NaN'));
}

/** A choice 1.0 is 1 here. */
function withoutPoint(json: string): string {
  return json.replaceAll(/(\d)\.0(?=[,\]])/g, '$1');
}

test.serial('texts of Optuna are read and written as Optuna does, and mean the same', async (t) => {
  await warningsOf(() => {
    for (const { json, again, ...expected } of facts.distributions) {
      const distribution = distributionFromJson(json);
      t.is(withoutPoint(distributionToJson(distribution)), withoutPoint(again));
      // What is off its grid as text is another distribution once read.
      if (json !== again) continue;
      t.is(isSingle(distribution), expected.single, json);
      for (const [value, contained] of expected.contains) {
        t.is(contains(distribution, decoded(value) as number), contained, json);
      }
      for (const [value, internal] of expected.internal) {
        const act = () => toInternal(distribution, decoded(value));
        if (internal === 'error') t.throws(act, undefined, json);
        else t.is(act(), decoded(internal) as number, json);
      }
    }
    for (const [text, now] of facts.legacy) {
      t.is(withoutPoint(distributionToJson(distributionFromJson(text))), withoutPoint(now), text);
    }
  });
});

test.serial("a float's high, and whether there is a second value, is Optuna's", async (t) => {
  await warningsOf(() => {
    for (const [low, high, step, last, single] of facts.steps) {
      const distribution = floatDistribution(low, high, { step });
      t.is(distribution.high, last, `${low} ${high} ${step}`);
      t.is(isSingle(distribution), single, `${low} ${high} ${step}`);
    }
  });
  for (const [low, high, step, values] of facts.grids) {
    t.deepEqual(decimalGrid(low, high, step), values);
  }
});

test('what is equal and what is compatible is so in Optuna', (t) => {
  for (const [a, b, equal, compatible] of facts.pairs) {
    const [x, y] = [distributionFromJson(a), distributionFromJson(b)];
    t.is(sameDistribution(x, y), equal, `${a} ${b}`);
    if (compatible) t.notThrows(() => checkCompatible('x', x, y), `${a} ${b}`);
    else t.throws(() => checkCompatible('x', x, y), { instanceOf: IncompatibleDistributionError });
  }
});
