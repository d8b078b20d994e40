import { checkOptionNames } from '../../options.js';
import { withStorage } from '../storages/open-storage.js';
import type { Storage, StudyRecord } from '../storages/storage.js';
import type { Attrs, Direction, FrozenTrial } from '../trial/frozen-trial.js';

/** A study at a glance. */
export interface StudySummary {
  /** Unique within the storage. */
  readonly studyName: string;
  /** One an objective. */
  readonly directions: readonly Direction[];
  /**
   * The complete trial of the best value, the first of equal ones, whether or not it keeps its
   * constraints. Null without one, with several objectives, and if it was not asked for.
   */
  readonly bestTrial: FrozenTrial | null;
  /** What study.setUserAttr noted. */
  readonly userAttrs: Attrs;
  /** Notes of the library, such as the metric names. */
  readonly systemAttrs: Attrs;
  /** Trials in any state. */
  readonly nTrials: number;
  /** When the first trial started; null before. */
  readonly datetimeStart: Date | null;
}

/** Options of getAllStudySummaries. */
export interface StudySummariesOptions {
  /** A Storage, or a URL or path as of createStudy. */
  storage: Storage | string;
  /** Default true. */
  includeBestTrial?: boolean;
}

/** All studies of a storage, in the order of their creation. Rejects with StorageError. */
export async function getAllStudySummaries(
  options: StudySummariesOptions,
): Promise<StudySummary[]> {
  checkOptionNames('getAllStudySummaries', options, ['storage', 'includeBestTrial']);
  const { includeBestTrial = true } = options;
  return withStorage(options.storage, async (storage) => {
    const summaries: StudySummary[] = [];
    for (const record of await storage.studies()) {
      await storage.sync(record.id);
      summaries.push(summaryOf(record, storage.peekTrials(record.id), includeBestTrial));
    }
    return summaries;
  });
}

function summaryOf(
  { name, directions, userAttrs, systemAttrs }: StudyRecord,
  trials: readonly FrozenTrial[],
  includeBestTrial: boolean,
): StudySummary {
  const [direction] = includeBestTrial && directions.length === 1 ? directions : [];
  return {
    studyName: name,
    directions,
    bestTrial: direction === undefined ? null : best(trials, direction),
    userAttrs,
    systemAttrs,
    nTrials: trials.length,
    datetimeStart: firstStart(trials),
  };
}

/** The names of all studies of a storage, in the order of their creation. Rejects with StorageError. */
export async function getAllStudyNames(options: { storage: Storage | string }): Promise<string[]> {
  checkOptionNames('getAllStudyNames', options, ['storage']);
  return withStorage(options.storage, async (storage) =>
    (await storage.studies()).map(({ name }) => name),
  );
}

function best(trials: readonly FrozenTrial[], direction: Direction): FrozenTrial | null {
  const sign = direction === 'minimize' ? 1 : -1;
  let found: FrozenTrial | null = null;
  for (const trial of trials) {
    if (trial.state !== 'complete') continue;
    if (found === null || sign * trial.values![0]! < sign * found.values![0]!) found = trial;
  }
  return found;
}

function firstStart(trials: readonly FrozenTrial[]): Date | null {
  let first: Date | null = null;
  for (const { datetimeStart } of trials) {
    if (datetimeStart !== null && (first === null || datetimeStart < first)) first = datetimeStart;
  }
  return first;
}
