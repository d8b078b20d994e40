import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { type Choice, createStudy, GridSampler, type ParamValue } from '../../src/optuna/index.js';
import { fixture } from '../helpers/paths.js';
import { warningsOf } from '../helpers/warnings.js';

interface GridTrace {
  seed: number;
  search_space: Record<string, Choice[]>;
  order: Record<string, ParamValue>[];
}

async function visited(
  space: Record<string, Choice[]>,
  options?: { seed?: number },
): Promise<Record<string, ParamValue>[]> {
  const study = await createStudy({ sampler: new GridSampler(space, options) });
  await study.optimize((trial) => {
    for (const [name, values] of Object.entries(space)) trial.suggestCategorical(name, values);
    return 0;
  });
  return (await study.trials()).map(({ params }) => params);
}

test('visits the grid in the order of Optuna, then stops', async (t) => {
  const { grid } = fixture<{ grid: GridTrace }>('optuna/pruners-seed0.json');
  t.deepEqual(await visited(grid.search_space, { seed: grid.seed }), grid.order);
  // From Optuna 5.0.0, without a seed.
  const space = { b: [1, 2], a: ['p', 'q', 'r'] };
  t.deepEqual(
    (await visited(space)).map(({ a, b }) => `${a}${b}`),
    ['r2', 'q1', 'p2', 'q2', 'p1', 'r1'],
  );
});

test('continues where a study of the same grid stopped, and visits what others left out', async (t) => {
  const space = { x: [1, 2, 3, 4] };
  const study = await createStudy({ sampler: new GridSampler(space) });
  const objective = (trial: { suggestInt(name: string, low: number, high: number): number }) =>
    trial.suggestInt('x', 1, 4);
  await study.enqueueTrial({ x: 4 });
  await study.optimize(objective, { nTrials: 2 });
  study.sampler = new GridSampler(space);
  await study.optimize(objective);
  const params = (await study.trials()).map((trial) => trial.params['x'] as number);
  t.is(params.length, 5);
  t.deepEqual([...params.slice(1)].sort(), [1, 2, 3, 4]);
});

test('a grid without parameters is one trial, as in Optuna', async (t) => {
  t.deepEqual(await visited({}), [{}]);
});

test.serial('a grid that is done is begun again by ask, with a warning', async (t) => {
  const study = await createStudy({ sampler: new GridSampler({ x: [5] }) });
  const first = await study.ask();
  t.is(first.suggestInt('x', 1, 9), 5);
  await study.tell(first, 0);
  const messages = await warningsOf(async () => {
    t.is((await study.ask()).suggestInt('x', 1, 9), 5);
  });
  t.regex(messages.join(), /every combination of the grid has been tried/);
});

test('refuses names that are not in the grid, and grids that are none', async (t) => {
  const study = await createStudy({ sampler: new GridSampler({ x: [1, 2] }) });
  const trial = await study.ask();
  const refused = { instanceOf: InvalidArgumentError };
  t.throws(() => trial.suggestInt('y', 1, 2), { ...refused, message: /'y' must be in the grid/ });
  t.throws(() => trial.suggestCategorical('x', ['a', 'b']), { ...refused, message: /grid's 'x'/ });
  await study.enqueueTrial({});
  const enqueued = await study.ask();
  t.throws(() => enqueued.suggestInt('x', 1, 2), { ...refused, message: /must be enqueued too/ });
  t.throws(() => new GridSampler({ x: [] }), { ...refused, message: /searchSpace\['x'\]/ });
  t.throws(() => new GridSampler({ x: 3 as never }), { ...refused, message: /searchSpace\['x'\]/ });
  t.throws(() => new GridSampler(null as never), { ...refused, message: /searchSpace/ });
  t.throws(() => new GridSampler({ x: [1] }, { seed: -1 }), { ...refused, message: /seed/ });
});

test.serial(
  'a value of the grid outside of the suggested range is used, with a warning',
  async (t) => {
    const study = await createStudy({ sampler: new GridSampler({ x: [9] }) });
    const trial = await study.ask();
    const messages = await warningsOf(() => t.is(trial.suggestInt('x', 1, 3), 9));
    t.regex(messages.join(), /9 of 'x' is outside of the suggested range/);
  },
);
