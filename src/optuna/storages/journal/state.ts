import { distributionFromJson } from '../../distributions/distribution-json.js';
import {
  checkCompatible,
  type Distribution,
  toExternal,
} from '../../distributions/distributions.js';
import {
  IncompatibleDistributionError,
  StudyNotFoundError,
  TrialNotFoundError,
} from '../../errors.js';
import { type Json, toJson } from '../../python-json.js';
import {
  type Direction,
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
} from '../../trial/frozen-trial.js';
import type { StudyRecord } from '../storage.js';
import { TrialTable } from '../trial-table.js';
import { directionNumbers, operation, stateNumbers } from './records.js';

/** A line of a journal. */
export type JournalRecord = { readonly [key: string]: Json };

interface StoredStudy {
  record: StudyRecord;
  readonly table: TrialTable;
}

/** Where a trial is. */
export interface Place {
  readonly studyId: number;
  readonly table: TrialTable;
  readonly number: number;
}

/** Why a record cannot be one of a journal. */
export class MalformedRecord extends Error {}

/**
 * What the records of a journal make, one after the other. Ids are not written: they count the
 * studies and trials that the records before created, whatever was deleted since.
 */
export class JournalState {
  readonly #studies = new Map<number, StoredStudy>();
  readonly #ids = new Map<string, number>();
  /** Position = trial id. */
  readonly #places: (Place | undefined)[] = [];
  readonly #distributions = new Map<string, Distribution>();
  #nextStudyId = 0;

  records(): StudyRecord[] {
    return [...this.#studies.values()].map(({ record }) => record);
  }

  /** The id that the next study gets. */
  get nextStudyId(): number {
    return this.#nextStudyId;
  }

  /** The id that the next trial gets. */
  get nextTrialId(): number {
    return this.#places.length;
  }

  find(name: string): StudyRecord | undefined {
    const id = this.#ids.get(name);
    return id === undefined ? undefined : this.#studies.get(id)!.record;
  }

  /** Throws StudyNotFoundError. */
  study(studyId: number): StoredStudy {
    const study = this.#studies.get(studyId);
    if (!study) throw new StudyNotFoundError(`there is no study with id ${studyId}`);
    return study;
  }

  /** Throws TrialNotFoundError. */
  place(trialId: number): Place {
    const place = this.#places[trialId];
    if (!place) throw new TrialNotFoundError(`there is no trial with id ${trialId}`);
    return place;
  }

  createStudy(name: string, directions: readonly Direction[]): StudyRecord {
    const id = this.#nextStudyId++;
    const record: StudyRecord = { id, name, directions, userAttrs: {}, systemAttrs: {} };
    this.#studies.set(id, { record, table: new TrialTable() });
    this.#ids.set(name, id);
    return record;
  }

  deleteStudy(studyId: number): void {
    const { record, table } = this.study(studyId);
    for (const { id } of table.trials) this.#places[id] = undefined;
    this.#studies.delete(studyId);
    this.#ids.delete(record.name);
  }

  setStudyAttr(
    studyId: number,
    attrs: 'userAttrs' | 'systemAttrs',
    key: string,
    value: Json,
  ): void {
    const study = this.study(studyId);
    study.record = { ...study.record, [attrs]: { ...study.record[attrs], [key]: value } };
  }

  createTrial(studyId: number, template: TrialTemplate): FrozenTrial {
    const { table } = this.study(studyId);
    const number = table.trials.length;
    const id = this.#places.length;
    this.#places.push({ studyId, table, number });
    return table.replace({ ...template, id, number });
  }

  /**
   * Follows Optuna's rules: what concerns an unknown study or trial, a finished trial, or a
   * distribution that contradicts earlier ones has no effect. Returns whether the record had one.
   * Throws MalformedRecord.
   */
  apply(record: JournalRecord): boolean {
    switch (record['op_code']) {
      case operation.createStudy: {
        const name = text(record, 'study_name');
        const directions = list(record, 'directions').map((n) => directionOf(n));
        if (this.#ids.has(name)) return false;
        this.createStudy(name, Object.freeze(directions));
        return true;
      }
      case operation.deleteStudy: {
        const studyId = integer(record, 'study_id');
        if (!this.#studies.has(studyId)) return false;
        this.deleteStudy(studyId);
        return true;
      }
      case operation.setStudyUserAttr:
        return this.#applyStudyAttr(record, 'userAttrs', 'user_attr');
      case operation.setStudySystemAttr:
        return this.#applyStudyAttr(record, 'systemAttrs', 'system_attr');
      case operation.createTrial: {
        const studyId = integer(record, 'study_id');
        if (!this.#studies.has(studyId)) return false;
        this.createTrial(studyId, this.#template(record));
        return true;
      }
      case operation.setTrialParam:
        return this.#applyParam(record);
      case operation.setTrialState:
        return this.#applyState(record);
      case operation.setTrialIntermediateValue: {
        const step = integer(record, 'step');
        const value = float(record['intermediate_value'], 'intermediate_value');
        return this.#applyToTrial(record, (table, number) =>
          table.setIntermediateValue(number, step, value),
        );
      }
      case operation.setTrialUserAttr: {
        const [key, value] = attr(record, 'user_attr');
        return this.#applyToTrial(record, (table, number) => table.setUserAttr(number, key, value));
      }
      case operation.setTrialSystemAttr: {
        const [key, value] = attr(record, 'system_attr');
        return this.#applyToTrial(record, (table, number) =>
          table.setSystemAttr(number, key, value),
        );
      }
      case operation.discardTrials:
        return false;
      default:
        throw new MalformedRecord(`op_code is ${JSON.stringify(record['op_code'])}`);
    }
  }

  #applyStudyAttr(
    record: JournalRecord,
    attrs: 'userAttrs' | 'systemAttrs',
    field: string,
  ): boolean {
    const studyId = integer(record, 'study_id');
    const [key, value] = attr(record, field);
    if (!this.#studies.has(studyId)) return false;
    this.setStudyAttr(studyId, attrs, key, value);
    return true;
  }

  #applyToTrial(
    record: JournalRecord,
    change: (table: TrialTable, number: number, trial: FrozenTrial) => unknown,
  ): boolean {
    const place = this.#places[integer(record, 'trial_id')];
    if (!place) return false;
    const { table, number } = place;
    const trial = table.trials[number]!;
    return !isFinished(trial.state) && change(table, number, trial) !== false;
  }

  #applyParam(record: JournalRecord): boolean {
    const name = text(record, 'param_name');
    const internal = float(record['param_value_internal'], 'param_value_internal');
    const distribution = this.#distribution(record['distribution']);
    return this.#applyToTrial(record, (table, number) => {
      const known = table.distribution(name);
      if (known && !compatible(name, known, distribution)) return false;
      table.setParam(number, name, internal, distribution);
      return true;
    });
  }

  #applyState(record: JournalRecord): boolean {
    const state = stateOf(record['state']);
    const values = floats(record, 'values');
    return this.#applyToTrial(record, (table, number, trial) => {
      if (state === 'running' && trial.state === 'running') return false;
      if (state === 'running') {
        const start = time(record, 'datetime_start');
        return table.setState(number, state, values, start ?? undefined);
      }
      const end = isFinished(state) ? time(record, 'datetime_complete') : null;
      return table.setState(number, state, values, end ?? undefined);
    });
  }

  #template(record: JournalRecord): TrialTemplate {
    const given = fields(record, 'distributions').map(
      ([name, value]) => [name, this.#distribution(value)] as const,
    );
    const byName = new Map(given);
    const params = fields(record, 'params').map(([name, value]) => {
      const distribution = byName.get(name);
      if (!distribution) throw new MalformedRecord(`'${name}' has no distribution`);
      return [name, toExternal(distribution, float(value, name))] as const;
    });
    const value = record['value'] ?? null;
    return {
      state: stateOf(record['state'] ?? 0),
      values: floats(record, 'values') ?? (value === null ? null : [float(value, 'value')]),
      params: Object.fromEntries(params),
      distributions: Object.fromEntries(given),
      intermediateValues: new Map(
        fields(record, 'intermediate_values').map(([step, report]) => [
          Number(step),
          float(report, step),
        ]),
      ),
      userAttrs: frozenFields(record, 'user_attrs'),
      systemAttrs: frozenFields(record, 'system_attrs'),
      datetimeStart: time(record, 'datetime_start'),
      datetimeComplete: time(record, 'datetime_complete'),
    };
  }

  /** One object for all equal texts: most lines have one that came before. */
  #distribution(json: Json | undefined): Distribution {
    if (typeof json !== 'string') throw new MalformedRecord('a distribution is no string');
    const known = this.#distributions.get(json);
    if (known) return known;
    const distribution = distributionFromJson(json);
    if (this.#distributions.size >= mostDistributions) this.#distributions.clear();
    this.#distributions.set(json, distribution);
    return distribution;
  }
}

const mostDistributions = 10_000;

function compatible(name: string, known: Distribution, distribution: Distribution): boolean {
  try {
    checkCompatible(name, known, distribution);
    return true;
  } catch (error) {
    if (error instanceof IncompatibleDistributionError) return false;
    throw error;
  }
}

function integer(record: JournalRecord, name: string): number {
  const value = record[name];
  if (!Number.isSafeInteger(value)) throw new MalformedRecord(`${name} is no integer`);
  return value as number;
}

function text(record: JournalRecord, name: string): string {
  const value = record[name];
  if (typeof value !== 'string') throw new MalformedRecord(`${name} is no string`);
  return value;
}

function float(value: Json | undefined, name: string): number {
  if (typeof value !== 'number') throw new MalformedRecord(`${name} is no number`);
  return value;
}

function list(record: JournalRecord, name: string): readonly Json[] {
  const value = record[name];
  if (!Array.isArray(value)) throw new MalformedRecord(`${name} is no array`);
  return value;
}

function floats(record: JournalRecord, name: string): number[] | null {
  if ((record[name] ?? null) === null) return null;
  return list(record, name).map((value) => float(value, name));
}

function fields(record: JournalRecord, name: string): [string, Json][] {
  const value = record[name];
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedRecord(`${name} is no object`);
  }
  return Object.entries(value);
}

function frozenFields(record: JournalRecord, name: string): Record<string, Json> {
  return Object.fromEntries(fields(record, name).map(([key, value]) => [key, toJson(key, value)]));
}

function attr(record: JournalRecord, name: string): readonly [string, Json] {
  const [only, ...more] = fields(record, name);
  if (!only || more.length > 0) throw new MalformedRecord(`${name} has not one key`);
  return [only[0], toJson(only[0], only[1])];
}

function time(record: JournalRecord, name: string): Date | null {
  const value = record[name] ?? null;
  if (value === null) return null;
  const date = new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new MalformedRecord(`${name} is no time`);
  return date;
}

function stateOf(value: Json | undefined): TrialState {
  const state = stateNumbers[value as number];
  if (state === undefined) throw new MalformedRecord(`state is ${JSON.stringify(value)}`);
  return state;
}

function directionOf(value: Json): Direction {
  const direction = directionNumbers[value as number];
  if (direction === undefined) throw new MalformedRecord('directions has an unknown one');
  return direction;
}
