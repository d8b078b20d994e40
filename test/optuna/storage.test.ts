// What every storage must do.
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  createTrial,
  DuplicatedStudyError,
  floatDistribution,
  IncompatibleDistributionError,
  InMemoryStorage,
  intDistribution,
  JournalFileBackend,
  JournalStorage,
  RDBStorage,
  type Storage,
  StudyNotFoundError,
  TrialNotFoundError,
  UpdateFinishedTrialError,
} from '../../src/optuna/index.js';

import { sharedPostgres } from '../helpers/postgres.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const postgres = await sharedPostgres();

const storages: Record<string, (t: ExecutionContext) => Promise<Storage>> = {
  'in memory': async () => new InMemoryStorage(),
  'in a journal': async (t) =>
    new JournalStorage(new JournalFileBackend(join(await temporaryFolder(t), 'a.log'))),
  'in SQLite': async (t) => rdb(t, `sqlite:///${await temporaryFolder(t)}/study.db`),
  ...(typeof postgres !== 'string' && {
    'in PostgreSQL': async (t) => rdb(t, await postgres.createDatabase()),
  }),
};

function rdb(t: ExecutionContext, url: string): Storage {
  const storage = new RDBStorage(url);
  t.teardown(() => storage.close());
  return storage;
}

if (typeof postgres === 'string') test.skip(`in PostgreSQL: ${postgres}`, () => {});

for (const [name, make] of Object.entries(storages)) {
  test(`${name}: studies`, async (t) => {
    const storage = await make(t);
    t.deepEqual(await storage.studies(), []);
    const a = await storage.createStudy('a', ['minimize']);
    const b = await storage.createStudy('b', ['maximize', 'minimize']);
    t.not(a.id, b.id);
    await t.throwsAsync(storage.createStudy('a', ['maximize']), {
      instanceOf: DuplicatedStudyError,
    });
    await storage.setStudyUserAttr(a.id, 'k', [1]);
    await storage.setStudyUserAttr(a.id, 'k', [2]);
    await storage.setStudySystemAttr(a.id, 's', 'v');
    t.like(await storage.study(a.id), {
      name: 'a',
      directions: ['minimize'],
      userAttrs: { k: [2] },
      systemAttrs: { s: 'v' },
    });
    t.deepEqual(await storage.findStudy('b'), await storage.study(b.id));
    t.is(await storage.findStudy('c'), undefined);
    const trial = await storage.createTrial(a.id);
    await storage.deleteStudy(a.id);
    t.deepEqual(
      (await storage.studies()).map((record) => record.name),
      ['b'],
    );
    const gone = { instanceOf: StudyNotFoundError };
    await t.throwsAsync(storage.study(a.id), gone);
    await t.throwsAsync(storage.deleteStudy(a.id), gone);
    await t.throwsAsync(storage.createTrial(a.id), gone);
    await t.throwsAsync(storage.sync(a.id), gone);
    t.throws(() => storage.peekTrials(a.id), gone);
    t.throws(() => storage.peekTrial(trial.id), { instanceOf: TrialNotFoundError });
    t.not((await storage.createStudy('a', ['minimize'])).id, a.id);
  });

  test(`${name}: trials are numbered within their study and known at once`, async (t) => {
    const storage = await make(t);
    const [a, b] = [
      await storage.createStudy('a', ['minimize']),
      await storage.createStudy('b', ['minimize']),
    ];
    const first = await storage.createTrial(a.id);
    const other = await storage.createTrial(b.id);
    const second = await storage.createTrial(a.id);
    t.deepEqual([first.number, other.number, second.number], [0, 0, 1]);
    t.is(new Set([first.id, other.id, second.id]).size, 3);
    const x = floatDistribution(0, 1);
    const writes = [
      storage.setTrialParam(second.id, 'x', 0.5, x),
      storage.setTrialIntermediateValue(second.id, 3, Number.NaN),
      storage.setTrialIntermediateValue(second.id, 3, 2),
      storage.setTrialUserAttr(second.id, 'u', null),
      storage.setTrialSystemAttr(second.id, 's', { a: 1 }),
    ];
    const now = storage.peekTrial(second.id);
    t.like(now, {
      params: { x: 0.5 },
      distributions: { x },
      userAttrs: { u: null },
      systemAttrs: { s: { a: 1 } },
    });
    t.deepEqual([...now.intermediateValues], [[3, 2]]);
    t.is(storage.peekDistribution(a.id, 'x'), x);
    t.is(storage.peekDistribution(b.id, 'x'), undefined);
    await Promise.all(writes);
    await storage.sync(a.id);
    t.deepEqual(storage.peekTrials(a.id)[1], now);
  });

  test(`${name}: an attribute is made at most once, and then as good as given`, async (t) => {
    const storage = await make(t);
    const { id } = await storage.createStudy('a', ['minimize']);
    const trial = await storage.createTrial(id);
    let made = 0;
    const make3 = () => {
      made += 1;
      return [3];
    };
    await storage.setTrialSystemAttr(trial.id, 'kept', make3);
    await storage.setTrialSystemAttr(trial.id, 'replaced', () => 'old');
    await storage.setTrialSystemAttr(trial.id, 'replaced', 'new');
    await storage.setTrialSystemAttr(trial.id, '__proto__', () => 'a name');
    await storage.setTrialState(trial.id, 'complete', [0]);
    const { systemAttrs } = storage.peekTrial(trial.id);
    for (let i = 0; i < 2; i += 1) t.deepEqual(systemAttrs['kept'], [3]);
    t.is(made, 1);
    t.is(JSON.stringify(systemAttrs), '{"kept":[3],"replaced":"new","__proto__":"a name"}');
    t.throws(() => Object.assign(systemAttrs, { kept: 0 }), { instanceOf: TypeError });
    t.deepEqual(systemAttrs['kept'], [3]);
  });

  test(`${name}: finished trials share equal distributions`, async (t) => {
    const storage = await make(t);
    const { id } = await storage.createStudy('a', ['minimize']);
    const [x, y] = [floatDistribution(0, 1), floatDistribution(0, 1)];
    for (const names of ['xy', 'xy', 'yx', 'x', 'xy']) {
      const trial = await storage.createTrial(id);
      for (const param of names) {
        await storage.setTrialParam(trial.id, param, 0.5, param === 'x' ? x : y);
      }
      await storage.setTrialState(trial.id, 'complete', [0]);
    }
    const of = storage.peekTrials(id).map(({ distributions }) => distributions);
    t.is(of[0], of[1]);
    t.deepEqual(
      of.map((distributions) => Object.keys(distributions).join('')),
      ['xy', 'xy', 'yx', 'x', 'xy'],
    );
  });

  test(`${name}: states`, async (t) => {
    const storage = await make(t);
    const { id } = await storage.createStudy('a', ['minimize']);
    const waiting = await storage.createTrial(id, createTrial({ state: 'waiting' }));
    t.is(waiting.datetimeStart, null);
    const popped = await Promise.all([
      storage.setTrialState(waiting.id, 'running'),
      storage.setTrialState(waiting.id, 'running'),
    ]);
    t.deepEqual(popped, [true, false]);
    t.true(storage.peekTrial(waiting.id).datetimeStart instanceof Date);
    t.true(await storage.setTrialState(waiting.id, 'complete', [-Infinity]));
    t.like(storage.peekTrial(waiting.id), { state: 'complete', values: [-Infinity] });
    const finished = { instanceOf: UpdateFinishedTrialError };
    await t.throwsAsync(storage.setTrialState(waiting.id, 'running'), finished);
    await t.throwsAsync(storage.setTrialState(waiting.id, 'fail'), finished);
    await t.throwsAsync(
      storage.setTrialParam(waiting.id, 'x', 0, floatDistribution(0, 1)),
      finished,
    );
    await t.throwsAsync(storage.setTrialIntermediateValue(waiting.id, 0, 0), finished);
    await t.throwsAsync(storage.setTrialUserAttr(waiting.id, 'a', 0), finished);
    await t.throwsAsync(storage.setTrialSystemAttr(waiting.id, 'a', 0), finished);
    await t.throwsAsync(storage.setTrialState(99, 'fail'), { instanceOf: TrialNotFoundError });
  });

  test(`${name}: a name keeps its kind`, async (t) => {
    const storage = await make(t);
    const { id } = await storage.createStudy('a', ['minimize']);
    const trial = await storage.createTrial(id);
    await storage.setTrialParam(trial.id, 'x', 0.5, floatDistribution(0, 1));
    const refused = { instanceOf: IncompatibleDistributionError };
    const int = intDistribution(0, 1);
    await t.throwsAsync(storage.setTrialParam(trial.id, 'x', 1, int), refused);
    const params = { y: 1, x: 1 };
    const template = createTrial({ values: 1, params, distributions: { y: int, x: int } });
    await t.throwsAsync(storage.createTrial(id, template), refused);
    t.is(storage.peekTrials(id).length, 1);
    t.is(storage.peekDistribution(id, 'y'), undefined);
    t.deepEqual(storage.peekTrial(trial.id).params, { x: 0.5 });
  });
}
