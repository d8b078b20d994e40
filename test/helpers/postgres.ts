import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);

/** A PostgreSQL server of its own, reached through a socket in its folder alone. */
export interface PrivatePostgres {
  /** The URL of a new, empty database, as Optuna writes it with its driver psycopg2. */
  createDatabase(): Promise<string>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

interface Programs {
  readonly folder: string;
  /** Whose processes they are to be; undefined: ours. They refuse to run as root. */
  readonly user: { uid: number; gid: number } | undefined;
}

/** Why there is no PostgreSQL to test with, or its programs. */
export async function findPostgres(): Promise<Programs | string> {
  const folder = await programFolder();
  if (!folder) return "PostgreSQL's programs initdb and pg_ctl are not installed";
  if (process.getuid?.() !== 0) return { folder, user: undefined };
  const user = await systemUser();
  return user ? { folder, user } : 'PostgreSQL does not run as root, and there is no other user';
}

/** Starts a server in a new folder under the system's temporary folder. */
export async function startPostgres({
  folder: programs,
  user,
}: Programs): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'trialforge-postgres-'));
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...user };
  const stop = async () => {
    try {
      await run(join(programs, 'pg_ctl'), ['stop', '-D', data, '-m', 'immediate', '-w'], options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  try {
    const cluster = ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    await run(join(programs, 'initdb'), [...cluster, '--no-sync'], options);
    const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`;
    const start = ['start', '-D', data, '-w', '-l', join(folder, 'log'), '-o', settings];
    await run(join(programs, 'pg_ctl'), start, options);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      const name = `study_${databases}`;
      const { default: pg } = await import('pg');
      const client = new pg.Client({ host: folder, user: 'test', database: 'postgres' });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return `postgresql+psycopg2://test@/${name}?host=${folder}`;
    },
    stop,
  };
}

/** A server for the tests of one file, stopped after them; or why there is none. */
export async function sharedPostgres(): Promise<PrivatePostgres | string> {
  const programs = await findPostgres();
  if (typeof programs === 'string') return programs;
  const server = await startPostgres(programs);
  test.after.always(() => server.stop());
  return server;
}

/** The folder of the programs: on the PATH, or where Debian has them. */
async function programFolder(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch((): string[] => []);
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  for (const folder of folders) {
    const programs = await readdir(folder).catch((): string[] => []);
    if (programs.includes('initdb') && programs.includes('pg_ctl')) return folder;
  }
  return undefined;
}

async function systemUser(): Promise<{ uid: number; gid: number } | undefined> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const user = users.find(([name]) => name === wanted);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return undefined;
}
