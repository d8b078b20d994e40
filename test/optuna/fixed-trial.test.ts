import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  type BaseTrial,
  createStudy,
  createTrial,
  FixedTrial,
  floatDistribution,
  IncompatibleDistributionError,
  lastStep,
  MultiObjectiveError,
  RandomSampler,
  TrialPruned,
  trialDuration,
  trialValue,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

async function objective(trial: BaseTrial): Promise<number> {
  const x = trial.suggestFloat('x', -1, 1);
  const n = trial.suggestInt('n', 1, 9);
  const kind = trial.suggestCategorical('kind', ['a', 'b', null]);
  await trial.report(x, 0);
  if (await trial.shouldPrune()) throw new TrialPruned();
  await trial.setConstraint('c', x - 0.5);
  await trial.setUserAttr('note', { kind });
  return x * n + (kind === 'a' ? 100 : 0);
}

test('an objective runs with given parameters, without a study', async (t) => {
  const trial = new FixedTrial({ x: 0.5, n: 3, kind: 'a', unused: 1 }, 7);
  t.is(await objective(trial), 101.5);
  t.is(trial.number, 7);
  t.deepEqual(trial.params, { x: 0.5, n: 3, kind: 'a' });
  t.deepEqual(Object.keys(trial.distributions), ['x', 'n', 'kind']);
  t.deepEqual(trial.userAttrs, { note: { kind: 'a' } });
  t.deepEqual(trial.constraints, { c: 0 });
  t.deepEqual(trial.systemAttrs, { 'constraints:c': 0 });
  t.true(trial.datetimeStart instanceof Date);
});

test('the best trial of a study can be run once more', async (t) => {
  const study = await createStudy({ sampler: new RandomSampler({ seed: 0 }) });
  await study.optimize(objective, { nTrials: 10 });
  const best = await study.bestTrial();
  const again = FixedTrial.from(best);
  t.deepEqual(again.userAttrs, best.userAttrs);
  t.is(await objective(new FixedTrial(best.params)), best.values![0]!);
  const other = FixedTrial.from(best);
  t.is(other.number, best.number);
  t.throws(() => other.suggestInt('x', -1, 1), { instanceOf: IncompatibleDistributionError });
  t.throws(() => other.suggestCategorical('kind', ['a', 'b', null, 'c']), {
    instanceOf: IncompatibleDistributionError,
  });
});

test('a parameter that was not given, or of another kind, is refused', (t) => {
  const trial = new FixedTrial({ x: 'text', toString: 1, y: 1 });
  t.throws(() => trial.suggestFloat('z', 0, 1), {
    instanceOf: InvalidArgumentError,
    message: /params must have 'z'; they have \['x', 'toString', 'y'\]/,
  });
  t.throws(() => trial.suggestFloat('valueOf', 0, 1), { message: /must have 'valueOf'/ });
  t.throws(() => trial.suggestFloat('x', 0, 1), { message: /x must be a number, not 'text'/ });
  t.throws(() => trial.suggestCategorical('x', ['a']), { message: /x must be one of/ });
  t.is(trial.suggestFloat('toString', 0, 1), 1);
  trial.suggestFloat('y', 0, 1);
  t.throws(() => trial.suggestInt('y', 0, 1), { instanceOf: IncompatibleDistributionError });
  t.throws(() => new FixedTrial(null as never), { instanceOf: InvalidArgumentError });
  t.throws(() => new FixedTrial({}, -1), { instanceOf: InvalidArgumentError });
});

test.serial(
  'a value out of range is taken with a warning; so is a second constraint not',
  async (t) => {
    const trial = new FixedTrial({ x: 5, n: 1.5 });
    const messages = await warningsOf(async () => {
      t.is(trial.suggestFloat('x', 0, 1), 5);
      t.is(trial.suggestInt('n', 0, 9), 1);
      await trial.setConstraint('c', 1);
      await trial.setConstraint('c', 2);
    });
    t.is(messages.length, 3);
    t.regex(messages[0]!, /the given 5 of 'x' is outside/);
    t.deepEqual(trial.constraints, { c: 1 });
    await t.throwsAsync(trial.setConstraint('d', Number.NaN), { instanceOf: InvalidArgumentError });
    await t.throwsAsync(
      trial.setUserAttr('d', () => 1),
      { instanceOf: InvalidArgumentError },
    );
  },
);

test('value, duration and last step of a trial', async (t) => {
  const times = { datetimeStart: new Date(1000), datetimeComplete: new Date(3250) };
  const study = await createStudy();
  await study.addTrial(
    createTrial({
      values: 2,
      ...times,
      intermediateValues: [
        [7, 1],
        [3, 2],
      ],
    }),
  );
  await study.ask();
  const [done, running] = await study.trials();
  t.deepEqual([trialValue(done!), trialDuration(done!), lastStep(done!)], [2, 2.25, 7]);
  t.deepEqual(
    [trialValue(running!), trialDuration(running!), lastStep(running!)],
    [null, null, undefined],
  );
  t.throws(() => trialValue({ ...done!, values: [1, 2] }), { instanceOf: MultiObjectiveError });
});

test('a trial made elsewhere has times and constraints of its own', (t) => {
  const distributions = { x: floatDistribution(0, 1) };
  const trial = createTrial({
    values: 1,
    params: { x: 0 },
    distributions,
    datetimeStart: new Date(5),
    datetimeComplete: new Date(9),
    constraints: { a: -1 },
    systemAttrs: { b: 1 },
  });
  t.deepEqual(trial.systemAttrs, { b: 1, 'constraints:a': -1 });
  t.deepEqual([trial.datetimeStart, trial.datetimeComplete], [new Date(5), new Date(9)]);
  const refused: [object, RegExp][] = [
    [{ datetimeStart: null }, /datetimeStart must be set for a complete trial/],
    [{ datetimeComplete: null }, /datetimeComplete must be set for a complete trial/],
    [
      { state: 'running', values: null, datetimeComplete: new Date() },
      /must be null for a running/,
    ],
    [
      { datetimeStart: new Date('x') },
      /datetimeStart must be a valid Date of the years 1 to 9999, or null/,
    ],
    [{ datetimeStart: 5 }, /datetimeStart must be a valid Date .*or null, not 5/],
    [{ constraints: { a: Number.NaN } }, /value must be a number, not NaN/],
    [{ value: 1 }, /an option of createTrial must be one of .* not 'value'/],
  ];
  for (const [options, message] of refused) {
    t.throws(() => createTrial({ values: 1, ...options }), {
      instanceOf: InvalidArgumentError,
      message,
    });
  }
});
