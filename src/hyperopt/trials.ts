import { invalidArgument, invalidInteger } from '../errors.js';
import {
  checkTrialDocument,
  JOB_STATE_DONE,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATES,
  type JobState,
  STATUS_OK,
  type Status,
  type TrialDocument,
  type TrialMisc,
  type TrialResult,
} from './documents.js';
import { AllTrialsFailed, InvalidTrial } from './errors.js';
import type { Assignment, LabelValues } from './space.js';

const visibleStates: readonly JobState[] = [JOB_STATE_NEW, JOB_STATE_RUNNING, JOB_STATE_DONE];

/** Objects that belong to one trial, by name. */
export interface TrialAttachments {
  /** Whether there is an attachment of that name. */
  has(name: string): boolean;
  /** The attachment of that name; undefined if there is none. */
  get(name: string): unknown;
  /** Keeps anything, over what has the name. */
  set(name: string, value: unknown): void;
  /** Drops an attachment; false if there was none. */
  delete(name: string): boolean;
}

/** What several views have in common. */
interface Store {
  /** Given out or inserted, ever. */
  ids: Set<number>;
  /** Of the documents. */
  inserted: Set<number>;
  documents: TrialDocument[];
  attachments: Map<string, unknown>;
}

/**
 * The history of a search: a list of trial documents. Documents are kept as they are inserted, not
 * copied; what the properties tell is the state at the last `refresh`.
 */
export class Trials implements Iterable<TrialDocument> {
  /** The experiment that is seen; null: all. */
  readonly expKey: string | null;
  #store: Store = {
    ids: new Set(),
    inserted: new Set(),
    documents: [],
    attachments: new Map(),
  };
  #visible: readonly TrialDocument[] = [];

  /** @param expKey the experiment that new documents belong to; those of others are not shown */
  constructor(expKey: string | null = null) {
    this.expKey = expKey;
  }

  /** The same trials, seen as experiment `expKey`; null sees those of all. */
  view(expKey: string | null = null): Trials {
    const view = new Trials(expKey);
    view.#store = this.#store;
    view.refresh();
    return view;
  }

  /** New, running and finished trials, in the order of their insertion. */
  get trials(): readonly TrialDocument[] {
    return this.#visible;
  }

  /** How many documents are seen. */
  get length(): number {
    return this.#visible.length;
  }

  [Symbol.iterator](): Iterator<TrialDocument> {
    return this.#visible[Symbol.iterator]();
  }

  /** Their ids. */
  get tids(): number[] {
    return this.#visible.map(({ tid }) => tid);
  }

  /** Null for each: Hyperopt's format has the field. */
  get specs(): null[] {
    return this.#visible.map(({ spec }) => spec);
  }

  /** What the objective returned for each. */
  get results(): TrialResult[] {
    return this.#visible.map(({ result }) => result);
  }

  /** The parameters of each. */
  get miscs(): TrialMisc[] {
    return this.#visible.map(({ misc }) => misc);
  }

  /** Per label the ids of the trials that had it active. */
  get idxs(): LabelValues {
    return this.#byLabel(({ idxs }) => idxs);
  }

  /** Per label its values, in the trials that `idxs` names. */
  get vals(): LabelValues {
    return this.#byLabel(({ vals }) => vals);
  }

  /** Everything attached to trials, by 'ATTACH::tid::name'. */
  get attachments(): Map<string, unknown> {
    return this.#store.attachments;
  }

  /** The losses, undefined for trials without one. */
  losses(): (number | undefined)[] {
    return this.#visible.map(({ result }) => result.loss);
  }

  /** The status of each result. */
  statuses(): Status[] {
    return this.#visible.map(({ result }) => result.status);
  }

  /**
   * The first of the trials with status 'ok' and the smallest loss that is a number.
   * Throws AllTrialsFailed when there is none.
   */
  get bestTrial(): TrialDocument {
    let best: TrialDocument | undefined;
    for (const trial of this.#visible) {
      const { status, loss } = trial.result;
      if (status !== STATUS_OK || typeof loss !== 'number' || Number.isNaN(loss)) continue;
      if (best === undefined || loss < (best.result.loss as number)) best = trial;
    }
    if (best === undefined) throw new AllTrialsFailed();
    return best;
  }

  /**
   * The best trial's value of every label active in it; of a choice, the option's index (`spaceEval`
   * makes it a configuration). Throws AllTrialsFailed as `bestTrial` does.
   */
  get argmin(): Assignment {
    const active = Object.entries(this.bestTrial.misc.vals).filter(
      ([, values]) => values.length > 0,
    );
    return Object.fromEntries(active.map(([label, values]) => [label, values[0]!]));
  }

  /** How many trials were in the given state or states at the last `refresh`. */
  countByStateSynced(states: JobState | readonly JobState[]): number {
    return count(this.#visible, states);
  }

  /** How many trials of the experiment are in the given state or states now. */
  countByStateUnsynced(states: JobState | readonly JobState[]): number {
    return count(this.#ownDocuments(), states);
  }

  /** `n` ids that no trial had or will have, whether they are used or not. */
  newTrialIds(n: number): number[] {
    if (!Number.isSafeInteger(n) || n < 0) throw invalidInteger('n', 'a non-negative integer', n);
    const { ids } = this.#store;
    const fresh: number[] = [];
    for (let id = ids.size; fresh.length < n; id++) if (!ids.has(id)) fresh.push(id);
    for (const id of fresh) ids.add(id);
    return fresh;
  }

  /** Inserts one document. See `insertTrialDocs`. */
  insertTrialDoc(document: TrialDocument): number {
    return this.insertTrialDocs([document])[0]!;
  }

  /**
   * Inserts documents, all or none, and returns their ids. They are not seen before `refresh`.
   * Throws InvalidTrial when one lacks a field, has another expKey, or an id that is taken.
   */
  insertTrialDocs(documents: readonly TrialDocument[]): number[] {
    const { ids, inserted, documents: all } = this.#store;
    const taken = new Set<number>();
    for (const document of documents) {
      checkTrialDocument(document);
      if (document.expKey !== this.expKey) {
        throw new InvalidTrial(
          `the expKey of trial ${document.tid} must be ${this.expKey}, not ${document.expKey}`,
        );
      }
      if (inserted.has(document.tid) || taken.has(document.tid)) {
        throw new InvalidTrial(`tid must be unique, but a trial ${document.tid} is there already`);
      }
      taken.add(document.tid);
    }
    for (const document of documents) {
      all.push(document);
      inserted.add(document.tid);
      ids.add(document.tid);
    }
    return documents.map(({ tid }) => tid);
  }

  /** Shows what was inserted, and hides what failed or was cancelled since. */
  refresh(): void {
    this.#visible = this.#ownDocuments().filter(({ state }) => visibleStates.includes(state));
  }

  /**
   * The experiment's trials that wait for their evaluation now.
   * @internal
   */
  queued(): TrialDocument[] {
    return this.#ownDocuments().filter(({ state }) => state === JOB_STATE_NEW);
  }

  /** What is attached to `trial`. */
  trialAttachments(trial: TrialDocument): TrialAttachments {
    const { attachments } = this.#store;
    const key = (name: string) => `ATTACH::${trial.tid}::${name}`;
    return {
      has: (name) => attachments.has(key(name)),
      get: (name) => attachments.get(key(name)),
      set: (name, value) => void attachments.set(key(name), value),
      delete: (name) => attachments.delete(key(name)),
    };
  }

  /** Forgets all trials, of all experiments, and attachments. Ids are not given out again. */
  deleteAll(): void {
    this.#store.documents.length = 0;
    this.#store.inserted.clear();
    this.#store.attachments.clear();
    this.refresh();
  }

  #ownDocuments(): TrialDocument[] {
    const { documents } = this.#store;
    if (this.expKey === null) return documents;
    return documents.filter(({ expKey }) => expKey === this.expKey);
  }

  #byLabel(field: (misc: TrialMisc) => LabelValues): LabelValues {
    const labels = new Set(this.#visible.flatMap(({ misc }) => Object.keys(field(misc))));
    const collect = (label: string) =>
      this.#visible.flatMap(({ misc }) => field(misc)[label] ?? []);
    return Object.fromEntries([...labels].map((label) => [label, collect(label)]));
  }
}

function count(
  documents: readonly TrialDocument[],
  states: JobState | readonly JobState[],
): number {
  const wanted: readonly JobState[] = typeof states === 'number' ? [states] : states;
  for (const state of wanted) {
    if (!JOB_STATES.includes(state)) throw invalidArgument('state', 'in 0..4', state);
  }
  return documents.filter(({ state }) => wanted.includes(state)).length;
}

/** A Trials of existing documents. Throws InvalidTrial as `insertTrialDocs` does. */
export function trialsFromDocs(
  documents: readonly TrialDocument[],
  expKey: string | null = null,
): Trials {
  if (!Array.isArray(documents)) throw invalidArgument('documents', 'an array', documents);
  const trials = new Trials(expKey);
  trials.insertTrialDocs(documents);
  trials.refresh();
  return trials;
}
