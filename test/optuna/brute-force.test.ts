import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  BruteForceSampler,
  createStudy,
  createTrial,
  intDistribution,
  type Trial,
} from '../../src/optuna/index.js';

const sampler = () => new BruteForceSampler({ seed: 1 });

test('tries every combination once, then stops', async (t) => {
  const study = await createStudy({ sampler: sampler() });
  await study.optimize((trial) => {
    const n = trial.suggestInt('n', 0, 2);
    for (let i = 0; i < n; i += 1) trial.suggestCategorical(`c${i}`, [Number.NaN, null, 'é']);
    return n;
  });
  const seen = new Set((await study.trials()).map(({ params }) => Object.values(params).join()));
  t.is((await study.trials()).length, 1 + 3 + 9);
  t.is(seen.size, 13);
});

test('continues a study, and parallel trials do not meet', async (t) => {
  const study = await createStudy({ sampler: sampler() });
  const objective = async (trial: Trial) => {
    const x = trial.suggestFloat('x', 0, 0.9, { step: 0.1 });
    await new Promise(setImmediate);
    return x;
  };
  await study.optimize(objective, { nTrials: 4 });
  study.sampler = sampler();
  await study.optimize(objective, { nJobs: 3 });
  const values = (await study.trials()).map(({ params }) => params['x'] as number);
  t.deepEqual(
    values.sort((a, b) => a - b),
    [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  );
});

test('names that are integers are names like others', async (t) => {
  const run = async ([a, b, c, d]: readonly string[], nJobs: number) => {
    const study = await createStudy({ sampler: sampler() });
    const objective = async (trial: Trial) => {
      const wide = trial.suggestCategorical(a!, [true, false]);
      const values = [wide ? trial.suggestInt(b!, 0, 2) : -1, trial.suggestInt(c!, 0, 1)];
      await new Promise(setImmediate);
      if (values[1] === 1) values.push(trial.suggestInt(d!, 5, 6));
      return Number([wide ? 1 : 2, ...values.map((value) => value + 1)].join(''));
    };
    await study.optimize(objective, { nTrials: 3, nJobs });
    await study.optimize(objective, { nJobs });
    const values = (await study.trials()).map((trial) => trial.values![0]!);
    // Parallel trials may try the last ones twice.
    return nJobs === 1 ? values.sort() : [...new Set(values)].sort();
  };
  for (const nJobs of [1, 3]) {
    const values = await run(['a', 'b', 'c', 'd'], nJobs);
    t.is(new Set(values).size, 3 * 3 + 3);
    for (const names of [
      ['a', '7', '3', '0'],
      ['9', 'b', '8', '7'],
    ]) {
      t.deepEqual(await run(names, nJobs), values);
    }
  }
});

test('a trial without parameters is all there is to try', async (t) => {
  const study = await createStudy({ sampler: sampler() });
  await study.optimize(() => 0);
  t.is((await study.trials()).length, 1);
});

test('a large space is not laid out', async (t) => {
  const study = await createStudy({ sampler: sampler() });
  await study.optimize(
    (trial) => {
      for (let i = 0; i < 30; i += 1) trial.suggestInt(`x${i}`, 0, 999);
      return 0;
    },
    { nTrials: 20 },
  );
  t.is((await study.trials()).length, 20);
});

test('refuses what has no end, and what contradicts earlier trials', async (t) => {
  const refused = { instanceOf: InvalidArgumentError };
  const study = await createStudy({ sampler: sampler() });
  const trial = await study.ask();
  t.throws(() => trial.suggestFloat('x', 0, 1), {
    ...refused,
    message: /step of 'x' must be given/,
  });
  trial.suggestInt('n', 0, 2);
  await study.tell(trial, 0);
  const other = await study.ask();
  t.throws(() => other.suggestInt('m', 0, 2), { ...refused, message: /'n'/ });
  t.throws(() => other.suggestInt('n', 0, 3), { ...refused, message: /another range/ });
  t.throws(() => new BruteForceSampler({ seed: -1 }), { ...refused, message: /seed/ });
  t.throws(() => new BruteForceSampler({ avoidPrematureStop: 1 as never }), {
    ...refused,
    message: /avoidPrematureStop must be a boolean, not 1/,
  });
});

test('values out of range, which others added, are passed over', async (t) => {
  const study = await createStudy({ sampler: sampler() });
  const wide = intDistribution(0, 9);
  await study.addTrial(createTrial({ values: 1, params: { n: 1 }, distributions: { n: wide } }));
  await study.enqueueTrial({ n: 77 });
  await study.optimize((trial) => trial.suggestInt('n', 0, 9));
  const values = (await study.trials()).map(({ params }) => params['n'] as number);
  t.deepEqual(
    values.sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 77],
  );
});
