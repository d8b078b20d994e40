import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { BusyError, DataError } from '../errors.js';

export const lockFile = 'results.lock';

/** The folders that this process holds. */
const held = new Set<string>();

/**
 * Runs `body` while no other comparison writes to the folder. A lock whose process is gone counts for
 * nothing.
 * @throws BusyError if another one does; DataError if the lock cannot be written
 */
export async function exclusively<T>(folder: string, body: () => Promise<T>): Promise<T> {
  const path = join(resolve(folder), lockFile);
  await take(folder, path);
  held.add(path);
  try {
    return await body();
  } finally {
    held.delete(path);
    // One that stays is forgotten with this process.
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Whether a comparison is writing to the folder. */
export async function isInUse(folder: string): Promise<boolean> {
  return (await ownerOf(join(resolve(folder), lockFile))) !== undefined;
}

async function take(folder: string, path: string): Promise<void> {
  if (await create(path)) return;
  const owner = await ownerOf(path);
  if (owner === undefined) {
    await rm(path, { force: true });
    if (await create(path)) return;
  }
  throw new BusyError(
    `another comparison (${owner ?? 'just begun'}) writes to ${folder}; choose another folder, or remove ${path} if it is gone`,
  );
}

/** False if there is a lock. */
async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(`${process.pid} ${hostname()}\n`);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new DataError(`${path} could not be written: ${(cause as Error).message}`, { cause });
  }
}

/** Who holds the lock, or undefined if nobody does. */
async function ownerOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [, pid, host] = text.match(/^(\d+) (.*)\n$/) ?? [];
  // Being written, or not by us.
  if (pid === undefined) return 'an unknown process';
  const isGone = host === hostname() && !isRunning(Number(pid), path);
  return isGone ? undefined : `process ${pid} on ${host}`;
}

function isRunning(pid: number, path: string): boolean {
  // Containers number their processes alike at every start.
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
