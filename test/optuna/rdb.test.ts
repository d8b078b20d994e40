// The databases of Optuna's schema: what they hold, what they refuse, and who else may be at them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import Libsql from 'libsql';
import pg from 'pg';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  categoricalDistribution,
  createStudy,
  createTrial,
  type FrozenTrial,
  failStaleTrials,
  floatDistribution,
  IncompatibleDistributionError,
  intDistribution,
  loadStudy,
  RandomSampler,
  RDBStorage,
  type RDBStorageOptions,
  RetryHeartbeatStaleTrialCallback,
  type Sampler,
  StorageError,
  StudyNotFoundError,
  type StudyView,
  UpdateFinishedTrialError,
} from '../../src/optuna/index.js';
import { type PostgresqlUrl, parseUrl } from '../../src/optuna/storages/rdb/url.js';
import { fixture } from '../helpers/paths.js';
import { sharedPostgres } from '../helpers/postgres.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const postgres = await sharedPostgres();
const x = floatDistribution(0, 1);

function storageOf(t: ExecutionContext, url: string, options?: RDBStorageOptions): RDBStorage {
  const storage = new RDBStorage(url, options);
  t.teardown(() => storage.close());
  return storage;
}

async function sqliteUrl(t: ExecutionContext): Promise<string> {
  return `sqlite:///${join(await temporaryFolder(t), 'study.db')}`;
}

const pathOf = (url: string) => url.slice('sqlite:///'.length);

const urls: Record<string, (t: ExecutionContext) => Promise<string>> = { SQLite: sqliteUrl };
if (typeof postgres === 'string') test.skip(`PostgreSQL: ${postgres}`, () => {});
else urls['PostgreSQL'] = () => postgres.createDatabase();

for (const [name, makeUrl] of Object.entries(urls)) {
  test(`${name}: everything a trial can hold comes back equal, in another storage`, async (t) => {
    const url = await makeUrl(t);
    const study = await createStudy({
      studyName: 'überall 🎯',
      storage: storageOf(t, url),
      directions: ['minimize', 'maximize'],
    });
    const choices = [null, true, 2.5, 'é"\\\n', Number.NaN];
    const distributions = {
      z: floatDistribution(-1e300, 1e300),
      log: floatDistribution(1e-300, 1, { log: true }),
      step: floatDistribution(0, 1, { step: 0.1 }),
      n: intDistribution(1, 2 ** 40, { log: true }),
      c: categoricalDistribution(choices),
      ['__proto__']: x,
    };
    const params = { z: -0.1, log: 5e-300, step: 0.3, n: 2 ** 39, c: 'é"\\\n', ['__proto__']: 1 };
    const nan = Number.NaN;
    for (const template of [
      createTrial({ values: [Infinity, -Infinity], params, distributions }),
      createTrial({ values: [5e-324, -1.7976931348623157e308], params: {}, distributions: {} }),
      createTrial({
        state: 'running',
        intermediateValues: [
          [5, nan],
          [0, Infinity],
          [2, -Infinity],
          [1, 0.1],
        ],
        userAttrs: { '': null, '😀': [nan, { a: Infinity }], ['__proto__']: 'own' },
        systemAttrs: { fixed_params: { z: 1 }, nul: '\0' },
      }),
      createTrial({ state: 'waiting', params: { z: 1 }, distributions: { z: distributions.z } }),
      createTrial({ state: 'fail' }),
      createTrial({ state: 'pruned', values: [1, 2] }),
    ]) {
      await study.addTrial(template);
    }
    await study.setUserAttr('u', { nested: [1, nan] });
    const again = await loadStudy({ storage: storageOf(t, url) });
    t.is(again.studyName, 'überall 🎯');
    t.deepEqual(again.directions, ['minimize', 'maximize']);
    t.deepEqual(await again.userAttrs(), { u: { nested: [1, nan] } });
    const trials = await again.trials();
    t.deepEqual(trials, await study.trials());
    t.deepEqual(trials[0]!.values, [Infinity, -Infinity]);
    t.deepEqual(Object.keys(trials[0]!.params), ['z', 'log', 'step', 'n', 'c', '__proto__']);
    t.deepEqual(Object.keys(trials[2]!.userAttrs), ['', '😀', '__proto__']);
  });

  test(`${name}: two processes see each other's trials after a sync`, async (t) => {
    const url = await makeUrl(t);
    const [a, b] = [storageOf(t, url), storageOf(t, url)];
    const { id } = await a.createStudy('s', ['minimize']);
    const first = await a.createTrial(id);
    const second = await b.createTrial(id);
    t.is(second.number, 1);
    t.is(b.peekTrial(first.id).state, 'running');
    await a.setTrialParam(first.id, 'x', 0.5, x);
    await a.setTrialIntermediateValue(first.id, 0, 1);
    await b.sync(id);
    t.deepEqual(b.peekTrials(id)[0], a.peekTrial(first.id));
    await a.setTrialState(first.id, 'complete', [1]);
    t.is(b.peekTrial(first.id).state, 'running');
    await b.sync(id);
    t.deepEqual(b.peekTrials(id)[0], a.peekTrial(first.id));
  });

  test(`${name}: what another process has finished is refused and read again`, async (t) => {
    const url = await makeUrl(t);
    const [a, b] = [storageOf(t, url), storageOf(t, url)];
    const { id } = await a.createStudy('s', ['minimize']);
    const trial = await a.createTrial(id);
    await b.sync(id);
    await b.setTrialState(trial.id, 'fail');
    const writes = [
      a.setTrialParam(trial.id, 'x', 0.5, x),
      a.setTrialUserAttr(trial.id, 'a', 1),
      a.setTrialState(trial.id, 'complete', [1]),
    ];
    t.is(a.peekTrial(trial.id).state, 'complete');
    for (const { status, reason } of (await Promise.allSettled(
      writes,
    )) as PromiseRejectedResult[]) {
      t.is(status, 'rejected');
      t.true(reason instanceof UpdateFinishedTrialError);
    }
    t.like(a.peekTrial(trial.id), { state: 'fail', values: null, params: {}, userAttrs: {} });
    t.deepEqual(a.peekTrial(trial.id), b.peekTrial(trial.id));
  });

  test(`${name}: a name that another process has used otherwise is refused and forgotten`, async (t) => {
    const url = await makeUrl(t);
    const [a, b] = [storageOf(t, url), storageOf(t, url)];
    const { id } = await a.createStudy('s', ['minimize']);
    const mine = await a.createTrial(id);
    const others = await b.createTrial(id);
    await b.setTrialParam(others.id, 'x', 3, intDistribution(0, 9));
    const refused = { instanceOf: IncompatibleDistributionError };
    const write = a.setTrialParam(mine.id, 'x', 0.5, x);
    t.deepEqual(a.peekTrial(mine.id).params, { x: 0.5 });
    await t.throwsAsync(write, refused);
    t.deepEqual(a.peekTrial(mine.id).params, {});
    t.deepEqual(a.peekDistribution(id, 'x'), intDistribution(0, 9));
    await a.setTrialParam(mine.id, 'x', 4, intDistribution(0, 9));
    t.deepEqual(a.peekTrial(mine.id).params, { x: 4 });
    const template = createTrial({ values: 1, params: { y: 1 }, distributions: { y: x } });
    await b.setTrialParam(others.id, 'y', 1, intDistribution(0, 9));
    await t.throwsAsync(a.createTrial(id, template), refused);
  });

  test(`${name}: a waiting trial is started by one process alone`, async (t) => {
    const url = await makeUrl(t);
    const storages = [storageOf(t, url), storageOf(t, url), storageOf(t, url)];
    const { id } = await storages[0]!.createStudy('s', ['minimize']);
    const waiting = await storages[0]!.createTrial(id, createTrial({ state: 'waiting' }));
    for (const storage of storages) await storage.sync(id);
    const started = await Promise.all(
      storages.map((storage) => storage.setTrialState(waiting.id, 'running')),
    );
    t.is(started.filter(Boolean).length, 1);
    for (const storage of storages) t.is(storage.peekTrial(waiting.id).state, 'running');
    const late = storageOf(t, url);
    await late.sync(id);
    await storages[0]!.setTrialState(waiting.id, 'complete', [0]);
    t.false(await late.setTrialState(waiting.id, 'running'));
    t.is(late.peekTrial(waiting.id).state, 'complete');
  });

  test(`${name}: a study that another process deleted is gone`, async (t) => {
    const url = await makeUrl(t);
    const [a, b] = [storageOf(t, url), storageOf(t, url)];
    const { id } = await a.createStudy('s', ['minimize']);
    const trial = await a.createTrial(id);
    await a.setTrialUserAttr(trial.id, 'a', 1);
    await b.setStudyUserAttr(id, 'a', 1);
    await b.deleteStudy(id);
    const gone = { instanceOf: StudyNotFoundError };
    await t.throwsAsync(a.sync(id), gone);
    await t.throwsAsync(a.createTrial(id), gone);
    await t.throwsAsync(a.setStudyUserAttr(id, 'a', 1), gone);
    t.deepEqual(await a.studies(), []);
  });

  test(`${name}: a study is deleted while others write to it`, async (t) => {
    const url = await makeUrl(t);
    const [a, b] = [storageOf(t, url), storageOf(t, url)];
    const { id } = await a.createStudy('s', ['minimize']);
    const trials = await Promise.all(Array.from({ length: 8 }, () => a.createTrial(id)));
    let deleted = false;
    const write = async (trialId: number) => {
      for (let step = 0; !deleted; step += 1) {
        await a.setTrialIntermediateValue(trialId, step, 0);
        await a.setTrialUserAttr(trialId, `${step}`, 0);
      }
    };
    const writers = Promise.allSettled(trials.map((trial) => write(trial.id)));
    await setTimeout(50);
    await t.notThrowsAsync(b.deleteStudy(id));
    deleted = true;
    for (const written of await writers) {
      if (written.status === 'rejected') t.is(written.reason.code, 'ERR_TRIAL_NOT_FOUND');
    }
    t.deepEqual(await a.studies(), []);
  });

  test(`${name}: a study that another process made after deleting this one is another`, async (t) => {
    for (const again of ['s', 'other']) {
      const url = await makeUrl(t);
      const [a, b] = [storageOf(t, url), storageOf(t, url)];
      const study = await createStudy({ storage: a, studyName: 's' });
      const trials = [await study.ask(), await study.ask(), await study.ask()];
      await study.tell(trials[0]!, 1);
      const record = await b.findStudy('s');
      await b.deleteStudy(record!.id);
      await setTimeout(2);
      const { id } = await b.createStudy(again, ['minimize']);
      for (const _ of trials) await b.createTrial(id);
      await t.throwsAsync(study.tell(trials[2]!, 1), { instanceOf: StudyNotFoundError });
      await t.throwsAsync(study.trials(), { instanceOf: StudyNotFoundError });
      await b.sync(id);
      t.deepEqual(
        b.peekTrials(id).map(({ state }) => state),
        ['running', 'running', 'running'],
      );
      t.is((await loadStudy({ storage: a, studyName: again })).context.studyId, id);
    }
  });

  test(`${name}: what the rows of a trial cannot mean is a StorageError`, async (t) => {
    const url = await makeUrl(t);
    const storage = storageOf(t, url);
    const { id } = await storage.createStudy('s', ['minimize']);
    const distributions = { x };
    await storage.createTrial(id, createTrial({ values: 1, params: { x: 1 }, distributions }));
    await storage.setStudyUserAttr(id, 'note', 1);
    for (const [damage, repair, message] of [
      [
        "distribution_json = '{'",
        `distribution_json = '{"type": "float", "low": 0, "high": 1}'`,
        /'{'/,
      ],
      ['param_value = null', 'param_value = 1', /parameter 'x' of trial 0 has no value/],
    ] as const) {
      await execute(url, `update trial_params set ${damage}`);
      await t.throwsAsync(loadStudy({ storage: url }), { instanceOf: StorageError, message });
      await execute(url, `update trial_params set ${repair}`);
    }
    await execute(url, "update study_user_attributes set value_json = 'nope'");
    await t.throwsAsync(loadStudy({ storage: url }), {
      instanceOf: StorageError,
      message: /attribute 'note' cannot be read/,
    });
  });

  test(`${name}: names that no column can hold are refused by name`, async (t) => {
    const storage = storageOf(t, await makeUrl(t));
    const long = 'ü'.repeat(513);
    const refused = (message: RegExp) => ({ instanceOf: InvalidArgumentError, message });
    await t.throwsAsync(storage.createStudy(long, ['minimize']), refused(/studyName.*512.*513/));
    const { id } = await storage.createStudy('😀'.repeat(512), ['minimize']);
    const trial = await storage.createTrial(id);
    await t.throwsAsync(storage.setTrialParam(trial.id, long, 0, x), refused(/parameter.*512/));
    await t.throwsAsync(storage.setTrialUserAttr(trial.id, long, 0), refused(/key.*512/));
    await t.throwsAsync(storage.setStudyUserAttr(id, 'a\0', 0), refused(/U\+0000/));
    await t.throwsAsync(storage.setTrialUserAttr(trial.id, 'a\ud83d', 0), refused(/surrogate/));
    t.deepEqual(storage.peekTrial(trial.id).params, {});
    t.is((await storage.findStudy('😀'.repeat(512)))?.id, id);
    t.is(await storage.findStudy('a\0'), undefined);
  });

  test(`${name}: one write that the database refuses does not take others with it`, async (t) => {
    const url = await makeUrl(t);
    const storage = storageOf(t, url);
    const { id } = await storage.createStudy('s', ['minimize']);
    const trial = await storage.createTrial(id);
    await refuse(url, 'bad');
    const [before, bad, after] = await Promise.allSettled([
      storage.setTrialUserAttr(trial.id, 'before', 1),
      storage.setTrialUserAttr(trial.id, 'bad', 1),
      storage.setTrialUserAttr(trial.id, 'after', 1),
    ]);
    t.is(before.status, 'fulfilled');
    t.is(after.status, 'fulfilled');
    t.true((bad as PromiseRejectedResult).reason instanceof StorageError);
    t.deepEqual(storage.peekTrial(trial.id).userAttrs, { before: 1, after: 1 });
  });

  test(`${name}: tables of another version are refused and left alone`, async (t) => {
    for (const [version, message] of [
      ['v2.6.0.a', /v2\.6\.0\.a, not v3\.2\.0\.a.*optuna storage upgrade/],
      ['v10.0.0.a', /newer version of trialforge/],
    ] as const) {
      const url = await makeUrl(t);
      const storage = new RDBStorage(url);
      await storage.studies();
      await storage.close();
      await execute(url, `update alembic_version set version_num = '${version}'`);
      const refused = { instanceOf: StorageError, message };
      await t.throwsAsync(storageOf(t, url).studies(), refused);
      await t.throwsAsync(createStudy({ storage: url }), refused);
      await execute(url, `update alembic_version set version_num = 'v3.2.0.a'`);
      t.deepEqual(await storageOf(t, url).studies(), []);
    }
  });

  test.serial(
    `${name}: stale trials are failed and retried by one process, up to maxRetry`,
    async (t) => {
      const url = await makeUrl(t);
      const options = {
        heartbeatInterval: 0.05,
        gracePeriod: 0.6,
        heartbeatStaleTrialCallback: RetryHeartbeatStaleTrialCallback({
          maxRetry: 1,
          inheritIntermediateValues: true,
        }),
      };
      const [a, b] = [storageOf(t, url, options), storageOf(t, url, options)];
      const { id } = await a.createStudy('s', ['minimize']);
      const stale = await a.createTrial(id);
      const silent = await a.createTrial(id);
      await a.setTrialParam(stale.id, 'x', 0.5, x);
      await a.setTrialIntermediateValue(stale.id, 0, 7);
      await a.heartbeat!.beat(stale.id);
      t.deepEqual(await a.heartbeat!.staleTrials(id), []);
      await setTimeout(800);
      const studies = [await loadStudy({ storage: a }), await loadStudy({ storage: b })];
      await Promise.all(studies.map(failStaleTrials));
      const trials = await studies[0]!.trials();
      t.deepEqual(
        trials.map(({ state }) => state),
        ['fail', 'running', 'waiting'],
      );
      const retry = trials[2]!;
      t.deepEqual(retry.params, { x: 0.5 });
      t.deepEqual([...retry.intermediateValues], [[0, 7]]);
      t.is(RetryHeartbeatStaleTrialCallback.retriedTrialNumber(retry), 0);
      t.deepEqual(RetryHeartbeatStaleTrialCallback.retryHistory(retry), [0]);
      t.is(RetryHeartbeatStaleTrialCallback.retriedTrialNumber(trials[0]!), undefined);
      await b.setTrialState(retry.id, 'running');
      await b.heartbeat!.beat(retry.id);
      await setTimeout(800);
      await Promise.all(studies.map(failStaleTrials));
      t.deepEqual(
        (await studies[0]!.trials()).map(({ state }) => state),
        ['fail', 'running', 'fail'],
      );
      t.is(a.peekTrial(silent.id).state, 'running');
    },
  );

  test.serial(`${name}: a trial gives a sign of life before it is drawn`, async (t) => {
    const url = await makeUrl(t);
    const options = { heartbeatInterval: 9, gracePeriod: 0.2 };
    const watching = storageOf(t, url, options);
    const stale: (readonly number[])[] = [];
    const sampler: Sampler = Object.assign(new RandomSampler(), {
      beforeTrial: async (_: StudyView, { id }: FrozenTrial) => {
        await setTimeout(400);
        stale.push(await watching.heartbeat!.staleTrials(studyId), [id]);
      },
      forTrial: () => sampler,
    });
    const study = await createStudy({ storage: storageOf(t, url, options), sampler });
    const studyId = (await watching.studies())[0]!.id;
    await study.optimize(() => 1, { nTrials: 1 });
    await study.optimize(() => 1, { nTrials: 1, deterministic: true, nJobs: 2 });
    await study.optimize(() => [1], { nTrials: 1, trialArray: 2 });
    t.is(stale.length, 6);
    for (let i = 0; i < 6; i += 2) t.deepEqual(stale[i], stale[i + 1]);
  });

  test.serial(`${name}: a trial that lasts longer than the grace period is alive`, async (t) => {
    const url = await makeUrl(t);
    const options = { heartbeatInterval: 0.1, gracePeriod: 0.8 };
    const study = await createStudy({
      storage: storageOf(t, url, options),
      studyName: 's',
      sampler: new RandomSampler(),
    });
    const watching = await loadStudy({ storage: storageOf(t, url, options) });
    await study.optimize(
      async () => {
        for (let i = 0; i < 12; i++) {
          await setTimeout(100);
          await failStaleTrials(watching);
        }
        return 1;
      },
      { nTrials: 1 },
    );
    t.is((await study.trials())[0]!.state, 'complete');
  });
}

test('PostgreSQL: a step beyond its integers is refused', async (t) => {
  if (typeof postgres === 'string') {
    t.log(postgres);
    t.pass();
    return;
  }
  const storage = storageOf(t, await postgres.createDatabase());
  const { id } = await storage.createStudy('s', ['minimize']);
  const trial = await storage.createTrial(id);
  await t.throwsAsync(storage.setTrialIntermediateValue(trial.id, 2 ** 31, 1), {
    instanceOf: StorageError,
    message: /out of range/,
  });
  t.is(storage.peekTrial(trial.id).intermediateValues.size, 0);
});

test('PostgreSQL: a server that is not there is a StorageError without the password', async (t) => {
  const url = 'postgresql://user:secret@/db?host=/nowhere';
  const error = await t.throwsAsync(createStudy({ storage: url }), { instanceOf: StorageError });
  t.false(error!.message.includes('secret'));
});

test('SQLite: rows that Python has written are read', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['minimize']);
  await execute(
    url,
    `insert into trials values (7, 0, ${id}, 'COMPLETE', '2026-01-02 03:04:05.678901', '2026-01-02 03:04:06')`,
    `insert into trial_values values (1, 7, 0, 2, 'FINITE')`,
    `insert into trial_params values (2, 7, 'b', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["\\u00e9", null]}}')`,
    `insert into trial_params values (1, 7, 'a', 5, '{"name": "IntUniformDistribution", "attributes": {"low": 0, "high": 9}}')`,
    `insert into trial_user_attributes values (1, 7, 'k', '[NaN, -Infinity, 1180591620717411303424, "\\ud83d\\ude00"]')`,
  );
  await storage.sync(id);
  const trial = storage.peekTrials(id)[0]!;
  t.like(trial, { id: 7, state: 'complete', values: [2], params: { a: 5, b: null } });
  t.deepEqual(Object.keys(trial.params), ['a', 'b']);
  t.deepEqual(trial.userAttrs, { k: [Number.NaN, -Infinity, 2 ** 70, '😀'] });
  t.is(trial.datetimeStart!.toISOString(), '2026-01-02T03:04:05.678Z');
  t.is(trial.datetimeComplete!.toISOString(), '2026-01-02T03:04:06.000Z');
});

test('SQLite: rows are those that Optuna writes', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['maximize']);
  const trial = await storage.createTrial(id);
  await storage.setTrialParam(trial.id, 'c', 1, categoricalDistribution(['a', null]));
  await storage.setTrialIntermediateValue(trial.id, 0, Number.NaN);
  await storage.setTrialUserAttr(trial.id, 'k', ['ü', Infinity]);
  await storage.setTrialState(trial.id, 'complete', [-Infinity]);
  const db = new Libsql(pathOf(url));
  const rows = (table: string) => db.prepare(`select * from ${table}`).all() as object[];
  t.like(rows('study_directions')[0], { direction: 'MAXIMIZE', objective: 0 });
  t.like(rows('trials')[0], { number: 0, state: 'COMPLETE' });
  t.regex(
    (rows('trials')[0] as { datetime_complete: string }).datetime_complete,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/,
  );
  t.like(rows('trial_params')[0], {
    param_value: 1,
    distribution_json:
      '{"name": "CategoricalDistribution", "attributes": {"choices": ["a", null]}}',
  });
  t.like(rows('trial_intermediate_values')[0], {
    intermediate_value: null,
    intermediate_value_type: 'NAN',
  });
  t.like(rows('trial_user_attributes')[0], { value_json: '["\\u00fc", Infinity]' });
  t.like(rows('trial_values')[0], { value: null, value_type: 'INF_NEG' });
  t.deepEqual(rows('alembic_version'), [{ version_num: 'v3.2.0.a' }]);
  t.like(rows('version_info')[0], { version_info_id: 1, schema_version: 12 });
  db.close();
});

test('SQLite: the tables are those that Optuna creates', async (t) => {
  const url = await sqliteUrl(t);
  await storageOf(t, url).studies();
  const db = new Libsql(pathOf(url));
  const pragma = (name: string, of: string) =>
    db.prepare(`pragma ${name}("${of}")`).all() as Record<string, string | number>[];
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  const { tables } = fixture<{ tables: Record<string, Record<'indexes' | 'foreignKeys', []>> }>(
    'optuna/sqlite-schema.json',
  );
  for (const [table, expected] of Object.entries(tables)) {
    const columns = pragma('table_info', table).map(({ name, type, notnull, pk }) => [
      name,
      [(type as string).toLowerCase(), notnull === 1, pk !== 0],
    ]);
    const indexes = pragma('index_list', table).map(({ name, unique, origin }) => [
      origin === 'c' ? name : null,
      unique === 1,
      pragma('index_info', name as string).map(({ name }) => name),
    ]);
    const foreignKeys = pragma('foreign_key_list', table).map(({ from, table, to }) => [
      from,
      table,
      to,
    ]);
    t.deepEqual(
      {
        columns: Object.fromEntries(columns),
        indexes: indexes.sort(byText),
        foreignKeys: foreignKeys.sort(byText),
      },
      {
        ...expected,
        indexes: [...expected.indexes].sort(byText),
        foreignKeys: [...expected.foreignKeys].sort(byText),
      } as never,
      table,
    );
  }
  db.close();
});

test('SQLite: deleting a study leaves no row of it, and other studies alone', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url, { heartbeatInterval: 1 });
  const fill = async (name: string) => {
    const { id } = await storage.createStudy(name, ['minimize']);
    await storage.setStudyUserAttr(id, 'a', 1);
    await storage.setStudySystemAttr(id, 'a', 1);
    const trial = await storage.createTrial(id);
    await storage.setTrialParam(trial.id, 'x', 0, x);
    await storage.setTrialIntermediateValue(trial.id, 0, 0);
    await storage.setTrialUserAttr(trial.id, 'a', 1);
    await storage.setTrialSystemAttr(trial.id, 'a', 1);
    await storage.heartbeat!.beat(trial.id);
    await storage.setTrialState(trial.id, 'complete', [1]);
    return id;
  };
  const [a] = [await fill('a'), await fill('b')];
  await storage.deleteStudy(a);
  const db = new Libsql(pathOf(url));
  const tables = db.prepare("select name from sqlite_master where type = 'table'").all() as {
    name: string;
  }[];
  t.is(tables.length, 13);
  for (const { name } of tables) {
    t.is(db.prepare(`select * from "${name}"`).all().length, 1, name);
  }
  db.close();
});

test('SQLite: writes that are made together are one transaction', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['minimize']);
  const trial = await storage.createTrial(id);
  // The file's header counts its transactions.
  const transactions = () => readFileSync(pathOf(url)).readUInt32BE(24);
  const before = transactions();
  const writes: Promise<unknown>[] = [];
  for (let i = 0; i < 300; i++) writes.push(storage.setTrialParam(trial.id, `x${i}`, 0.5, x));
  writes.push(storage.setTrialState(trial.id, 'complete', [1]));
  await Promise.all(writes);
  t.is(transactions() - before, 1);
  const again = storageOf(t, url);
  await again.sync(id);
  t.deepEqual(again.peekTrials(id), storage.peekTrials(id));
});

test('SQLite: finished trials are not read again', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['minimize']);
  const trial = await storage.createTrial(id, createTrial({ values: 1 }));
  await storage.sync(id);
  await execute(url, 'update trial_values set value = 2');
  await storage.sync(id);
  t.deepEqual(storage.peekTrial(trial.id).values, [1]);
});

test('SQLite: a state that is none is a StorageError', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['minimize']);
  await storage.createTrial(id);
  await execute(url, "update trials set state = 'DONE'");
  await t.throwsAsync(loadStudy({ storage: url }), {
    instanceOf: StorageError,
    message: /state 'DONE'/,
  });
});

test.serial('SQLite: a lock of another process does not hold up the event loop', async (t) => {
  const url = await sqliteUrl(t);
  const storage = storageOf(t, url);
  const { id } = await storage.createStudy('s', ['minimize']);
  const db = new Libsql(pathOf(url));
  for (const lock of ['begin immediate', 'begin exclusive']) {
    db.exec(lock);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 5);
    const write = storage.createTrial(id);
    await setTimeout(200);
    clearInterval(timer);
    db.exec('rollback');
    await write;
    t.true(turns > 10, `${turns} turns during ${lock}`);
  }
  t.is(storage.peekTrials(id).length, 2);
  db.close();
});

test('SQLite: what is no database, or cannot be one, is a StorageError', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'notes.txt');
  writeFileSync(file, 'These are notes, and no database at all.'.repeat(100));
  const refused = { instanceOf: StorageError };
  await t.throwsAsync(createStudy({ storage: `sqlite:///${file}` }), refused);
  await t.throwsAsync(createStudy({ storage: `sqlite:///${folder}/no/study.db` }), {
    ...refused,
    message: /there is no folder .*\/no$/,
  });
  await t.throwsAsync(createStudy({ storage: `sqlite:///${folder}` }), {
    ...refused,
    message: /it is a folder$/,
  });
  const later = storageOf(t, `sqlite:///${folder}/later.db`);
  await later.close();
  await later.close();
  await t.throwsAsync(later.studies(), { ...refused, message: /closed/ });
});

test('SQLite: each storage in memory is one of its own', async (t) => {
  for (const url of ['sqlite://', 'sqlite:///:memory:']) {
    const study = await createStudy({ storage: url, sampler: new RandomSampler() });
    await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 2 });
    t.is((await study.trials()).length, 2);
    t.deepEqual(await storageOf(t, url).studies(), []);
  }
});

test('URLs are read as SQLAlchemy reads them', (t) => {
  const path = (url: string) => (parseUrl(url) as { path: string }).path;
  t.is(path('sqlite:////tmp/a b%20.db'), '/tmp/a b%20.db');
  t.is(relative(process.cwd(), path('sqlite+pysqlite:///sub/a.db')), 'sub/a.db');
  t.like(parseUrl('postgresql+psycopg2://us%40er:p%2Fw@host:5433/db'), {
    user: 'us@er',
    password: 'p/w',
    host: 'host',
    port: 5433,
    database: 'db',
  });
  t.like(parseUrl('postgresql://me@/db?host=/var/run/postgresql&port=6000'), {
    user: 'me',
    host: '/var/run/postgresql',
    port: 6000,
  });
  t.like(parseUrl('postgresql://[::1]/db'), { host: '::1', user: undefined });
  for (const url of [
    'mysql://u:secret@h/db',
    'sqlite://relative.db',
    'sqlite:///a.db?mode=ro',
    'postgresql://h/db?hots=x',
    'postgresql://me:secret@h:65536/db',
    'postgresql://h/db?port=1e3',
    'postgresql://h/db?connect_timeout=soon',
    'study.db',
    '',
    7,
  ]) {
    const error = t.throws(() => new RDBStorage(url as string), {
      instanceOf: InvalidArgumentError,
    });
    t.false(error!.message.includes('secret'));
  }
});

test('options are checked', (t) => {
  for (const options of [
    { heartbeatInterval: 0 },
    { heartbeatInterval: 1, gracePeriod: -1 },
    { heartbeatInterval: 1, heartbeatStaleTrialCallback: 'retry' },
    { heartbeat: 1 },
  ]) {
    t.throws(() => new RDBStorage('sqlite://', options as RDBStorageOptions), {
      instanceOf: InvalidArgumentError,
    });
  }
  t.is(new RDBStorage('sqlite://').heartbeat, undefined);
  for (const maxRetry of [-1, 1.5, Number.NaN]) {
    t.throws(() => RetryHeartbeatStaleTrialCallback({ maxRetry }), {
      instanceOf: InvalidArgumentError,
    });
  }
});

async function execute(url: string, ...statements: string[]): Promise<void> {
  if (url.startsWith('sqlite')) {
    const db = new Libsql(pathOf(url));
    for (const statement of statements) db.exec(statement);
    db.close();
    return;
  }
  const { host, user, database } = parseUrl(url) as PostgresqlUrl;
  const client = new pg.Client({ host, user, database });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Lets the database refuse attributes of that key. */
async function refuse(url: string, key: string): Promise<void> {
  await execute(
    url,
    url.startsWith('sqlite')
      ? `create trigger refusal before insert on trial_user_attributes when new.key = '${key}'
         begin select raise(abort, 'refused'); end`
      : `alter table trial_user_attributes add check (key <> '${key}')`,
  );
}
