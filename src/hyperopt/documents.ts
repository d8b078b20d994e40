import { show } from '../errors.js';
import { InvalidTrial } from './errors.js';
import type { LabelValues } from './space.js';

/** Proposed, not started. */
export const JOB_STATE_NEW = 0;
/** Being evaluated. */
export const JOB_STATE_RUNNING = 1;
/** Evaluated; `result` tells with what outcome. */
export const JOB_STATE_DONE = 2;
/** The objective threw; `misc.error` tells what. */
export const JOB_STATE_ERROR = 3;
/** Given up before its evaluation ended. */
export const JOB_STATE_CANCEL = 4;

/** All states of a document. */
export const JOB_STATES = [
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_CANCEL,
] as const;
/** How far a document has come. */
export type JobState = (typeof JOB_STATES)[number];

/** The objective has not been called. */
export const STATUS_NEW = 'new';
/** The objective is at work. */
export const STATUS_RUNNING = 'running';
/** Given up for now; no search here sets it. */
export const STATUS_SUSPENDED = 'suspended';
/** The result has a loss. */
export const STATUS_OK = 'ok';
/** The result has no loss: the search disregards it. */
export const STATUS_FAIL = 'fail';

/** All statuses that a result may have. */
export const STATUS_STRINGS = [
  STATUS_NEW,
  STATUS_RUNNING,
  STATUS_SUSPENDED,
  STATUS_OK,
  STATUS_FAIL,
] as const;
/** What the objective says of a trial. */
export type Status = (typeof STATUS_STRINGS)[number];

/** What is known of a trial's outcome. Keys of your own are kept. */
export interface TrialResult {
  /** Whether there is a loss. */
  status: Status;
  /** To be minimised. There whenever `status` is 'ok'; NaN counts as no loss. */
  loss?: number;
  [key: string]: unknown;
}

/** A document's parameters, with what Hyperopt's format keeps beside them. */
export interface TrialMisc {
  /** That of the document. */
  tid: number;
  /** What Hyperopt would call. */
  cmd: readonly [string, string];
  /** A folder of the trial; none is made here. */
  workdir: string | null;
  /** Per label [tid] where it is active, else []. */
  idxs: LabelValues;
  /** Per label [value] where it is active, else []; of a choice, the option's index. */
  vals: LabelValues;
  /** Name and message of what the objective threw. */
  error?: readonly [string, string];
  /** The trial this one is another result of. */
  fromTid?: number;
}

/** One trial, as Hyperopt documents it. */
export interface TrialDocument {
  /** How far it has come. */
  state: JobState;
  /** Unique in its Trials. */
  tid: number;
  /** Part of the format; always null. */
  spec: null;
  /** What the objective made of it. */
  result: TrialResult;
  /** Its parameters. */
  misc: TrialMisc;
  /** The experiment it belongs to. */
  expKey: string | null;
  /** Who evaluates it, as the format has it. */
  owner: string | null;
  /** Part of the format. */
  version: number;
  /** When its evaluation began. */
  bookTime: Date | null;
  /** When it last changed. */
  refreshTime: Date | null;
}

const documentKeys = [
  'state',
  'tid',
  'spec',
  'result',
  'misc',
  'expKey',
  'owner',
  'bookTime',
  'refreshTime',
] as const satisfies readonly (keyof TrialDocument)[];
const miscKeys = ['tid', 'cmd', 'idxs', 'vals'] as const satisfies readonly (keyof TrialMisc)[];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Throws InvalidTrial, naming the field, unless `document` is a trial document. */
export function checkTrialDocument(document: unknown): asserts document is TrialDocument {
  if (!isObject(document)) {
    throw new InvalidTrial(`a trial must be an object, not ${show(document)}`);
  }
  for (const key of documentKeys) {
    if (!(key in document)) throw new InvalidTrial(`a trial must have the key ${show(key)}`);
  }
  const { tid, state, misc, result } = document as TrialDocument;
  const where = `trial ${show(tid)}`;
  if (!Number.isSafeInteger(tid) || tid < 0) {
    throw new InvalidTrial(`tid must be a non-negative integer, not ${show(tid)}`);
  }
  if (!JOB_STATES.includes(state)) {
    throw new InvalidTrial(`the state of ${where} must be in 0..4, not ${show(state)}`);
  }
  if (!isObject(result)) {
    throw new InvalidTrial(`the result of ${where} must be an object, not ${show(result)}`);
  }
  if (!isObject(misc)) {
    throw new InvalidTrial(`the misc of ${where} must be an object, not ${show(misc)}`);
  }
  for (const key of miscKeys) {
    if (!(key in misc))
      throw new InvalidTrial(`the misc of ${where} must have the key ${show(key)}`);
  }
  if (misc.tid !== tid) {
    throw new InvalidTrial(`the misc.tid of ${where} must be ${tid}, not ${show(misc.tid)}`);
  }
  for (const [label, values] of Object.entries(misc.vals)) {
    if (!Array.isArray(values) || values.length > 1) {
      throw new InvalidTrial(
        `misc.vals[${show(label)}] of ${where} must hold one value or none, not ${show(values)}`,
      );
    }
  }
}
