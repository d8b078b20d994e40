// What several processes do to a database, and what happens when they are killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import Libsql from 'libsql';
import {
  createStudy,
  loadStudy,
  RandomSampler,
  RDBStorage,
  RetryHeartbeatStaleTrialCallback,
} from '../../src/optuna/index.js';
import { root } from '../helpers/paths.js';
import { sharedPostgres } from '../helpers/postgres.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const worker = join(root, 'dist/test/helpers/rdb-worker.js');
const postgres = await sharedPostgres();

interface Target {
  url: string;
  /** Fails the test unless the database is whole. */
  check(t: ExecutionContext): void;
}

async function sqlite(t: ExecutionContext): Promise<Target> {
  const file = join(await temporaryFolder(t), 'study.db');
  return {
    url: `sqlite:///${file}`,
    check: () => {
      const db = new Libsql(file);
      t.deepEqual(db.prepare('pragma integrity_check').all(), [{ integrity_check: 'ok' }]);
      t.deepEqual(db.prepare('pragma foreign_key_check').all(), []);
      db.close();
    },
  };
}

const targets: Record<string, (t: ExecutionContext) => Promise<Target>> = { SQLite: sqlite };
if (typeof postgres === 'string') test.skip(`PostgreSQL: ${postgres}`, () => {});
else targets['PostgreSQL'] = async () => ({ url: await postgres.createDatabase(), check() {} });

interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

function start(mode: string, url: string, shell?: string): [ChildProcess, Promise<Ended>] {
  const command = [process.execPath, worker, mode, url];
  const child = shell
    ? spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command])
    : spawn(command[0]!, command.slice(1));
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return [child, ended];
}

for (const [name, make] of Object.entries(targets)) {
  test.serial(`${name}: eight processes create the tables and share 400 trials`, async (t) => {
    const { url, check } = await make(t);
    const ended = await Promise.all(Array.from({ length: 8 }, () => start('fifty trials', url)[1]));
    for (const { code, stderr } of ended) t.is(code, 0, stderr);
    const study = await loadStudy({ storage: url });
    const trials = await study.trials();
    t.deepEqual(
      trials.map(({ number }) => number),
      Array.from({ length: 400 }, (_, i) => i),
    );
    t.true(trials.every(({ state }) => state === 'complete'));
    const ofProcess = new Map<unknown, number>();
    for (const { userAttrs } of trials) {
      const process = userAttrs['process'];
      ofProcess.set(process, (ofProcess.get(process) ?? 0) + 1);
    }
    t.deepEqual([...ofProcess.values()], Array(8).fill(50));
    for (const { params, intermediateValues, values } of trials) {
      t.is(intermediateValues.get(0), params['x'] as number);
      t.is(values![0], (params['x'] as number) + (params['n'] as number));
    }
    check(t);
  });

  test.serial(`${name}: trials of 20 killed processes are failed and retried once`, async (t) => {
    const { url, check } = await make(t);
    await createStudy({ studyName: 'shared', storage: url });
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 5 }, () => killInMidTrial(t, url)));
    }
    await setTimeout(1600);
    // Both notice at once.
    const survivors = [start('fifteen trials', url)[1], start('fifteen trials', url)[1]];
    for (const { code, stderr } of await Promise.all(survivors)) t.is(code, 0, stderr);
    const trials = await (await loadStudy({ storage: url })).trials();
    t.deepEqual(
      trials.map(({ number }) => number),
      trials.map((_, i) => i),
    );
    const failed = trials.filter(({ state }) => state === 'fail');
    t.is(failed.length, 20);
    t.true(trials.every(({ state }) => state === 'fail' || state === 'complete'));
    for (const { number, params } of failed) {
      const retries = trials.filter(
        (trial) => RetryHeartbeatStaleTrialCallback.retryHistory(trial).at(-1) === number,
      );
      t.is(retries.length, 1, `retries of trial ${number}`);
      t.is(retries[0]!.params['x'], params['x']);
      const [first] = RetryHeartbeatStaleTrialCallback.retryHistory(retries[0]!);
      t.is(RetryHeartbeatStaleTrialCallback.retriedTrialNumber(retries[0]!), first);
    }
    check(t);
  });

  test.serial(
    `${name}: a storage that is forgotten lets the process end, after its write`,
    async (t) => {
      const { url } = await make(t);
      const begin = Date.now();
      const { code, stderr } = await start('forgotten', url)[1];
      t.is(code, 0, stderr);
      t.true(Date.now() - begin < 9000);
      t.deepEqual(await (await loadStudy({ storage: url })).userAttrs(), { last: 'word' });
    },
  );
}

async function killInMidTrial(t: ExecutionContext, url: string): Promise<void> {
  const [child, ended] = start('until killed', url);
  child.stdout!.once('data', async () => {
    await setTimeout(Math.random() * 40);
    child.kill('SIGKILL');
  });
  const { signal, stderr } = await ended;
  t.is(signal, 'SIGKILL', stderr);
}

test('SQLite: a full disk is told, and the study can be used on', async (t) => {
  const { url, check } = await sqlite(t);
  await createStudy({ studyName: 'shared', storage: url });
  // Files may have half a megabyte; what they cannot take fails as on a full disk.
  const { code, stdout, stderr } = await start(
    'attributes until refused',
    url,
    'ulimit -f 1000',
  )[1];
  t.is(code, 0, stderr);
  const told = JSON.parse(stdout) as Record<string, unknown>;
  t.like(told, { name: 'StorageError', code: 'ERR_STORAGE' });
  t.regex(told['message'] as string, /study\.db/);
  t.true((told['kept'] as number) > 0);
  t.is(told['known'], told['kept']);
  check(t);
  const study = await loadStudy({ storage: url, sampler: new RandomSampler() });
  const [trial] = await study.trials();
  t.is(Object.keys(trial!.userAttrs).length, told['kept'] as number);
  await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 2 });
  t.is((await study.trials()).length, 3);
});

test('SQLite: a file that cannot be written can be read, and says so', async (t) => {
  // Root may write everything: then the process is one of somebody else.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'trialforge-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'study.db');
  const storage = new RDBStorage(`sqlite:///${file}`);
  const study = await createStudy({ studyName: 'shared', storage, sampler: new RandomSampler() });
  await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 2 });
  await storage.close();
  await chmod(file, 0o444);
  await chmod(folder, 0o555);
  if (user) await chown(folder, user.uid, user.gid);
  const script = `
    const { loadStudy } = await import(${JSON.stringify(join(root, 'dist/src/optuna/index.js'))});
    const study = await loadStudy({ storage: process.argv[1] });
    const trials = (await study.trials()).length;
    await study.ask().then(
      () => console.log('written'),
      (error) => console.log(JSON.stringify({ trials, code: error.code, message: error.message })),
    );`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, `sqlite:///${file}`],
    { ...user, cwd: folder },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  await new Promise((resolve) => child.on('close', resolve));
  if (user && /EACCES|permission denied|ERR_MODULE_NOT_FOUND/.test(stderr)) {
    t.log('skipped: nobody but root may read this folder');
    t.pass();
    return;
  }
  t.true(stdout.startsWith('{'), stdout + stderr);
  const told = JSON.parse(stdout) as Record<string, unknown>;
  t.like(told, { trials: 2, code: 'ERR_STORAGE' });
  t.regex(told['message'] as string, /study\.db.*read-?only/);
});
