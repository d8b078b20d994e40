import { invalidArgument } from '../../errors.js';
import { InMemoryStorage } from './in-memory.js';
import { JournalFileBackend } from './journal/file-backend.js';
import { JournalStorage } from './journal/storage.js';
import { rdbPattern } from './rdb/url.js';
import type { Storage } from './storage.js';

/** A kind of storage that a text can name. */
interface Scheme {
  readonly pattern: RegExp;
  /** Loads what it needs only now: a driver that is not used need not be there. */
  readonly open: (url: string) => Promise<Storage>;
}

const schemes: readonly Scheme[] = [
  {
    pattern: /^journal:\/\/\/./,
    open: (url) => openJournal(url.slice('journal:///'.length)),
  },
  { pattern: /^(?!\w+:\/\/).*\.(log|journal|jsonl)$/, open: openJournal },
  {
    pattern: rdbPattern,
    open: async (url) => new (await import('./rdb/storage.js')).RDBStorage(url),
  },
];

async function openJournal(path: string): Promise<Storage> {
  return new JournalStorage(new JournalFileBackend(path));
}

/**
 * Does something with the storage that an option names, and lets go of it if it was opened for that.
 * Rejects as openStorage and `body`.
 */
export async function withStorage<T>(
  storage: Storage | string | undefined,
  body: (storage: Storage) => Promise<T>,
): Promise<T> {
  return openStorageFor(storage, async (opened) => {
    const result = await body(opened);
    if (opened !== storage) await opened.close();
    return result;
  });
}

/**
 * Opens the storage that an option names for something that goes on using it, and lets go of it if
 * `body` rejects and it was opened here. Rejects as openStorage and `body`.
 */
export async function openStorageFor<T>(
  storage: Storage | string | undefined,
  body: (storage: Storage) => Promise<T>,
): Promise<T> {
  const opened = await openStorage(storage);
  try {
    return await body(opened);
  } catch (error) {
    if (opened !== storage) await opened.close();
    throw error;
  }
}

/**
 * The storage that an option names; a fresh one in memory if it names none. Rejects with
 * InvalidArgumentError, StorageError.
 */
export async function openStorage(storage: Storage | string | undefined): Promise<Storage> {
  if (storage === undefined) return new InMemoryStorage();
  if (typeof storage === 'object' && storage !== null && 'peekTrials' in storage) return storage;
  const scheme =
    typeof storage === 'string' ? schemes.find(({ pattern }) => pattern.test(storage)) : undefined;
  if (scheme) return scheme.open(storage as string);
  throw invalidArgument(
    'storage',
    'a Storage, a URL (journal:///, sqlite:///, postgresql://) or the path of a .log, .journal or .jsonl file',
    typeof storage === 'string' ? withoutPassword(storage) : storage,
  );
}

/** The name of a storage as it may be shown. */
export function withoutPassword(storage: string): string {
  return storage.replace(/^(\w[\w+]*:\/\/[^/@:]*):[^@]*@/, '$1:***@');
}
