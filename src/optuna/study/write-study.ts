import { checkCompatible, type Distribution, growsFrom } from '../distributions/distributions.js';
import type { Storage, StudyRecord } from '../storages/storage.js';
import type { Attrs, Direction, TrialTemplate } from '../trial/frozen-trial.js';

/** All that a study consists of, its storage aside. */
export interface StudyContent {
  readonly directions: readonly Direction[];
  readonly userAttrs: Attrs;
  readonly systemAttrs: Attrs;
  /** In the order of their numbers. */
  readonly trials: readonly TrialTemplate[];
}

/** Trials under way at a time: a storage can write several at once. */
const together = 100;

/**
 * Makes a study of that content, or none: what was written is removed again if something fails.
 * Trials are taken as they are, also with parameters outside of their ranges. Rejects with
 * DuplicatedStudyError, IncompatibleDistributionError, StorageError.
 */
export async function writeStudy(
  storage: Storage,
  studyName: string,
  { directions, userAttrs, systemAttrs, trials }: StudyContent,
): Promise<StudyRecord> {
  checkTogether(trials);
  const record = await storage.createStudy(studyName, directions);
  try {
    for (const [key, value] of Object.entries(systemAttrs)) {
      await storage.setStudySystemAttr(record.id, key, value);
    }
    for (const [key, value] of Object.entries(userAttrs)) {
      await storage.setStudyUserAttr(record.id, key, value);
    }
    await addInOrder(storage, record.id, trials);
    return record;
  } catch (error) {
    await storage.deleteStudy(record.id).catch(() => {});
    throw error;
  }
}

/** Adds trials to a study: a hundred of them take about as long as one. */
export async function addInOrder(
  storage: Storage,
  studyId: number,
  trials: readonly TrialTemplate[],
): Promise<void> {
  for (let i = 0; i < trials.length; i += together) {
    const some = trials.slice(i, i + together);
    await Promise.all(some.map((trial) => storage.createTrial(studyId, trial)));
  }
}

/** Throws IncompatibleDistributionError if two of the trials cannot be in the same study. */
function checkTogether(trials: readonly TrialTemplate[]): void {
  const known = new Map<string, Distribution>();
  for (const { distributions } of trials) {
    for (const [name, distribution] of Object.entries(distributions)) {
      const other = known.get(name);
      if (other && other !== distribution) checkCompatible(name, other, distribution, true);
      if (!other || growsFrom(other, distribution)) known.set(name, distribution);
    }
  }
}
