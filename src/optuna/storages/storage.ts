import type { Distribution } from '../distributions/distributions.js';
import type { Json } from '../python-json.js';
import type {
  Attrs,
  Direction,
  FrozenTrial,
  TrialState,
  TrialTemplate,
} from '../trial/frozen-trial.js';
import type { Heartbeat } from './heartbeat.js';

/** An attribute's value, or what makes it: called once at most, and not before somebody needs it. */
export type LazyJson = Json | (() => Json);

/** A study as a storage knows it, its trials aside. */
export interface StudyRecord {
  /** Unique within the storage. */
  readonly id: number;
  /** Unique within the storage. */
  readonly name: string;
  /** One an objective. */
  readonly directions: readonly Direction[];
  /** What users noted. */
  readonly userAttrs: Attrs;
  /** What the library noted. */
  readonly systemAttrs: Attrs;
}

/**
 * Where studies live. Every change is a promise that resolves when it is durable.
 *
 * The `peek` methods answer at once, from what this process knows: all that it wrote itself, from
 * the moment of the call on, and what others wrote until the last `sync`. So a parameter can be
 * suggested synchronously while its write is still under way.
 *
 * Changes take effect in the order of the calls. A change of a finished trial rejects with
 * UpdateFinishedTrialError, an unknown trial with TrialNotFoundError, an unknown study with
 * StudyNotFoundError, and what the medium refuses (a full disk, a file that is read-only, a
 * connection that is lost) with StorageError; then nothing has changed.
 */
export interface Storage {
  /** Rejects with DuplicatedStudyError if there is a study of that name. */
  createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord>;
  /** Removes a study with its trials. */
  deleteStudy(studyId: number): Promise<void>;
  /** All studies, in the order of their creation. */
  studies(): Promise<readonly StudyRecord[]>;
  /** The study of that id, with its attributes as they are now. */
  study(studyId: number): Promise<StudyRecord>;
  /** Undefined if there is no study of that name. */
  findStudy(name: string): Promise<StudyRecord | undefined>;
  /** A key that exists already is overwritten. */
  setStudyUserAttr(studyId: number, key: string, value: Json): Promise<void>;
  /** A key that exists already is overwritten. */
  setStudySystemAttr(studyId: number, key: string, value: Json): Promise<void>;

  /** Adds a trial: a running one that starts now, or a copy of `template`. */
  createTrial(studyId: number, template?: TrialTemplate): Promise<FrozenTrial>;
  /**
   * Rejects with IncompatibleDistributionError if the study knows the name otherwise. Choices that are
   * the known ones and more at their end are taken.
   */
  setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void>;
  /**
   * Changes the state. 'running' is reached from 'waiting' alone: resolves to false, and changes
   * nothing, if the trial is not waiting any more; peekTrial then tells what it is.
   */
  setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean>;
  /** A step that exists already is overwritten. */
  setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void>;
  /** A key that exists already is overwritten. */
  setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void>;
  /** A key that exists already is overwritten. */
  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): Promise<void>;

  /** Learns what other processes wrote to the study. */
  sync(studyId: number): Promise<void>;
  /**
   * All trials of the study in the order of their numbers. The array is live: copy it to keep it.
   * So are its trials until they finish; see TrialTable.
   */
  peekTrials(studyId: number): readonly FrozenTrial[];
  /** Live as those of peekTrials. */
  peekTrial(trialId: number): FrozenTrial;
  /**
   * The distribution of the first parameter of that name; if its choices have grown, the last.
   * Undefined if there is none.
   */
  peekDistribution(studyId: number, name: string): Distribution | undefined;

  /** Signs of life of running trials; left out where trials of dead processes are not noticed. */
  readonly heartbeat?: Heartbeat;
  /** Waits for the writes under way, then lets go of files and connections. Idempotent. */
  close(): Promise<void>;
}

/** The value of an attribute. */
export function jsonOf(value: LazyJson): Json {
  return typeof value === 'function' ? value() : value;
}

/**
 * What a storage may return for a change that is durable already, instead of a promise of its own:
 * nobody needs to wait for it.
 */
export const durable: Promise<void> = Promise.resolve();
