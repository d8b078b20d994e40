import { checkCompatible, type Distribution } from '../distributions.js';
import {
  DuplicatedStudyError,
  StudyNotFoundError,
  TrialNotFoundError,
  UpdateFinishedTrialError,
} from '../errors.js';
import {
  type Direction,
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
  withParam,
} from '../frozen-trial.js';
import type { Json } from '../python-json.js';
import type { Storage, StudyRecord } from './storage.js';

interface StoredStudy {
  record: StudyRecord;
  /** Position = trial number. */
  readonly trials: FrozenTrial[];
  /** The first distribution of each name. */
  readonly distributions: Map<string, Distribution>;
}

/** Keeps studies for the life of the process. */
export class InMemoryStorage implements Storage {
  readonly #studies = new Map<number, StoredStudy>();
  /** Where each trial is, by its id. */
  readonly #places = new Map<number, { studyId: number; number: number }>();
  #nextStudyId = 0;
  #nextTrialId = 0;

  async createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord> {
    if (await this.findStudy(name)) throw new DuplicatedStudyError(name);
    const id = this.#nextStudyId++;
    const record: StudyRecord = { id, name, directions, userAttrs: {}, systemAttrs: {} };
    this.#studies.set(id, { record, trials: [], distributions: new Map() });
    return record;
  }

  async deleteStudy(studyId: number): Promise<void> {
    for (const trial of this.#study(studyId).trials) this.#places.delete(trial.id);
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
    const study = this.#study(studyId);
    const content = template ?? runningTrial();
    for (const [name, distribution] of Object.entries(content.distributions)) {
      checkKnown(study, name, distribution);
    }
    for (const [name, distribution] of Object.entries(content.distributions)) {
      learn(study, name, distribution);
    }
    const trial = freeze({
      ...content,
      id: this.#nextTrialId++,
      number: study.trials.length,
    });
    this.#places.set(trial.id, { studyId, number: trial.number });
    study.trials.push(trial);
    return trial;
  }

  async setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void> {
    const { study, trial } = this.#unfinished(trialId);
    checkKnown(study, name, distribution);
    learn(study, name, distribution);
    replace(study, withParam(trial, name, internal, distribution));
  }

  async setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean> {
    const { study, trial } = this.#unfinished(trialId);
    if (state === 'running' && trial.state !== 'waiting') return false;
    const now = new Date();
    replace(study, {
      ...trial,
      state,
      values: values ?? trial.values,
      datetimeStart: state === 'running' ? now : trial.datetimeStart,
      datetimeComplete: isFinished(state) ? now : trial.datetimeComplete,
    });
    return true;
  }

  async setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void> {
    const { study, trial } = this.#unfinished(trialId);
    const intermediateValues = new Map(trial.intermediateValues).set(step, value);
    replace(study, { ...trial, intermediateValues });
  }

  async setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void> {
    const { study, trial } = this.#unfinished(trialId);
    replace(study, { ...trial, userAttrs: { ...trial.userAttrs, [key]: value } });
  }

  async setTrialSystemAttr(trialId: number, key: string, value: Json): Promise<void> {
    const { study, trial } = this.#unfinished(trialId);
    replace(study, { ...trial, systemAttrs: { ...trial.systemAttrs, [key]: value } });
  }

  async sync(studyId: number): Promise<void> {
    this.#study(studyId);
  }

  peekTrials(studyId: number): readonly FrozenTrial[] {
    return this.#study(studyId).trials;
  }

  peekTrial(trialId: number): FrozenTrial {
    return this.#find(trialId).trial;
  }

  peekDistribution(studyId: number, name: string): Distribution | undefined {
    return this.#study(studyId).distributions.get(name);
  }

  #study(studyId: number): StoredStudy {
    const study = this.#studies.get(studyId);
    if (!study) throw new StudyNotFoundError(`there is no study with id ${studyId}`);
    return study;
  }

  #find(trialId: number): { study: StoredStudy; trial: FrozenTrial } {
    const place = this.#places.get(trialId);
    if (!place) throw new TrialNotFoundError(`there is no trial with id ${trialId}`);
    const study = this.#study(place.studyId);
    return { study, trial: study.trials[place.number]! };
  }

  #unfinished(trialId: number): { study: StoredStudy; trial: FrozenTrial } {
    const found = this.#find(trialId);
    const { number, state } = found.trial;
    if (isFinished(state)) throw new UpdateFinishedTrialError(number, state);
    return found;
  }
}

function runningTrial(): TrialTemplate {
  return {
    state: 'running',
    values: null,
    params: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttrs: {},
    systemAttrs: {},
    datetimeStart: new Date(),
    datetimeComplete: null,
  };
}

/** Callers get what is stored, so it must not change. */
function freeze(trial: FrozenTrial): FrozenTrial {
  const { values, params, distributions, userAttrs, systemAttrs } = trial;
  for (const part of [values, params, distributions, userAttrs, systemAttrs]) Object.freeze(part);
  return Object.freeze(trial);
}

function replace(study: StoredStudy, trial: FrozenTrial): void {
  study.trials[trial.number] = freeze(trial);
}

function checkKnown(study: StoredStudy, name: string, distribution: Distribution): void {
  const known = study.distributions.get(name);
  if (known) checkCompatible(name, known, distribution);
}

function learn(study: StoredStudy, name: string, distribution: Distribution): void {
  if (!study.distributions.has(name)) study.distributions.set(name, distribution);
}
