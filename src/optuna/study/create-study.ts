import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { DuplicatedStudyError, StudyNotFoundError } from '../errors.js';
import { MedianPruner } from '../pruners/median.js';
import { checkedPruner, type Pruner } from '../pruners/pruner.js';
import { checkedSampler, type Sampler } from '../samplers/sampler.js';
import { TPESampler } from '../samplers/tpe/sampler.js';
import { openStorageFor, withStorage } from '../storages/open-storage.js';
import type { Storage, StudyRecord } from '../storages/storage.js';
import { type Direction, directions as knownDirections } from '../trial/frozen-trial.js';
import { Study } from './study.js';

interface StudyOptions {
  /**
   * Where the study is kept: a Storage, `sqlite:///file.db`, `postgresql://user@host/database`,
   * `journal:///file.log` or a path that ends in .log, .journal or .jsonl. In memory if left out.
   */
  storage?: Storage | string;
  /** `new TPESampler()` if left out. */
  sampler?: Sampler;
  /** `new MedianPruner()` if left out. */
  pruner?: Pruner;
  /**
   * Let a categorical parameter come back with more choices, added at the end of those before;
   * otherwise, as in Optuna, that throws IncompatibleDistributionError. Choices must never go away.
   * TPE chooses such a parameter by itself from then on. Optuna reads such a study from a database,
   * but cannot add to it a trial with other choices than the first; replaying a journal, it leaves
   * parameters out that have others. Default false.
   */
  growingCategoricals?: boolean;
}

/** Options of createStudy. Direction and directions exclude each other. */
export interface CreateStudyOptions extends StudyOptions {
  /** Unique within the storage; made up if left out. */
  studyName?: string;
  /** Of one objective; 'minimize' if neither this nor `directions` is given. */
  direction?: Direction;
  /** One an objective; at least one. */
  directions?: readonly Direction[];
  /** Load the study if it exists; its own directions hold then. Default false. */
  loadIfExists?: boolean;
}

/** Options of loadStudy. */
export interface LoadStudyOptions extends StudyOptions {
  /** May be left out if the storage has one study. */
  studyName?: string;
}

export const loadNames = ['studyName', 'storage', 'sampler', 'pruner', 'growingCategoricals'];
const createNames = [...loadNames, 'direction', 'directions', 'loadIfExists'];

/**
 * Makes a study, or loads it if `loadIfExists`. Rejects with InvalidArgumentError, DuplicatedStudyError,
 * StorageError.
 */
export async function createStudy(options: CreateStudyOptions = {}): Promise<Study> {
  checkOptionNames('createStudy', options, createNames);
  const { studyName = `no-name-${randomUUID()}`, loadIfExists = false } = options;
  if (typeof studyName !== 'string') throw invalidArgument('studyName', 'a string', studyName);
  const directions = checkedDirections(options);
  const chosen = parts(options);
  return openStorageFor(options.storage, async (storage) => {
    let record: StudyRecord | undefined;
    // Another process may delete the study before it is found.
    while (!record) {
      try {
        record = await storage.createStudy(studyName, directions);
      } catch (error) {
        if (!(loadIfExists && error instanceof DuplicatedStudyError)) throw error;
        record = await storage.findStudy(studyName);
      }
    }
    return open(storage, record, chosen);
  });
}

/** Opens a study that exists. Rejects with StudyNotFoundError, InvalidArgumentError, StorageError. */
export async function loadStudy(options: LoadStudyOptions): Promise<Study> {
  checkOptionNames('loadStudy', options, loadNames);
  const chosen = parts(options);
  return openStorageFor(options.storage, async (storage) =>
    open(storage, await findStudy(storage, options.studyName), chosen),
  );
}

/** Removes a study with all its trials. Rejects with InvalidArgumentError, StudyNotFoundError. */
export async function deleteStudy(options: {
  studyName: string;
  storage: Storage | string;
}): Promise<void> {
  checkOptionNames('deleteStudy', options, ['studyName', 'storage']);
  // Without a name, findStudy would take the only study there is.
  if (typeof options.studyName !== 'string') {
    throw invalidArgument('studyName', 'a string', options.studyName);
  }
  await withStorage(options.storage, async (storage) => {
    await storage.deleteStudy((await findStudy(storage, options.studyName)).id);
  });
}

async function open(
  storage: Storage,
  record: StudyRecord,
  { sampler, pruner, growingCategoricals }: ReturnType<typeof parts>,
): Promise<Study> {
  await storage.sync(record.id);
  return new Study(storage, record, sampler, pruner, growingCategoricals);
}

/** Rejects with StudyNotFoundError; without a name with InvalidArgumentError unless there is one study. */
export async function findStudy(
  storage: Storage,
  studyName: string | undefined,
): Promise<StudyRecord> {
  if (studyName !== undefined) {
    if (typeof studyName !== 'string') throw invalidArgument('studyName', 'a string', studyName);
    const record = await storage.findStudy(studyName);
    if (!record) throw new StudyNotFoundError(`there is no study named '${studyName}'`);
    return record;
  }
  const studies = await storage.studies();
  if (studies.length !== 1) {
    throw new InvalidArgumentError(
      `studyName must be given unless the storage has one study; it has ${studies.length}`,
    );
  }
  return studies[0]!;
}

function checkedDirections({ direction, directions }: CreateStudyOptions): readonly Direction[] {
  if (direction !== undefined && directions !== undefined) {
    throw new InvalidArgumentError('direction and directions must not both be given');
  }
  const name = directions === undefined ? 'direction' : 'directions';
  const given = directions ?? [direction ?? 'minimize'];
  if (!Array.isArray(given) || given.length === 0) {
    throw invalidArgument('directions', 'an array of at least one direction', directions);
  }
  const wrong = given.find((one) => !knownDirections.includes(one));
  if (wrong !== undefined)
    throw invalidArgument(name, `one of ${knownDirections.join(', ')}`, wrong);
  return Object.freeze([...given]);
}

function parts({
  sampler = new TPESampler(),
  pruner = new MedianPruner(),
  growingCategoricals = false,
}: StudyOptions) {
  checkedSampler(sampler);
  checkedPruner(pruner);
  if (typeof growingCategoricals !== 'boolean') {
    throw invalidArgument('growingCategoricals', 'a boolean', growingCategoricals);
  }
  return { sampler, pruner, growingCategoricals };
}
