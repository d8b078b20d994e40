import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, rename, stat, symlink, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { invalidArgument } from '../../../errors.js';
import { checkOptionNames } from '../../../options.js';

/** Keeps the writers of a journal apart, those of other processes and of Optuna too. */
export interface JournalFileLock {
  /** Waits until nobody else holds the lock. */
  acquire(): Promise<void>;
  /** Lets go of the lock, unless somebody has taken it away meanwhile. */
  release(): Promise<void>;
}

/** Options of the locks of a journal. */
export interface JournalFileLockOptions {
  /**
   * Seconds, above 0, after which a lock that shows no change belongs to a dead process and is taken
   * away. Default 30, as in Optuna.
   */
  gracePeriod?: number;
}

/** Milliseconds between two attempts: doubled from the first to the last. */
const firstPause = 1;
const lastPause = 64;

/** A file next to the journal that exists while somebody writes: `<journal>.lock`. */
abstract class LockFile implements JournalFileLock {
  protected readonly path: string;
  readonly #gracePeriod: number;
  /** The lock file as this object made it. */
  #own: string | undefined;

  constructor(journal: string, options: JournalFileLockOptions = {}) {
    if (typeof journal !== 'string' || journal === '') {
      throw invalidArgument('path', "the journal's path", journal);
    }
    checkOptionNames('a journal lock', options, ['gracePeriod']);
    const { gracePeriod = 30 } = options;
    if (!(typeof gracePeriod === 'number' && gracePeriod > 0)) {
      throw invalidArgument('gracePeriod', 'seconds above 0', gracePeriod);
    }
    this.path = `${journal}.lock`;
    this.#gracePeriod = gracePeriod * 1000;
  }

  /** Makes the lock file; rejects with EEXIST if there is one. */
  protected abstract make(): Promise<void>;

  async acquire(): Promise<void> {
    let pause = firstPause;
    let seen: string | undefined;
    let since = performance.now();
    while (!(await this.#made())) {
      const holder = await this.#holder();
      if (holder === undefined) continue;
      if (holder !== seen) {
        seen = holder;
        since = performance.now();
      } else if (performance.now() - since > this.#gracePeriod) {
        await this.#remove();
        seen = undefined;
        pause = firstPause;
        continue;
      }
      await setTimeout(pause);
      pause = Math.min(2 * pause, lastPause);
    }
    this.#own = await this.#identity();
  }

  async release(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined && own === (await this.#identity())) await this.#remove();
  }

  async #made(): Promise<boolean> {
    try {
      await this.make();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** What changes with the holder, and when the holder writes; undefined if nobody holds the lock. */
  async #holder(): Promise<string | undefined> {
    const identity = await this.#identity();
    if (identity === undefined) return undefined;
    // Through a symbolic link, the time is the journal's.
    const target = await statOrNone(this.path);
    return `${identity} ${target?.mtimeNs}`;
  }

  async #identity(): Promise<string | undefined> {
    try {
      const { ino, mtimeNs } = await lstat(this.path, { bigint: true });
      return `${ino} ${mtimeNs}`;
    } catch {
      return undefined;
    }
  }

  /** By a rename first: of several that remove the same file, one succeeds. */
  async #remove(): Promise<void> {
    const away = `${this.path}${randomUUID()}.rename`;
    try {
      await rename(this.path, away);
      await unlink(away);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function statOrNone(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** The lock of a symbolic link, which file systems without exclusive creation (NFS 2) have, too. */
export class JournalFileSymlinkLock extends LockFile {
  readonly #target: string;

  /** Of the journal at `path`. Throws InvalidArgumentError. */
  constructor(path: string, options: JournalFileLockOptions = {}) {
    super(path, options);
    this.#target = resolve(path);
  }

  protected make(): Promise<void> {
    return symlink(this.#target, this.path);
  }
}

/** The lock of a file that is created exclusively: where symbolic links need a privilege (Windows). */
export class JournalFileOpenLock extends LockFile {
  protected async make(): Promise<void> {
    const handle = await open(this.path, 'wx');
    await handle.close();
  }
}
