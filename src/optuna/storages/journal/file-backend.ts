import { resolve } from 'node:path';
import { invalidArgument } from '../../../errors.js';
import { checkOptionNames } from '../../../options.js';
import { StorageError } from '../../errors.js';
import { type JournalFileLock, JournalFileSymlinkLock } from './lock.js';

/** Options of JournalFileBackend. */
export interface JournalFileBackendOptions {
  /** All that write the journal must use the same kind. Default: a JournalFileSymlinkLock. */
  lock?: JournalFileLock;
}

/** Where a JournalStorage keeps its records: a file of one JSON object a line. */
export class JournalFileBackend {
  /** Of the journal, absolute. */
  readonly path: string;
  /** Held while the journal is written. */
  readonly lock: JournalFileLock;

  /**
   * The file is created when it is first used; its folder must exist. Throws InvalidArgumentError.
   */
  constructor(path: string, options: JournalFileBackendOptions = {}) {
    if (typeof path !== 'string' || path === '') {
      throw invalidArgument('path', "the journal's path", path);
    }
    checkOptionNames('a JournalFileBackend', options, ['lock']);
    const { lock = new JournalFileSymlinkLock(path) } = options;
    if (typeof lock?.acquire !== 'function' || typeof lock.release !== 'function') {
      throw invalidArgument('lock', 'a JournalFileLock', lock);
    }
    this.path = resolve(path);
    this.lock = lock;
  }

  /** What `body` resolves to, which runs while nobody else writes the journal. */
  async whileLocked<T>(body: () => Promise<T>): Promise<T> {
    await this.#lock('locked', () => this.lock.acquire());
    try {
      return await body();
    } finally {
      await this.#lock('unlocked', () => this.lock.release());
    }
  }

  async #lock(verb: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (cause) {
      throw new StorageError(
        `the journal '${this.path}' cannot be ${verb}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}
