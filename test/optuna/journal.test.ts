// Journals: their text, several writers, writers that die, media that refuse, compaction.
import { execFile, fork, spawn } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  categoricalDistribution,
  compactJournal,
  createStudy,
  createTrial,
  floatDistribution,
  IncompatibleDistributionError,
  intDistribution,
  JournalFileBackend,
  JournalFileOpenLock,
  JournalFileSymlinkLock,
  JournalStorage,
  loadStudy,
  RandomSampler,
  StorageError,
  StudyNotFoundError,
  TrialNotFoundError,
  UpdateFinishedTrialError,
} from '../../src/optuna/index.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const worker = fileURLToPath(new URL('../helpers/journal-worker.js', import.meta.url));

function open(path: string, gracePeriod = 30): JournalStorage {
  const lock = new JournalFileSymlinkLock(path, { gracePeriod });
  return new JournalStorage(new JournalFileBackend(path, { lock }));
}

function work(path: string, ...args: readonly (string | number)[]): Promise<number | null> {
  const child = fork(worker, [path, ...args.map(String)]);
  return new Promise((resolve) => child.on('close', resolve));
}

/** All that a storage knows, for comparisons. */
async function contents(storage: JournalStorage) {
  const records = await storage.studies();
  return records.map((record) => ({ record, trials: [...storage.peekTrials(record.id)] }));
}

const x = floatDistribution(0, 1);

test('a journal has the lines that Optuna writes', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const storage = open(path);
  const { id } = await storage.createStudy('é\u2028', ['maximize']);
  const distributions = { x, n: intDistribution(1, 5), c: categoricalDistribution([null, 'b']) };
  await storage.createTrial(
    id,
    createTrial({
      values: Number.POSITIVE_INFINITY,
      params: { x: 1, n: 3, c: 'b' },
      distributions,
      intermediateValues: [[3, Number.NaN]],
      userAttrs: { u: { é: [1, 0.5, null] } },
    }),
  );
  const { id: running } = await storage.createTrial(id);
  await Promise.all([
    storage.setTrialParam(running, 'c', 1, distributions.c),
    storage.setTrialIntermediateValue(running, 0, 1),
    storage.setTrialSystemAttr(running, '__proto__', 1),
    storage.setTrialState(running, 'complete', [2]),
  ]);
  const text = await readFile(path, 'utf8');
  t.true(text.endsWith('}\n'));
  const time = '"T"';
  const float =
    '"{\\"name\\": \\"FloatDistribution\\", \\"attributes\\": {\\"step\\": null, \\"low\\": 0.0, \\"high\\": 1.0, \\"log\\": false}}"';
  const int =
    '"{\\"name\\": \\"IntDistribution\\", \\"attributes\\": {\\"log\\": false, \\"step\\": 1, \\"low\\": 1, \\"high\\": 5}}"';
  const categorical =
    '"{\\"name\\": \\"CategoricalDistribution\\", \\"attributes\\": {\\"choices\\": [null, \\"b\\"]}}"';
  const lines = text
    .replaceAll(/"worker_id":"[0-9a-f]{8}-[-0-9a-f]{27}-\d+",/g, '')
    .replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"/g, time)
    .split('\n');
  t.deepEqual(lines, [
    '{"op_code":0,"study_name":"\\u00e9\\u2028","directions":[2]}',
    `{"op_code":4,"study_id":0,"datetime_start":${time},"state":1,"value":Infinity,"values":null,"datetime_complete":${time},"distributions":{"x":${float},"n":${int},"c":${categorical}},"params":{"x":1.0,"n":3.0,"c":1},"user_attrs":{"u":{"\\u00e9":[1,0.5,null]}},"system_attrs":{},"intermediate_values":{"3":NaN}}`,
    `{"op_code":4,"study_id":0,"datetime_start":${time}}`,
    `{"op_code":5,"trial_id":1,"param_name":"c","param_value_internal":1,"distribution":${categorical}}`,
    '{"op_code":7,"trial_id":1,"step":0,"intermediate_value":1.0}',
    '{"op_code":9,"trial_id":1,"system_attr":{"__proto__":1}}',
    `{"op_code":6,"trial_id":1,"state":1,"values":[2.0],"datetime_complete":${time}}`,
    '',
  ]);
  t.deepEqual(await contents(open(path)), await contents(storage));
  t.deepEqual(Object.keys(storage.peekTrial(running).systemAttrs), ['__proto__']);
});

test('records that contradict earlier ones have no effect', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const record = (code: number, fields: object) =>
    `${JSON.stringify({ op_code: code, worker_id: 'w', ...fields })}\n`;
  const distribution = '{"type": "float", "low": 0, "high": 1}';
  const start = '2026-01-02T03:04:05.678901+00:00';
  const param = { trial_id: 0, param_name: 'x', param_value_internal: 0.5 };
  await writeFile(
    path,
    [
      record(0, { study_name: 'a', directions: [1] }),
      record(0, { study_name: 'a', directions: [2] }),
      record(0, { study_name: 'b', directions: [2, 1] }),
      record(4, { study_id: 7, datetime_start: null }),
      record(4, { study_id: 0, datetime_start: null, state: 4 }),
      record(4, { study_id: 1, datetime_start: start }),
      record(5, { ...param, distribution }),
      record(5, { ...param, distribution: '{"type": "int", "low": 0, "high": 1}' }),
      record(6, { trial_id: 0, state: 0, values: null, datetime_start: start }),
      record(6, {
        trial_id: 0,
        state: 0,
        values: null,
        datetime_start: '2027-01-01T00:00:00.000000+00:00',
      }),
      record(6, { trial_id: 0, state: 1, values: [0.5], datetime_complete: start }),
      record(6, { trial_id: 0, state: 3, values: null, datetime_complete: start }),
      record(8, { trial_id: 0, user_attr: { late: 1 } }),
      record(8, { trial_id: 9, user_attr: { a: 1 } }),
      record(1, { study_id: 1 }),
      record(8, { trial_id: 1, user_attr: { a: 1 } }),
      record(2, { study_id: 1, user_attr: { a: 1 } }),
      record(0, { study_name: 'b', directions: [1] }),
      record(4, { study_id: 2, datetime_start: start }),
      record(10, { trial_ids: [0] }),
    ].join(''),
  );
  const storage = open(path);
  const [a, b, ...others] = await contents(storage);
  t.is(others.length, 0);
  t.like(a!.record, { id: 0, name: 'a', directions: ['minimize'] });
  t.like(b!.record, { id: 2, name: 'b', directions: ['minimize'] });
  t.is(b!.trials[0]!.id, 2);
  t.is(a!.trials.length, 1);
  t.like(a!.trials[0], {
    state: 'complete',
    values: [0.5],
    params: { x: 0.5 },
    userAttrs: {},
    datetimeStart: new Date('2026-01-02T03:04:05.678Z'),
  });
});

test('half a line at the end waits, and the next writer removes it', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const storage = open(path);
  const { id } = await storage.createStudy('a', ['minimize']);
  const before = await readFile(path, 'utf8');
  await appendFile(path, '{"op_code":4,"worker_id":"w","study_id":0');
  const other = open(path);
  await other.sync(id);
  t.is(other.peekTrials(id).length, 0);
  await appendFile(path, ',"datetime_start":null}\n');
  await other.sync(id);
  t.is(other.peekTrials(id).length, 1);
  await appendFile(path, '{"op_code":4,"worker_id":"dead');
  t.is((await storage.createTrial(id)).number, 1);
  await other.sync(id);
  t.is(other.peekTrials(id).length, 2);
  t.true((await readFile(path, 'utf8')).startsWith(before));
  // A whole record that lacks its line end alone is kept.
  await appendFile(path, '{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":null}');
  t.is((await storage.createTrial(id)).number, 3);
  await other.sync(id);
  t.is(other.peekTrials(id).length, 4);
  t.is((await readFile(path, 'utf8')).split('\n').length, 6);
});

for (const [what, line, message] of [
  ['a line that is no JSON', '{"op_code":4,', /line 2 of the journal '.*' is broken/],
  ['a line that is no object', '[]', /line 2 .* no object/],
  ['an unknown operation', '{"op_code":11,"worker_id":""}', /line 2 .* op_code is 11/],
  ['a missing field', '{"op_code":4,"worker_id":""}', /line 2 .* study_id is no integer/],
  ['two records', '{"op_code":10},{"op_code":10}', /line 2/],
] as const) {
  test(`a journal with ${what} is refused, whatever follows`, async (t) => {
    const path = join(await temporaryFolder(t), 'a.log');
    const { id } = await open(path).createStudy('a', ['minimize']);
    await appendFile(path, `${line}\n{"op_code":10,"worker_id":""}\n`);
    const before = await readFile(path, 'utf8');
    const storage = open(path);
    for (let i = 0; i < 2; i++) {
      await t.throwsAsync(storage.studies(), { instanceOf: StorageError, message });
      await t.throwsAsync(storage.createTrial(id), { instanceOf: StorageError, message });
    }
    t.is(await readFile(path, 'utf8'), before);
  });
}

test('what cannot be a journal is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const database = join(folder, 'a.log');
  await writeFile(database, 'SQLite format 3\0and so on');
  await t.throwsAsync(createStudy({ storage: database }), {
    instanceOf: StorageError,
    message: /sqlite:\/\/\//,
  });
  t.is(await readFile(database, 'utf8'), 'SQLite format 3\0and so on');
  const missing = join(folder, 'none', 'a.log');
  await t.throwsAsync(createStudy({ storage: missing }), {
    instanceOf: StorageError,
    message: /ENOENT/,
  });
  await mkdir(join(folder, 'b.log'));
  await t.throwsAsync(createStudy({ storage: join(folder, 'b.log') }), {
    instanceOf: StorageError,
  });
  const invalid = { instanceOf: InvalidArgumentError };
  t.throws(() => new JournalFileBackend(''), invalid);
  t.throws(() => new JournalFileBackend('a', { lok: 1 } as object), invalid);
  t.throws(() => new JournalFileBackend('a', { lock: {} as JournalFileOpenLock }), invalid);
  t.throws(() => new JournalFileSymlinkLock('a', { gracePeriod: 0 }), invalid);
  t.throws(() => new JournalStorage('a' as unknown as JournalFileBackend), invalid);
  await t.throwsAsync(createStudy({ storage: 'redis://localhost' }), invalid);
});

test('a URL or a plain path names a journal', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [i, storage] of [
    `journal:///${join(folder, 'a b')}`,
    join(folder, 'a.log'),
    join(folder, 'a.journal'),
    join(folder, 'ä.jsonl'),
  ].entries()) {
    await createStudy({ storage, studyName: `${i}` });
    t.is((await loadStudy({ storage })).studyName, `${i}`);
  }
  t.deepEqual((await readdir(folder)).sort(), ['a b', 'a.journal', 'a.log', 'ä.jsonl']);
});

test('what comes first in the log holds, whatever showed before', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const [a, b] = [open(path), open(path)];
  const { id } = await a.createStudy('a', ['minimize']);
  const first = await a.createTrial(id, createTrial({ state: 'waiting' }));
  const second = await a.createTrial(id);
  await b.sync(id);
  // b shows its own changes at once, but a's are in the log before.
  await Promise.all([
    a.setTrialParam(second.id, 'p', 1, intDistribution(0, 3)),
    a.setTrialUserAttr(second.id, 'k', 'a'),
    a.setTrialUserAttr(second.id, 'only a', 1),
  ]);
  const refused = b.setTrialParam(second.id, 'p', 0.5, x);
  const attr = b.setTrialUserAttr(second.id, 'k', 'b');
  t.is(b.peekDistribution(id, 'p'), x);
  await t.throwsAsync(refused, { instanceOf: IncompatibleDistributionError });
  await attr;
  t.like(b.peekTrial(second.id), { params: { p: 1 }, userAttrs: { k: 'b', 'only a': 1 } });
  t.deepEqual(b.peekDistribution(id, 'p'), intDistribution(0, 3));
  // One of two gets the waiting trial.
  const got = await Promise.all([
    a.setTrialState(first.id, 'running'),
    b.setTrialState(first.id, 'running'),
  ]);
  t.is(got.filter(Boolean).length, 1);
  // One of two finishes it.
  const ends = await Promise.allSettled([
    a.setTrialState(first.id, 'complete', [1]),
    b.setTrialState(first.id, 'fail'),
  ]);
  const lost = ends.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  t.is(lost.length, 1);
  t.true(lost[0]!.reason instanceof UpdateFinishedTrialError);
  await a.deleteStudy(id);
  const gone = b.setTrialUserAttr(second.id, 'k', 'c');
  await t.throwsAsync(gone, { instanceOf: TrialNotFoundError });
  await t.throwsAsync(b.sync(id), { instanceOf: StudyNotFoundError });
  t.deepEqual(await contents(open(path)), []);
});

test('storages that change the same trials at the same time agree with the log', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const storages = [open(path), open(path), open(path)];
  const { id } = await storages[0]!.createStudy('a', ['minimize']);
  for (let i = 0; i < 12; i++) await storages[0]!.createTrial(id);
  let word = 1;
  const below = (count: number): number => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return Math.floor((word / 2 ** 32) * count);
  };
  const kinds = [x, floatDistribution(1, 2, { log: true }), intDistribution(0, 3)];
  const settled = await Promise.all(
    storages.map(async (storage) => {
      await storage.sync(id);
      const results: PromiseSettledResult<unknown>[] = [];
      for (let round = 0; round < 40; round++) {
        const writes = Array.from({ length: 5 }, async () => {
          const trial = below(12);
          const action = below(20);
          if (action < 8) {
            const name = `p${below(30)}`;
            await storage.setTrialParam(trial, name, 1, kinds[below(3)]!);
            t.true(name in storage.peekTrial(trial).params);
          } else if (action < 12) await storage.setTrialUserAttr(trial, `${below(3)}`, round);
          else if (action < 15) await storage.setTrialIntermediateValue(trial, below(3), round);
          else if (action < 16) await storage.setTrialState(trial, 'complete', [round]);
          else if (action < 19) await storage.createTrial(id);
          else await storage.sync(id);
        });
        results.push(...(await Promise.allSettled(writes)));
      }
      return results;
    }),
  );
  const refused = settled.flat().filter(({ status }) => status === 'rejected');
  for (const { reason } of refused as PromiseRejectedResult[]) {
    t.true(
      reason instanceof IncompatibleDistributionError || reason instanceof UpdateFinishedTrialError,
      String(reason),
    );
  }
  t.true(refused.length > 20 && refused.length < 500, `${refused.length}`);
  const expected = await contents(open(path));
  for (const storage of storages) t.deepEqual(await contents(storage), expected);
});

test('changes that come while others are written go out together', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  let locked = 0;
  const lock = new JournalFileOpenLock(path);
  const counting = {
    acquire: () => {
      locked += 1;
      return lock.acquire();
    },
    release: () => lock.release(),
  };
  const storage = new JournalStorage(new JournalFileBackend(path, { lock: counting }));
  const { id } = await storage.createStudy('a', ['minimize']);
  const trials = await Promise.all(Array.from({ length: 50 }, () => storage.createTrial(id)));
  t.deepEqual(
    trials.map(({ number }) => number),
    Array.from({ length: 50 }, (_, i) => i),
  );
  await Promise.all(
    trials.flatMap((trial) => [
      storage.setTrialParam(trial.id, 'x', 0.5, x),
      storage.setTrialState(trial.id, 'complete', [trial.number]),
    ]),
  );
  t.true(locked <= 5, `${locked} locks`);
  const other = open(path);
  await other.sync(id);
  t.deepEqual(other.peekTrials(id), storage.peekTrials(id));
});

test('eight processes share a journal', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const codes = await Promise.all(Array.from({ length: 8 }, () => work(path, 'optimize', 50)));
  t.deepEqual(new Set(codes), new Set([0]));
  const trials = await (await loadStudy({ storage: path })).trials();
  t.deepEqual(
    trials.map(({ number }) => number),
    Array.from({ length: 400 }, (_, i) => i),
  );
  t.true(trials.every(({ state, params }) => state === 'complete' && 'x' in params));
});

test('writers that are killed at any moment spoil nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a.log');
  await createStudy({ storage: path, studyName: 's' });
  for (let i = 0; i < 20; i++) {
    const child = fork(worker, [path, 'attributes', '0', '0.2'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const [number] = (await new Promise<Buffer>((resolve) => child.stdout!.once('data', resolve)))
      .toString()
      .split('\n');
    t.is(Number(number), i);
    await setTimeout(20 + 7 * i);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
  }
  t.is(await work(path, 'optimize', 3, 0.2), 0);
  const trials = await (await loadStudy({ storage: path })).trials();
  t.is(trials.length, 23);
  for (const { userAttrs } of trials.slice(0, 20)) {
    for (const value of Object.values(userAttrs)) t.is((value as string).length % 2000, 0);
  }
  t.deepEqual(
    trials.slice(20).map(({ state }) => state),
    ['complete', 'complete', 'complete'],
  );
  // A lock that was being let go of may be left under a name that nobody uses.
  const leftovers = (await readdir(folder)).filter((name) => !name.endsWith('.rename'));
  t.deepEqual(leftovers, ['a.log']);
});

for (const [kind, Lock] of Object.entries({
  'symbolic link': JournalFileSymlinkLock,
  'exclusive file': JournalFileOpenLock,
})) {
  test(`the lock of a dead process is taken away, that of a live one is not: ${kind}`, async (t) => {
    const path = join(await temporaryFolder(t), 'a.log');
    await writeFile(path, '');
    const [a, b] = [new Lock(path, { gracePeriod: 0.3 }), new Lock(path, { gracePeriod: 0.3 })];
    await a.acquire();
    let got = false;
    const begin = performance.now();
    const waiting = b.acquire().then(() => {
      got = true;
    });
    await setTimeout(150);
    t.false(got);
    await waiting;
    t.true(performance.now() - begin >= 290);
    // It is not a's any more.
    await a.release();
    t.true((await readdir(join(path, '..'))).includes('a.log.lock'));
    await b.release();
    t.deepEqual(await readdir(join(path, '..')), ['a.log']);
    let inside = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = new Lock(path);
        for (let i = 0; i < 10; i++) {
          await lock.acquire();
          inside += 1;
          t.is(inside, 1);
          await setTimeout(0);
          inside -= 1;
          await lock.release();
        }
      }),
    );
  });
}

test('a lock whose link leads nowhere is taken away, too', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  await symlink('nowhere/a.log', `${path}.lock`);
  const { id } = await open(path, 0.2).createStudy('a', ['minimize']);
  t.is(id, 0);
});

test('a file that is full keeps what was written, and says so', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  await createStudy({ storage: path, studyName: 's' });
  const run = promisify(execFile);
  const shell = 'ulimit -f 8 && exec "$0" "$@"';
  const { stdout } = await run('bash', ['-c', shell, process.execPath, worker, path, 'fill']);
  const told = JSON.parse(stdout);
  t.like(told, { name: 'StorageError', code: 'ERR_STORAGE', trial: 0 });
  t.is(told.known, told.kept);
  t.true(told.kept > 5);
  t.true((await readFile(path, 'utf8')).endsWith('}\n'));
  const study = await loadStudy({ storage: path });
  t.is(Object.keys((await study.trials())[0]!.userAttrs).length, told.kept);
  t.is((await study.ask()).number, 1);
});

test('a journal that cannot be written can be read', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a.log');
  await createStudy({ storage: path, studyName: 's' });
  await chmod(path, 0o444);
  await chmod(folder, 0o555);
  try {
    const script = `
      import { loadStudy } from ${JSON.stringify(new URL('../../src/optuna/index.js', import.meta.url).href)};
      if (process.getuid() === 0) process.setuid(65534);
      const study = await loadStudy({ storage: ${JSON.stringify(path)} });
      const failed = await study.ask().catch((error) => error);
      console.log(failed.code, (await study.trials()).length);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    await new Promise((resolve) => child.on('close', resolve));
    if (/EACCES.*(node_modules|dist)/s.test(output)) {
      t.log('skipped: another user cannot read this checkout');
      t.pass();
    } else t.is(output, 'ERR_STORAGE 0\n');
  } finally {
    await chmod(folder, 0o755);
  }
});

test('a compacted journal says the same in one line a trial', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a.log');
  const storage = open(path);
  const gone = await storage.createStudy('a', ['maximize']);
  const kept = await storage.createStudy('b', ['minimize', 'maximize']);
  await storage.createTrial(gone.id);
  await storage.createTrial(kept.id, createTrial({ state: 'waiting' }));
  await storage.createTrial(gone.id);
  await storage.deleteStudy(gone.id);
  const again = await storage.createStudy('a', ['minimize']);
  await storage.setStudyUserAttr(kept.id, 'é', [1, { a: Number.NaN }]);
  await storage.setStudyUserAttr(kept.id, 'é', [2, { a: Number.NEGATIVE_INFINITY }]);
  await storage.setStudySystemAttr(again.id, '__proto__', null);
  const study = await loadStudy({
    storage,
    studyName: 'a',
    sampler: new RandomSampler({ seed: 1 }),
  });
  await study.optimize(
    async (trial) => {
      trial.suggestFloat('__proto__', 0, 1);
      trial.suggestCategorical('c', [1, '1', true]);
      await trial.report(5, 1);
      await trial.report(Number.NaN, 2);
      await trial.setUserAttr('n', trial.number);
      return trial.suggestInt('z', 1, 1000, { log: true });
    },
    { nTrials: 30 },
  );
  const running = await study.ask();
  running.suggestFloat('x', 0, 1);
  await study.tell((await study.ask()).number, undefined, { state: 'fail' });
  const line = {
    op_code: 8,
    worker_id: 'w',
    trial_id: running.id,
    user_attr: { text: '"1.0" \\u0000n5 NaN' },
  };
  const text = JSON.stringify(line);
  await appendFile(path, `${text}\n`);
  await appendFile(
    path,
    `${JSON.stringify({ ...line, user_attr: { f: '@' } }).replace('"@"', '[1.0,12345678901234567890,-0.0]')}\n`,
  );
  await storage.sync(again.id);
  const before = await contents(storage);
  const reader = open(path);
  await reader.sync(again.id);
  const size = (await stat(path)).size;
  const result = await compactJournal(path);
  t.is(result.before, size);
  t.is(result.after, (await stat(path)).size);
  t.true(result.after < size * 0.75, `${result.after} of ${size}`);
  t.deepEqual(await contents(open(path)), before);
  t.regex(await readFile(path, 'utf8'), /\[1\.0,12345678901234567890,-0\.0\]/);
  t.is((await stat(path)).mode & 0o777, 0o644 & ~process.umask());
  // Who had it open goes on, also with changes under way.
  const change = reader.setTrialUserAttr(running.id, 'late', 1);
  t.is(reader.peekTrial(running.id).userAttrs['late'], 1);
  await change;
  t.is((await reader.createTrial(again.id)).number, 32);
  t.is((await study.ask()).number, 33);
  t.deepEqual(await contents(reader), await contents(open(path)));
  t.deepEqual(await contents(storage), await contents(open(path)));
  // Compacted again it is as long.
  const second = await compactJournal(path);
  t.true(second.after >= result.after);
  t.deepEqual(await readdir(folder), ['a.log']);
  t.is((await open(path).createStudy('c', ['minimize'])).id, 3);
});

test('a file of another kind is left as it is, also if it has no line end', async (t) => {
  const path = join(await temporaryFolder(t), 'notes.log');
  for (const text of ['my notes', '[1', '{a: 1']) {
    await writeFile(path, text);
    await t.throwsAsync(open(path).createStudy('a', ['minimize']), { instanceOf: StorageError });
    t.is(await readFile(path, 'utf8'), text);
  }
  for (const half of ['{', '{"op_code":0,"stu']) {
    await writeFile(path, half);
    t.is((await open(path).createStudy('a', ['minimize'])).id, 0);
  }
});

test('a compacted journal has long texts, and those that begin as its marks do', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const storage = open(path);
  const { id } = await storage.createStudy('\0n1', ['minimize']);
  const trial = await storage.createTrial(id);
  await storage.setTrialParam(trial.id, '\0s\0n5', 0.5, x);
  await storage.setTrialParam(trial.id, 'c', 0, categoricalDistribution(['\0n7', '"\0n8"']));
  for (const text of ['\0n5', '\0s\0n5', 'x"\0nNaN"', '\0', 'é"\\'.repeat(2e6)]) {
    await storage.setTrialUserAttr(trial.id, text.slice(0, 9), [text, 1]);
  }
  const before = JSON.stringify(await contents(storage));
  await compactJournal(path);
  t.true(JSON.stringify(await contents(open(path))) === before);
});

test('compaction and writers may meet', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  await createStudy({ storage: path, studyName: 's' });
  let rounds = 0;
  // How many fall into a round depends on the machine.
  for (let compactions = 0; compactions <= 3; rounds += 1) {
    let busy = true;
    const workers = Promise.all([1, 2, 3].map(() => work(path, 'optimize', 30))).finally(() => {
      busy = false;
    });
    for (; busy; compactions += 1) {
      await compactJournal(path);
      await setTimeout(20);
    }
    t.deepEqual(await workers, [0, 0, 0]);
  }
  const trials = await (await loadStudy({ storage: path })).trials();
  t.is(trials.filter(({ state }) => state === 'complete').length, 90 * rounds);
  t.is(trials.length, 90 * rounds);
});

test('a journal that is missing or broken is not compacted', async (t) => {
  const folder = await temporaryFolder(t);
  const refused = { instanceOf: StorageError };
  await t.throwsAsync(compactJournal(join(folder, 'none.log')), refused);
  t.deepEqual(await readdir(folder), []);
  const path = join(folder, 'a.log');
  await writeFile(path, '{}\n{}\n');
  await t.throwsAsync(compactJournal(path), refused);
  t.is(await readFile(path, 'utf8'), '{}\n{}\n');
  t.deepEqual(await readdir(folder), ['a.log']);
});

test('a journal that goes away is an error, not an empty one', async (t) => {
  const path = join(await temporaryFolder(t), 'a.log');
  const storage = open(path);
  const { id } = await storage.createStudy('a', ['minimize']);
  await rm(path);
  await t.throwsAsync(storage.sync(id), { instanceOf: StorageError, message: /ENOENT/ });
  await t.throwsAsync(storage.createTrial(id), { instanceOf: StorageError });
  await writeFile(path, '');
  await truncate(path);
  await t.throwsAsync(storage.sync(id), { instanceOf: StudyNotFoundError });
});
