import test from 'ava';
import { InvalidArgumentError, TrialforgeError } from '../../src/errors.js';
import {
  createStudy,
  createTrial,
  type Direction,
  type Distribution,
  DuplicatedStudyError,
  deleteStudy,
  floatDistribution,
  InMemoryStorage,
  intDistribution,
  loadStudy,
  MultiObjectiveError,
  RandomSampler,
  StudyNotFoundError,
} from '../../src/optuna/index.js';

test('a name is unique in a storage; loadIfExists loads, with the directions stored', async (t) => {
  const storage = new InMemoryStorage();
  const first = await createStudy({ studyName: 'a', storage });
  await first.tell(await first.ask(), 1);
  await t.throwsAsync(createStudy({ studyName: 'a', storage }), {
    instanceOf: DuplicatedStudyError,
    message: /'a' exists already/,
  });
  const again = await createStudy({
    studyName: 'a',
    storage,
    loadIfExists: true,
    direction: 'maximize',
  });
  t.is(again.direction, 'minimize');
  t.is((await again.trials()).length, 1);
  const other = await createStudy({ studyName: 'b', storage, loadIfExists: true });
  t.deepEqual(await other.trials(), []);
  t.is((await storage.studies()).length, 2);
});

test('studies are loaded and deleted by name', async (t) => {
  const storage = new InMemoryStorage();
  const made = await createStudy({ storage });
  t.regex(made.studyName, /^no-name-/);
  await made.tell(await made.ask(), 4);
  t.is(await (await loadStudy({ storage })).bestValue(), 4);
  await createStudy({ studyName: 'b', storage });
  await t.throwsAsync(loadStudy({ storage }), {
    instanceOf: InvalidArgumentError,
    message: /studyName must be given .* it has 2/,
  });
  t.is((await loadStudy({ studyName: 'b', storage })).studyName, 'b');
  await deleteStudy({ studyName: 'b', storage });
  for (const call of [loadStudy, deleteStudy]) {
    await t.throwsAsync(call({ studyName: 'b', storage }), { instanceOf: StudyNotFoundError });
  }
  await t.throwsAsync(loadStudy({ storage: new InMemoryStorage() }), { message: /it has 0/ });
  await t.throwsAsync(loadStudy({ storage, studyName: 7 as never }), {
    message: /studyName must be a string, not 7/,
  });
});

test('a study is deleted by its name alone, also if it is the only one', async (t) => {
  const storage = new InMemoryStorage();
  await createStudy({ storage, studyName: 'a' });
  for (const options of [{ storage }, { storage, study: 'b' }, { storage, studyName: 'b' }]) {
    await t.throwsAsync(deleteStudy(options as never), { instanceOf: TrialforgeError });
  }
  t.is((await storage.studies()).length, 1);
});

test('a study that goes while it is looked for is made', async (t) => {
  const storage = new InMemoryStorage();
  await createStudy({ storage, studyName: 'a' });
  const { findStudy } = storage;
  let deletions = 0;
  // As another process may do after createStudy was refused.
  storage.findStudy = async (name) => {
    const found = await findStudy.call(storage, name);
    if (found && deletions === 1) await storage.deleteStudy(found.id);
    deletions += 1;
    return deletions === 2 ? undefined : found;
  };
  const study = await createStudy({ storage, studyName: 'a', loadIfExists: true });
  t.is((await study.trials()).length, 0);
});

const refused: [string, object, RegExp][] = [
  ['a direction', { direction: 'up' }, /direction must be one of minimize, maximize, not 'up'/],
  ['upper case', { direction: 'MAXIMIZE' }, /not 'MAXIMIZE'/],
  ['no directions', { directions: [] }, /directions must be .* at least one/],
  ['one of directions', { directions: ['minimize', 1] }, /directions must be one of .* not 1/],
  ['both', { direction: 'minimize', directions: ['minimize'] }, /must not both be given/],
  ['a storage', { storage: 'redis://x' }, /storage must be a Storage.* 'redis:\/\/x'/],
  [
    'a database',
    { storage: 'mysql+pymysql://me:secret@host/db' },
    /not 'mysql\+pymysql:\/\/me:\*\*\*@host\/db'/,
  ],
  ['a storage object', { storage: {} }, /storage must be a Storage/],
  ['a sampler', { sampler: {} }, /sampler must be a Sampler/],
  ['no sampler', { sampler: null }, /sampler must be a Sampler, not null/],
  ['a pruner', { pruner: 'median' }, /pruner must be a Pruner, not 'median'/],
  ['a name', { studyName: 7 }, /studyName must be a string, not 7/],
];

for (const [name, options, message] of refused) {
  test(`refuses what is not ${name}`, async (t) => {
    await t.throwsAsync(createStudy(options), { instanceOf: InvalidArgumentError, message });
  });
}

test('a study of several objectives has a front, no best trial', async (t) => {
  const directions: Direction[] = ['minimize', 'maximize'];
  const study = await createStudy({ directions, sampler: new RandomSampler({ seed: 0 }) });
  t.deepEqual(study.directions, directions);
  t.throws(() => study.direction, { instanceOf: MultiObjectiveError });
  await t.throwsAsync(study.bestTrial(), { instanceOf: MultiObjectiveError });
  for (const values of [
    [1, 1],
    [2, 2],
    [2, 1],
    [1, 1],
    [Infinity, 9],
  ]) {
    await study.tell(await study.ask(), values);
  }
  t.deepEqual(
    (await study.bestTrials()).map(({ number }) => number),
    [0, 1, 3, 4],
  );
  await t.throwsAsync(study.tell(await study.ask(), 1, { state: 'complete' }), {
    message: /values must be 2, one an objective, not 1/,
  });
});

test('attributes and metric names are kept with the study', async (t) => {
  const storage = new InMemoryStorage();
  const study = await createStudy({ studyName: 'a', storage });
  await study.setUserAttr('data', { set: 'mnist' });
  t.is(await study.metricNames(), null);
  await study.setMetricNames(['accuracy']);
  const loaded = await loadStudy({ studyName: 'a', storage });
  t.deepEqual(await loaded.userAttrs(), { data: { set: 'mnist' } });
  t.deepEqual(await loaded.metricNames(), ['accuracy']);
  t.deepEqual(await loaded.systemAttrs(), { 'study:metric_names': ['accuracy'] });
  for (const names of [[], ['a', 'b'], [1], 'accuracy']) {
    await t.throwsAsync(study.setMetricNames(names as string[]), {
      instanceOf: InvalidArgumentError,
    });
  }
  await t.throwsAsync(
    study.setUserAttr('f', () => 1),
    { instanceOf: InvalidArgumentError },
  );
});

test('trials made elsewhere can be added', async (t) => {
  const study = await createStudy();
  await study.addTrials([
    createTrial({
      values: 0.5,
      params: { x: 1 },
      distributions: { x: floatDistribution(0, 2) },
      intermediateValues: [[1, 0.7]],
      userAttrs: { a: 1 },
    }),
    createTrial({ state: 'fail' }),
    createTrial({ state: 'waiting', systemAttrs: { fixed_params: { x: 2 } } }),
  ]);
  const [complete, failed] = await study.trials();
  t.like(complete, { number: 0, values: [0.5], params: { x: 1 }, userAttrs: { a: 1 } });
  t.is(failed!.state, 'fail');
  t.is((await study.ask()).suggestFloat('x', 0, 2), 2);
});

const inconsistent: [string, Parameters<typeof createTrial>[0], RegExp][] = [
  ['complete without values', {}, /values must be set for a complete trial/],
  ['complete with NaN', { values: [Number.NaN] }, /values must be numbers that are not NaN/],
  ['failed with values', { state: 'fail', values: 1 }, /values must be null for a failed trial/],
  ['an unknown state', { state: 'done' as never, values: 1 }, /state must be one of/],
  ['a parameter without distribution', { values: 1, params: { x: 1 } }, /distributions/],
  [
    'a parameter with the distribution of another',
    { values: 1, params: { x: 1 }, distributions: { y: floatDistribution(0, 2) } },
    /distributions must have 'x'/,
  ],
  [
    'a parameter out of range',
    { values: 1, params: { x: 3 }, distributions: { x: intDistribution(0, 2) } },
    /params\['x'\] must lie in its distribution, not be 3/,
  ],
  ['a report before step 0', { values: 1, intermediateValues: [[-1, 1]] }, /step must be/],
];

for (const [name, options, message] of inconsistent) {
  test(`refuses a trial that is ${name}`, (t) => {
    t.throws(() => createTrial(options), { instanceOf: InvalidArgumentError, message });
  });
}

test('an added trial must fit the study', async (t) => {
  const study = await createStudy();
  await t.throwsAsync(study.addTrial(createTrial({ values: [1, 2] })), {
    instanceOf: InvalidArgumentError,
    message: /values must be 1, one an objective/,
  });
  const params = { x: 1 };
  await study.addTrial(
    createTrial({ values: 1, params, distributions: { x: floatDistribution(0, 2) } }),
  );
  await t.throwsAsync(
    study.addTrial(createTrial({ values: 1, params, distributions: { x: intDistribution(0, 2) } })),
    { code: 'ERR_INCOMPATIBLE_DISTRIBUTION' },
  );
  t.is((await study.trials()).length, 1);
});

test('of several trials all are added, in order, or none', async (t) => {
  const study = await createStudy();
  const made = (distribution: Distribution, x: number) =>
    createTrial({ values: x, params: { x }, distributions: { x: distribution } });
  const float = floatDistribution(0, 300);
  await study.addTrials(Array.from({ length: 250 }, (_, i) => made(float, i)));
  t.deepEqual(
    (await study.trials()).map(({ values }) => values![0]),
    Array.from({ length: 250 }, (_, i) => i),
  );
  const other = await createStudy();
  await t.throwsAsync(other.addTrials([made(float, 1), made(intDistribution(0, 2), 1)]), {
    code: 'ERR_INCOMPATIBLE_DISTRIBUTION',
  });
  await t.throwsAsync(other.addTrials([made(float, 1), undefined as never]), {
    message: /trial must be what createTrial makes/,
  });
  t.deepEqual(await other.trials(), []);
});

test('times are those that Python has', (t) => {
  for (const year of ['0001', '9999']) {
    t.notThrows(() => createTrial({ values: 1, datetimeStart: new Date(`${year}-06-01`) }));
  }
  for (const time of [8.64e15, -6.3e13, Number.NaN]) {
    t.throws(() => createTrial({ values: 1, datetimeStart: new Date(time) }), {
      instanceOf: InvalidArgumentError,
      message: /datetimeStart must be a valid Date of the years 1 to 9999/,
    });
  }
  t.throws(() => createTrial({ values: 1, intermediateValues: { 0: 1 } as never }), {
    instanceOf: InvalidArgumentError,
    message: /intermediateValues must be pairs/,
  });
});
