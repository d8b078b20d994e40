import { checkOptionNames } from '../../options.js';
import { withStorage } from '../storages/open-storage.js';
import type { Storage } from '../storages/storage.js';
import { snapshotOf } from '../storages/trial-table.js';
import { findStudy } from './create-study.js';
import { writeStudy } from './write-study.js';

/** Options of copyStudy. */
export interface CopyStudyOptions {
  /** The study to copy. */
  fromStudyName: string;
  /** Where it is: a Storage, or a URL or path as of createStudy. */
  fromStorage: Storage | string;
  /** Where the copy goes; it may be the same storage, under another name. */
  toStorage: Storage | string;
  /** `fromStudyName` if left out. */
  toStudyName?: string;
}

const names = ['fromStudyName', 'fromStorage', 'toStorage', 'toStudyName'];

/**
 * Copies a study with its attributes and all trials, as they are now, to another name or storage; or
 * nothing, if that fails. Rejects with StudyNotFoundError, DuplicatedStudyError, StorageError.
 */
export async function copyStudy(options: CopyStudyOptions): Promise<void> {
  checkOptionNames('copyStudy', options, names);
  const { fromStudyName, toStudyName = fromStudyName } = options;
  const content = await withStorage(options.fromStorage, async (from) => {
    const record = await findStudy(from, fromStudyName);
    await from.sync(record.id);
    return { ...record, trials: from.peekTrials(record.id).map(snapshotOf) };
  });
  await withStorage(options.toStorage, (to) => writeStudy(to, toStudyName, content));
}
