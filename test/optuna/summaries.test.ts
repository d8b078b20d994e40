import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  copyStudy,
  createStudy,
  createTrial,
  DuplicatedStudyError,
  floatDistribution,
  getAllStudyNames,
  getAllStudySummaries,
  InMemoryStorage,
  loadStudy,
  StudyNotFoundError,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

async function storageOfThree(): Promise<InMemoryStorage> {
  const storage = new InMemoryStorage();
  const one = await createStudy({ storage, studyName: 'one', direction: 'maximize' });
  await one.setUserAttr('note', 'ü');
  await one.setMetricNames(['accuracy']);
  const datetimeStart = new Date(2000);
  await one.addTrials([
    createTrial({ values: 1, datetimeStart }),
    createTrial({ values: 3, datetimeStart: new Date(1000), constraints: { c: 1 } }),
    createTrial({ values: 3, datetimeStart }),
    createTrial({ values: 9, state: 'pruned', datetimeStart }),
  ]);
  await one.enqueueTrial({ x: 99 });
  const two = await createStudy({
    storage,
    studyName: 'two',
    directions: ['minimize', 'maximize'],
  });
  await two.tell(await two.ask(), [1, 2]);
  await createStudy({ storage, studyName: 'three' });
  return storage;
}

test('summaries tell of all studies, in the order of their creation', async (t) => {
  const storage = await storageOfThree();
  const [one, two, three] = await getAllStudySummaries({ storage });
  t.like(one, {
    studyName: 'one',
    directions: ['maximize'],
    userAttrs: { note: 'ü' },
    systemAttrs: { 'study:metric_names': ['accuracy'] },
    nTrials: 5,
    datetimeStart: new Date(1000),
  });
  // The first of equal ones, constraints or not.
  t.is(one!.bestTrial!.number, 1);
  t.like(two, { studyName: 'two', bestTrial: null, nTrials: 1 });
  t.true(two!.datetimeStart instanceof Date);
  t.like(three, { studyName: 'three', bestTrial: null, nTrials: 0, datetimeStart: null });
  t.is((await getAllStudySummaries({ storage, includeBestTrial: false }))[0]!.bestTrial, null);
  t.deepEqual(await getAllStudyNames({ storage }), ['one', 'two', 'three']);
  t.deepEqual(await getAllStudySummaries({ storage: new InMemoryStorage() }), []);
  const wrong = { storage, includeBest: true };
  await t.throwsAsync(getAllStudySummaries(wrong), { instanceOf: InvalidArgumentError });
});

test('a copy has everything, and a life of its own', async (t) => {
  const fromStorage = await storageOfThree();
  const toStorage = new InMemoryStorage();
  await createStudy({ storage: toStorage, studyName: 'other' });
  await copyStudy({ fromStudyName: 'one', fromStorage, toStorage });
  const from = await loadStudy({ storage: fromStorage, studyName: 'one' });
  const to = await loadStudy({ storage: toStorage, studyName: 'one' });
  t.is(to.direction, 'maximize');
  t.deepEqual(await to.userAttrs(), { note: 'ü' });
  t.deepEqual(await to.metricNames(), ['accuracy']);
  const withoutIds = async (study: typeof to) =>
    (await study.trials()).map(({ id: _, ...rest }) => rest);
  t.deepEqual(await withoutIds(to), await withoutIds(from));
  t.deepEqual((await to.ask()).systemAttrs['fixed_params'], { x: 99 });
  t.is((await from.trials())[4]!.state, 'waiting');
});

test('a copy needs a study, and a name that is free', async (t) => {
  const storage = await storageOfThree();
  const copy = (fromStudyName: string, toStudyName?: string) =>
    copyStudy({
      fromStudyName,
      fromStorage: storage,
      toStorage: storage,
      ...(toStudyName === undefined ? {} : { toStudyName }),
    });
  await t.throwsAsync(copy('one'), { instanceOf: DuplicatedStudyError });
  await t.throwsAsync(copy('four', 'five'), { instanceOf: StudyNotFoundError });
  await copy('two', 'five');
  t.deepEqual(await getAllStudyNames({ storage }), ['one', 'two', 'three', 'five']);
  t.deepEqual(
    (await (await loadStudy({ storage, studyName: 'five' })).trials())[0]!.values,
    [1, 2],
  );
});

test.serial('parameters outside of their ranges are copied too', async (t) => {
  const storage = new InMemoryStorage();
  const study = await createStudy({ storage, studyName: 'a' });
  await study.enqueueTrial({ x: 7 });
  const trial = await study.ask();
  await warningsOf(() => trial.suggest('x', floatDistribution(0, 1)));
  await study.tell(trial, 1);
  await copyStudy({
    fromStudyName: 'a',
    fromStorage: storage,
    toStorage: storage,
    toStudyName: 'b',
  });
  t.deepEqual((await (await loadStudy({ storage, studyName: 'b' })).trials())[0]!.params, { x: 7 });
});
