import type { Distribution } from '../distributions/distributions.js';
import { DuplicatedStudyError, StudyNotFoundError, TrialNotFoundError } from '../errors.js';
import type { Json } from '../python-json.js';
import type { Direction, FrozenTrial, TrialState, TrialTemplate } from '../trial/frozen-trial.js';
import { durable, type LazyJson, type Storage, type StudyRecord } from './storage.js';
import { TrialTable } from './trial-table.js';

interface StoredStudy {
  record: StudyRecord;
  readonly table: TrialTable;
}

interface Place {
  readonly table: TrialTable;
  readonly number: number;
}

/** Keeps studies for the life of the process. */
export class InMemoryStorage implements Storage {
  readonly #studies = new Map<number, StoredStudy>();
  /** Where each trial is; position = trial id. */
  readonly #places: (Place | undefined)[] = [];
  #nextStudyId = 0;

  async createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord> {
    if (await this.findStudy(name)) throw new DuplicatedStudyError(name);
    const id = this.#nextStudyId++;
    const record: StudyRecord = { id, name, directions, userAttrs: {}, systemAttrs: {} };
    this.#studies.set(id, { record, table: new TrialTable() });
    return record;
  }

  async deleteStudy(studyId: number): Promise<void> {
    for (const { id } of this.#study(studyId).table.trials) this.#places[id] = undefined;
    this.#studies.delete(studyId);
  }

  async studies(): Promise<readonly StudyRecord[]> {
    return [...this.#studies.values()].map(({ record }) => record);
  }

  async study(studyId: number): Promise<StudyRecord> {
    return this.#study(studyId).record;
  }

  async findStudy(name: string): Promise<StudyRecord | undefined> {
    return (await this.studies()).find((record) => record.name === name);
  }

  async setStudyUserAttr(studyId: number, key: string, value: Json): Promise<void> {
    const study = this.#study(studyId);
    const userAttrs = { ...study.record.userAttrs, [key]: value };
    study.record = { ...study.record, userAttrs };
  }

  async setStudySystemAttr(studyId: number, key: string, value: Json): Promise<void> {
    const study = this.#study(studyId);
    const systemAttrs = { ...study.record.systemAttrs, [key]: value };
    study.record = { ...study.record, systemAttrs };
  }

  async createTrial(studyId: number, template?: TrialTemplate): Promise<FrozenTrial> {
    const { table } = this.#study(studyId);
    const id = this.#places.length;
    const trial = template ? table.add(id, template) : table.start(id);
    this.#places.push({ table, number: trial.number });
    return trial;
  }

  setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void> {
    return this.#change(trialId, ({ table, number }) =>
      table.setParam(number, name, internal, distribution),
    );
  }

  async setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean> {
    const { table, number } = this.#place(trialId);
    return table.setState(number, state, values);
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void> {
    return this.#change(trialId, ({ table, number }) =>
      table.setIntermediateValue(number, step, value),
    );
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void> {
    return this.#change(trialId, ({ table, number }) => table.setUserAttr(number, key, value));
  }

  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): Promise<void> {
    return this.#change(trialId, ({ table, number }) => table.setSystemAttr(number, key, value));
  }

  async sync(studyId: number): Promise<void> {
    this.#study(studyId);
  }

  peekTrials(studyId: number): readonly FrozenTrial[] {
    return this.#study(studyId).table.trials;
  }

  peekTrial(trialId: number): FrozenTrial {
    const { table, number } = this.#place(trialId);
    return table.trials[number]!;
  }

  peekDistribution(studyId: number, name: string): Distribution | undefined {
    return this.#study(studyId).table.distribution(name);
  }

  /** Forgets nothing: the storage can be used on. */
  async close(): Promise<void> {}

  #change(trialId: number, change: (place: Place) => void): Promise<void> {
    try {
      change(this.#place(trialId));
      return durable;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #study(studyId: number): StoredStudy {
    const study = this.#studies.get(studyId);
    if (!study) throw new StudyNotFoundError(`there is no study with id ${studyId}`);
    return study;
  }

  #place(trialId: number): Place {
    const place = this.#places[trialId];
    if (!place) throw new TrialNotFoundError(`there is no trial with id ${trialId}`);
    return place;
  }
}
