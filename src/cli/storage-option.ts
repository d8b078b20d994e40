import { stat } from 'node:fs/promises';
import { InvalidArgumentError as InvalidOptionError, Option } from 'commander';
import { InvalidArgumentError } from '../errors.js';
import type { Storage, StudyRecord } from '../optuna/index.js';
import { StudyNotFoundError } from '../optuna/index.js';
import { withoutPassword, withStorage } from '../optuna/storages/open-storage.js';

const kinds =
  'sqlite:///file.db (sqlite:////absolute.db), postgresql://user:password@host/database, or a journal file such as studies.log';

/** Options that several commands share. */
export const storageOption = (rest = '') =>
  new Option('--storage <url>', `${kinds}${rest}`).argParser((url) => {
    if (url === '') throw new InvalidOptionError('It must name a storage.');
    return url;
  });

/** The file in which the storage of this name lives; undefined for a database elsewhere. */
export function storageFile(url: string): string | undefined {
  const named = /^(?:sqlite|journal)(?:\+\w+)?:\/\/\/(.+)$/.exec(url);
  if (named) return named[1]!.replace(/\?.*$/, '');
  return /^\w[\w+]*:\/\//.test(url) ? undefined : url;
}

/**
 * Lends `use` a storage that exists, and closes it afterwards. What is misspelt would otherwise be
 * made, and be empty.
 * @throws InvalidArgumentError if it has no file
 */
export async function withExistingStorage<T>(
  url: string,
  use: (storage: Storage) => Promise<T>,
): Promise<T> {
  if (/^(sqlite|journal)(\+\w+)?:\/{2,3}(:memory:)?$/.test(url)) {
    throw new InvalidArgumentError(`--storage ${url} names no file, so there is nothing in it`);
  }
  const file = storageFile(url);
  if (file !== undefined && !(await stat(file).catch(() => undefined))) {
    throw new InvalidArgumentError(`--storage ${withoutPassword(url)}: there is no file ${file}`);
  }
  return withStorage(url, use);
}

/** @throws StudyNotFoundError naming the studies that there are */
export async function findStudy(storage: Storage, name: string): Promise<StudyRecord> {
  const record = await storage.findStudy(name);
  if (record) return record;
  const names = (await storage.studies()).map((study) => `'${study.name}'`);
  const some = names.length > 5 ? [...names.slice(0, 5), '...'] : names;
  throw new StudyNotFoundError(
    `there is no study named '${name}'; the storage has ${some.join(', ') || 'no study'}`,
  );
}
