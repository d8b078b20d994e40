import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  createTrial,
  type Direction,
  floatDistribution,
  intDistribution,
} from '../../src/optuna/index.js';

const times = { datetimeStart: new Date(1000), datetimeComplete: new Date(2500) };

/** The trials of which Optuna 5.0.0 made the columns below. */
async function studyOf(directions: readonly Direction[], metricNames?: string[]) {
  const study = await createStudy({ directions });
  if (metricNames) await study.setMetricNames(metricNames);
  const one = directions.length === 1;
  const reports: [number, number][] = one
    ? [
        [30, 2],
        [4, 1],
      ]
    : [];
  const common = { userAttrs: { u: { k: 1 } }, intermediateValues: reports, ...times };
  const x = floatDistribution(0, 1);
  await study.addTrials([
    createTrial({
      ...common,
      values: directions.map((_, i) => i + 1),
      params: { x: 0.5, b10: 3, b9: 0 },
      distributions: { x, b10: intDistribution(0, 3), b9: intDistribution(0, 3) },
    }),
    createTrial({
      ...common,
      state: 'pruned',
      values: one ? 2 : null,
      params: { x: 0.25 },
      distributions: { x },
    }),
    createTrial({ ...common, state: 'fail', params: { x: 0 }, distributions: { x } }),
  ]);
  await study.enqueueTrial({ x: 1 });
  return study;
}

const rest = [
  ...['datetime_start', 'datetime_complete', 'duration', 'params_b10', 'params_b9', 'params_x'],
  ...['user_attrs_u', 'system_attrs_fixed_params', 'state'],
];
const minimize = ['minimize'] as const;
const both = ['minimize', 'maximize'] as const;

const columns: [Direction[], string[] | undefined, values: string[], reversed: string[]][] = [
  [
    [...minimize],
    undefined,
    ['value'],
    ['state', 'intermediate_values_4', 'intermediate_values_30', 'values_0', 'value', 'number'],
  ],
  [
    [...minimize],
    ['loss'],
    ['value_loss'],
    [
      ...['state', 'intermediate_values_4', 'intermediate_values_30'],
      ...['values_loss', 'value_loss', 'number'],
    ],
  ],
  [[...both], undefined, ['values_0', 'values_1'], ['state', 'values_0', 'values_1', 'number']],
  [[...both], ['b', 'a'], ['values_b', 'values_a'], ['state', 'values_b', 'values_a', 'number']],
];

for (const [directions, names, values, reversed] of columns) {
  test(`columns are Optuna's: ${directions} named ${names}`, async (t) => {
    const study = await studyOf(directions, names);
    t.deepEqual((await study.trialsTable()).columns, ['number', ...values, ...rest]);
    const table = await study.trialsTable({
      attrs: ['state', 'intermediateValues', 'values', 'value', 'number'],
    });
    t.deepEqual(table.columns, reversed);
  });
}

test('a row has a cell for every column, null where there is nothing', async (t) => {
  const { rows, columns, index } = await (await studyOf(minimize)).trialsTable();
  t.deepEqual(rows[0], {
    number: 0,
    value: 1,
    datetime_start: new Date(1000),
    datetime_complete: new Date(2500),
    duration: 1.5,
    params_b10: 3,
    params_b9: 0,
    params_x: 0.5,
    user_attrs_u: { k: 1 },
    system_attrs_fixed_params: null,
    state: 'COMPLETE',
  });
  t.deepEqual(
    rows.map((row) => [row['value'], row['duration'], row['params_b9'], row['state']]),
    [
      [1, 1.5, 0, 'COMPLETE'],
      [2, 1.5, null, 'PRUNED'],
      [null, 1.5, null, 'FAIL'],
      [null, null, null, 'WAITING'],
    ],
  );
  for (const row of rows) t.deepEqual(Object.keys(row), columns);
  t.deepEqual(index.slice(4, 6), [
    ['duration', ''],
    ['params', 'b10'],
  ]);
});

test('names are ordered by code point, whatever they are', async (t) => {
  const study = await createStudy();
  const names = ['é', '__proto__', 'Z', 'a', '😀', '\uffff', ''];
  const params = Object.fromEntries(names.map((name, i) => [name, i]));
  const distributions = Object.fromEntries(
    names.map((name) => [name, intDistribution(0, 9)] as const),
  );
  await study.addTrial(createTrial({ values: -Infinity, params, distributions }));
  const table = await study.trialsTable({ attrs: ['params', 'value'] });
  t.deepEqual(
    table.index.map(([, name]) => name),
    ['', 'Z', '__proto__', 'a', 'é', '\uffff', '😀', ''],
  );
  t.is(table.rows[0]!['params___proto__'], 1);
  t.is(table.rows[0]!['value'], -Infinity);
});

test('a study without trials is a table without columns', async (t) => {
  t.deepEqual(await (await createStudy()).trialsTable(), { columns: [], index: [], rows: [] });
  const two = await createStudy({ directions: both });
  t.deepEqual(await two.trialsTable(), { columns: [], index: [], rows: [] });
});

test('refuses what trials do not have', async (t) => {
  const study = await createStudy();
  for (const attrs of [['nope'], ['datetime_start'], 'number', ['toString']]) {
    await t.throwsAsync(study.trialsTable({ attrs: attrs as never }), {
      instanceOf: InvalidArgumentError,
      message: /^attrs/,
    });
  }
  await t.throwsAsync(study.trialsTable({ multiIndex: true } as object), { message: /multiIndex/ });
});
