import test from 'ava';
import { makePlan } from '../../src/compare/plan.js';
import { presets } from '../../src/compare/presets/index.js';
import { InvalidArgumentError } from '../../src/errors.js';

test('the paper preset holds the numbers of the paper', (t) => {
  const { strategies, trainSize, testSize, space } = makePlan(presets.paper);
  t.deepEqual(
    strategies.map(({ name, trials, epochs }) => [name, trials, epochs]),
    [
      ['manual', 1, 75],
      ['random', 5, 10],
      ['grid', 5, 10],
      ['optuna-tpe', 4, 10],
      ['hyperopt-tpe', 5, 10],
    ],
  );
  t.deepEqual([trainSize, testSize], [60_000, 10_000]);
  t.deepEqual(space['learning_rate'], { type: 'logUniform', low: 1e-5, high: 1e-1 });
  t.is(Object.keys(space).length, 11);
});

for (const preset of Object.values(presets)) {
  test(`the grid of preset ${preset.name} has values of the space for every parameter`, (t) => {
    const grid = preset.strategies.find(({ name }) => name === 'grid')!;
    if (grid.name !== 'grid') throw new Error('not the grid');
    t.deepEqual(Object.keys(grid.settings.values).sort(), Object.keys(preset.space).sort());
    for (const [name, values] of Object.entries(grid.settings.values)) {
      const space = preset.space[name]!;
      for (const value of values) {
        t.true(
          space.type === 'choice'
            ? space.values.includes(value)
            : typeof value === 'number' && value >= space.low && value <= space.high,
          `${name}: ${value}`,
        );
      }
    }
  });
}

test('options replace what the preset says; manual tuning stays one trial', (t) => {
  const plan = makePlan(presets.quick, {
    strategies: ['random', 'manual'],
    trials: 9,
    epochs: 2,
    trainSize: 100,
    testSize: 50,
    seed: 5,
    device: 'cpu',
  });
  t.deepEqual(
    plan.strategies.map(({ name, trials, epochs }) => [name, trials, epochs]),
    [
      ['manual', 1, 2],
      ['random', 9, 2],
    ],
  );
  t.is(plan.trainSize, 100);
  t.is(plan.testSize, 50);
  t.is(plan.seed, 5);
  t.is(plan.device, 'cpu');
});

const refused: [object, RegExp][] = [
  [{ strategies: ['annealing'] }, /strategies must be among manual, .*, not 'annealing'/],
  [{ strategies: [] }, /strategies/],
  [{ trials: 0 }, /strategies\[1\]\.trials/],
  [{ epochs: 1.5 }, /epochs/],
  [{ seed: -1 }, /seed/],
  [{ trainSize: Number.NaN }, /trainSize/],
];
for (const [options, message] of refused) {
  test(`refuses ${JSON.stringify(options)}`, (t) => {
    t.throws(() => makePlan(presets.quick, options), { instanceOf: InvalidArgumentError, message });
  });
}
