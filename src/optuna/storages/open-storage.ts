import { invalidArgument } from '../../errors.js';
import { InMemoryStorage } from './in-memory.js';
import type { Storage } from './storage.js';

/** The storage that an option names; a fresh one in memory if it names none. Throws InvalidArgumentError. */
export function openStorage(storage: Storage | string | undefined): Storage {
  if (storage === undefined) return new InMemoryStorage();
  if (typeof storage === 'object' && storage !== null && 'peekTrials' in storage) return storage;
  throw invalidArgument('storage', 'a Storage, such as new InMemoryStorage()', storage);
}
