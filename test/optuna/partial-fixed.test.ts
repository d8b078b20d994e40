import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  GridSampler,
  PartialFixedSampler,
  RandomSampler,
  TPESampler,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

test('fixed parameters keep their values, the others are sampled; in groups, too', async (t) => {
  const base = new TPESampler({ seed: 0, group: true, nStartupTrials: 3 });
  const fixed = JSON.parse('{"x": 0.25, "__proto__": 2, "none": null}');
  const study = await createStudy({ sampler: new PartialFixedSampler(fixed, base) });
  await study.optimize(
    (trial) =>
      trial.suggestFloat('x', 0, 1) +
      trial.suggestFloat('y', 0, 1) +
      trial.suggestInt('__proto__', 0, 9) +
      Number(trial.suggestCategorical('none', [1, null])),
    { nTrials: 12 },
  );
  const trials = await study.trials();
  t.true(trials.every(({ params }) => params['x'] === 0.25 && params['none'] === null));
  t.true(trials.every(({ params }) => Object.entries(params)[2]![1] === 2));
  t.is(new Set(trials.map(({ params }) => params['y'])).size, 12);
});

test('the base sampler prepares and ends trials', async (t) => {
  const base = new GridSampler({ a: [1, 2, 3], b: [0] });
  const study = await createStudy({ sampler: new PartialFixedSampler({ b: 7 }, base) });
  await study.optimize((trial) => trial.suggestInt('a', 1, 3) + trial.suggestInt('b', 0, 9));
  const values = (await study.trials()).map((trial) => trial.values![0]!);
  t.deepEqual(values.sort(), [10, 8, 9].sort());
});

test.serial('a fixed value out of range is used, with a warning', async (t) => {
  const sampler = new PartialFixedSampler({ x: 9, c: 'z' }, new RandomSampler({ seed: 0 }));
  const study = await createStudy({ sampler });
  const trial = await study.ask();
  const messages = await warningsOf(() => t.is(trial.suggestInt('x', 0, 3), 9));
  t.regex(messages.join(), /the fixed 9 of 'x' is outside of the suggested range/);
  t.throws(() => trial.suggestCategorical('c', ['a', 'b']), {
    instanceOf: InvalidArgumentError,
    message: /the fixed 'c' must be one of \['a', 'b'\], not 'z'/,
  });
});

test('refuses what is no record of values, and what is no sampler', (t) => {
  const base = new RandomSampler();
  const refused = { instanceOf: InvalidArgumentError };
  for (const params of [null, [1], 3]) {
    t.throws(() => new PartialFixedSampler(params as never, base), {
      ...refused,
      message: /fixedParams must be an object/,
    });
  }
  t.throws(() => new PartialFixedSampler({ x: {} as never }, base), {
    ...refused,
    message: /fixedParams\['x'\] must be null, a boolean, a number or a string/,
  });
  t.throws(() => new PartialFixedSampler({}, null as never), {
    ...refused,
    message: /baseSampler must be a Sampler/,
  });
});
