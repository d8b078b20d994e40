import type { Distribution } from '../distributions.js';
import type { Attrs, Direction, FrozenTrial, TrialState, TrialTemplate } from '../frozen-trial.js';
import type { Json } from '../python-json.js';

/** A study as a storage knows it, its trials aside. */
export interface StudyRecord {
  /** Unique within the storage. */
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly userAttrs: Attrs;
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
 * StudyNotFoundError.
 */
export interface Storage {
  /** Rejects with DuplicatedStudyError if there is a study of that name. */
  createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord>;
  /** Removes a study with its trials. */
  deleteStudy(studyId: number): Promise<void>;
  studies(): Promise<readonly StudyRecord[]>;
  study(studyId: number): Promise<StudyRecord>;
  /** Undefined if there is no study of that name. */
  findStudy(name: string): Promise<StudyRecord | undefined>;
  setStudyUserAttr(studyId: number, key: string, value: Json): Promise<void>;
  setStudySystemAttr(studyId: number, key: string, value: Json): Promise<void>;

  /** Adds a trial: a running one that starts now, or a copy of `template`. */
  createTrial(studyId: number, template?: TrialTemplate): Promise<FrozenTrial>;
  /** Rejects with IncompatibleDistributionError if the study knows the name otherwise. */
  setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void>;
  /**
   * Changes the state. 'running' is reached from 'waiting' alone: resolves to false, and changes
   * nothing, if the trial is not waiting any more.
   */
  setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean>;
  /** A step that exists already is overwritten. */
  setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void>;
  setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void>;
  setTrialSystemAttr(trialId: number, key: string, value: Json): Promise<void>;

  /** Learns what other processes wrote to the study. */
  sync(studyId: number): Promise<void>;
  /** All trials of the study in the order of their numbers. The array is live: copy it to keep it. */
  peekTrials(studyId: number): readonly FrozenTrial[];
  peekTrial(trialId: number): FrozenTrial;
  /** The distribution of the first parameter of that name; undefined if there is none. */
  peekDistribution(studyId: number, name: string): Distribution | undefined;
}
