import { randomUUID } from 'node:crypto';
import { replaceOutsideStrings } from '../../python-json.js';
import { operation } from './records.js';
import { type JournalRecord, JournalState } from './state.js';

/** A JSON value whose numbers are kept as the texts that they were. */
type Raw = null | boolean | string | readonly Raw[] | { readonly [key: string]: Raw };

interface CompactStudy {
  readonly name: Raw;
  readonly directions: Raw;
  readonly userAttrs: Map<string, Raw>;
  readonly systemAttrs: Map<string, Raw>;
}

interface CompactTrial {
  readonly studyId: number;
  state: Raw;
  value: Raw;
  values: Raw;
  start: Raw;
  complete: Raw | undefined;
  readonly distributions: Map<string, Raw>;
  readonly params: Map<string, Raw>;
  readonly userAttrs: Map<string, Raw>;
  readonly systemAttrs: Map<string, Raw>;
  readonly intermediateValues: Map<string, Raw>;
}

type RawFields = { readonly [name: string]: Raw | undefined };

/**
 * Gathers what the records of a journal make, to write it with fewer of them. Numbers and times stay
 * the texts that they were: Python tells 1 from 1.0, and its times are finer than a Date.
 */
export class Compactor {
  readonly #state = new JournalState();
  readonly #studies = new Map<number, CompactStudy>();
  readonly #trials: (CompactTrial | number)[] = [];

  /** Throws as JournalState.apply. */
  apply(record: JournalRecord, line: string): void {
    const { nextStudyId } = this.#state;
    if (!this.#state.apply(record)) return;
    const raw = parseRaw(line);
    const studyId = record['study_id'] as number;
    switch (record['op_code']) {
      case operation.createStudy:
        this.#studies.set(nextStudyId, {
          name: raw['study_name']!,
          directions: raw['directions']!,
          userAttrs: new Map(),
          systemAttrs: new Map(),
        });
        return;
      case operation.deleteStudy:
        this.#studies.delete(studyId);
        for (const [id, trial] of this.#trials.entries()) {
          if (typeof trial === 'object' && trial.studyId === studyId) this.#trials[id] = studyId;
        }
        return;
      case operation.setStudyUserAttr:
        put(this.#studies.get(studyId)!.userAttrs, raw['user_attr']);
        return;
      case operation.setStudySystemAttr:
        put(this.#studies.get(studyId)!.systemAttrs, raw['system_attr']);
        return;
      case operation.createTrial:
        this.#trials.push(newTrial(studyId, raw));
        return;
      default:
        change(this.#trials[record['trial_id'] as number] as CompactTrial, record, raw);
    }
  }

  /** The lines of a journal that makes the same. */
  *lines(): Iterable<string> {
    const worker = `${randomUUID()}-0`;
    const line = (code: number, fields: Readonly<Record<string, unknown>>): string =>
      rawText({ op_code: code, worker_id: worker, ...fields });
    const deleted: number[] = [];
    // The trials of deleted studies count, so these are made first and deleted last.
    for (let id = 0; id < this.#state.nextStudyId; id++) {
      const study = this.#studies.get(id);
      if (!study) deleted.push(id);
      yield line(operation.createStudy, {
        study_name: study?.name ?? this.#unusedName(id),
        directions: study?.directions ?? [1],
      });
    }
    for (const [id, { userAttrs, systemAttrs }] of this.#studies) {
      for (const [key, value] of userAttrs) {
        yield line(operation.setStudyUserAttr, { study_id: id, user_attr: { [key]: value } });
      }
      for (const [key, value] of systemAttrs) {
        yield line(operation.setStudySystemAttr, { study_id: id, system_attr: { [key]: value } });
      }
    }
    for (const trial of this.#trials) {
      const isDeleted = typeof trial === 'number';
      yield line(
        operation.createTrial,
        isDeleted ? { study_id: trial, datetime_start: null } : trialFields(trial),
      );
    }
    for (const id of deleted) yield line(operation.deleteStudy, { study_id: id });
  }

  /** A name for a study that is gone. */
  #unusedName(id: number): string {
    let name = `deleted-${id}`;
    while (this.#state.find(name)) name += '_';
    return name;
  }
}

function newTrial(studyId: number, raw: RawFields): CompactTrial {
  const map = (name: string) =>
    new Map(Object.entries((raw[name] ?? {}) as RawFields)) as Map<string, Raw>;
  return {
    studyId,
    state: raw['state'] ?? rawNumber('0'),
    value: raw['value'] ?? null,
    values: raw['values'] ?? null,
    start: raw['datetime_start'] ?? null,
    complete: raw['datetime_complete'],
    distributions: map('distributions'),
    params: map('params'),
    userAttrs: map('user_attrs'),
    systemAttrs: map('system_attrs'),
    intermediateValues: map('intermediate_values'),
  };
}

function change(trial: CompactTrial, record: JournalRecord, raw: RawFields): void {
  switch (record['op_code']) {
    case operation.setTrialParam: {
      const name = raw['param_name'] as string;
      trial.params.set(name, raw['param_value_internal']!);
      trial.distributions.set(name, raw['distribution']!);
      return;
    }
    case operation.setTrialState: {
      const values = (raw['values'] ?? null) as readonly Raw[] | null;
      trial.state = raw['state']!;
      trial.start = raw['datetime_start'] ?? trial.start;
      trial.complete = raw['datetime_complete'] ?? trial.complete;
      if (values) {
        trial.value = values.length === 1 ? values[0]! : null;
        trial.values = values.length === 1 ? null : values;
      }
      return;
    }
    case operation.setTrialIntermediateValue:
      trial.intermediateValues.set(String(record['step']), raw['intermediate_value']!);
      return;
    case operation.setTrialUserAttr:
      put(trial.userAttrs, raw['user_attr']);
      return;
    case operation.setTrialSystemAttr:
      put(trial.systemAttrs, raw['system_attr']);
      return;
  }
}

function put(attrs: Map<string, Raw>, attr: Raw | undefined): void {
  for (const [key, value] of Object.entries(attr as { readonly [key: string]: Raw })) {
    attrs.set(key, value);
  }
}

function trialFields(trial: CompactTrial): Readonly<Record<string, unknown>> {
  return {
    study_id: trial.studyId,
    datetime_start: trial.start,
    state: trial.state,
    value: trial.value,
    values: trial.values,
    ...(trial.complete !== undefined && { datetime_complete: trial.complete }),
    distributions: trial.distributions,
    params: trial.params,
    user_attrs: trial.userAttrs,
    system_attrs: trial.systemAttrs,
    intermediate_values: trial.intermediateValues,
  };
}

/**
 * A number stands as a string that begins with U+0000 and n. A string of a user's that begins with
 * U+0000 has U+0000 and s before it.
 */
function rawNumber(token: string): string {
  return `\0n${token}`;
}

function parseRaw(line: string): RawFields {
  const marked = replaceOutsideStrings(
    line.replaceAll('"\\u0000', '"\\u0000s\\u0000'),
    /NaN|-?(?:Infinity|\d[\d.eE+-]*)/g,
    (token) => `"\\u0000n${token}"`,
  );
  return JSON.parse(marked) as RawFields;
}

/** ASCII alone, as Python's json writes it. */
function rawText(fields: Readonly<Record<string, unknown>>): string {
  return objectText(Object.entries(fields))
    .replaceAll(/"\\u0000n([^"]*)"/g, '$1')
    .replaceAll('"\\u0000s\\u0000', '"\\u0000')
    .replaceAll(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** In the order given, which an object with integers as keys would not keep. */
function objectText(entries: Iterable<readonly [string, unknown]>): string {
  const texts = Array.from(entries, ([key, value]) => {
    const text = value instanceof Map ? objectText(value) : JSON.stringify(value);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{${texts.join(',')}}`;
}
