import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  BruteForceSampler,
  categoricalDistribution,
  createStudy,
  createTrial,
  IncompatibleDistributionError,
  InMemoryStorage,
  loadStudy,
  type Sampler,
  TPESampler,
} from '../../src/optuna/index.js';

const refused = { instanceOf: IncompatibleDistributionError };
const growing = { growingCategoricals: true };

test('choices that grow are refused unless the study allows them', async (t) => {
  const storage = new InMemoryStorage();
  const study = await createStudy({ storage });
  const trial = await study.ask();
  trial.suggestCategorical('c', ['a', 'b']);
  await study.tell(trial, 0);
  const other = await study.ask();
  t.throws(() => other.suggestCategorical('c', ['a', 'b', 'z']), refused);
  const distributions = { c: categoricalDistribution(['a', 'b', 'z']) };
  const template = createTrial({ values: 1, params: { c: 'z' }, distributions });
  await t.throwsAsync(study.addTrial(template), refused);
  await t.throwsAsync(study.ask(distributions), refused);

  const open = await loadStudy({ storage, ...growing });
  await open.addTrial(template);
  const last = (await open.trials()).at(-1)!;
  t.is(last.params['c'], 'z');
  t.deepEqual((await open.trials())[0]!.distributions['c'], categoricalDistribution(['a', 'b']));
});

test('choices must not go away, change or move', async (t) => {
  const study = await createStudy(growing);
  const trial = await study.ask();
  trial.suggestCategorical('c', ['a', 'b']);
  const next = await study.ask();
  next.suggestCategorical('c', ['a', 'b', Number.NaN]);
  const bad = await study.ask();
  for (const choices of [['a', 'b'], ['a'], ['b', 'a', Number.NaN], ['a', 'b', 'x'], ['z']]) {
    t.throws(() => bad.suggestCategorical('c', choices), refused);
  }
  t.throws(() => bad.suggestInt('c', 0, 1), refused);
  t.is(typeof bad.suggestCategorical('c', ['a', 'b', Number.NaN, 'w']), typeof bad.params['c']);
  // Within one trial the first suggestion holds.
  t.is<unknown, unknown>(trial.suggestCategorical('c', ['a', 'b']), trial.params['c']);
});

const samplers: [string, () => Sampler][] = [
  ['tpe v5', () => new TPESampler({ seed: 0, nStartupTrials: 3 })],
  ['tpe v4', () => new TPESampler({ seed: 0, nStartupTrials: 3, version: 'v4' })],
  ['tpe group', () => new TPESampler({ seed: 0, nStartupTrials: 3, group: true })],
];

for (const [name, make] of samplers) {
  test(`${name} finds a choice that was added and is the best`, async (t) => {
    const study = await createStudy({ sampler: make(), ...growing });
    const all = ['a', 'b', 'c', 'd', 'e'];
    let length = 2;
    await study.optimize(
      (trial) => {
        if (trial.number > 0 && trial.number % 8 === 0) length = Math.min(length + 1, all.length);
        const choice = trial.suggestCategorical('c', all.slice(0, length));
        return trial.suggestFloat('x', 0, 1) - 5 * all.indexOf(choice);
      },
      { nTrials: 70 },
    );
    const params = (await study.trials()).map((trial) => trial.params['c'] as string);
    t.is((await study.bestParams())['c'], 'e');
    t.true(params.slice(50).filter((choice) => choice === 'e').length > 10);
    t.true(params.every((choice, i) => all.indexOf(choice) < 2 + Math.floor(i / 8)));
  });
}

test('brute force says that a space must stay as it is', async (t) => {
  const study = await createStudy({ sampler: new BruteForceSampler({ seed: 0 }), ...growing });
  const trial = await study.ask();
  trial.suggestCategorical('c', ['a', 'b']);
  await study.tell(trial, 0);
  const next = await study.ask();
  t.throws(() => next.suggestCategorical('c', ['a', 'b', 'c']), {
    instanceOf: InvalidArgumentError,
    message: /another range/,
  });
});

test('the option is a boolean', async (t) => {
  await t.throwsAsync(createStudy({ growingCategoricals: 'yes' as never }), {
    instanceOf: InvalidArgumentError,
    message: /growingCategoricals must be a boolean, not 'yes'/,
  });
});
