import { randomUUID } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { distributionToJson } from '../../distributions/distribution-json.js';
import { type Distribution, toInternal } from '../../distributions/distributions.js';
import { dumps, type Json, PythonFloat } from '../../python-json.js';
import {
  type Direction,
  isFinished,
  type TrialState,
  type TrialTemplate,
} from '../../trial/frozen-trial.js';

/** The `op_code` of each kind of record. */
export const operation = {
  createStudy: 0,
  deleteStudy: 1,
  setStudyUserAttr: 2,
  setStudySystemAttr: 3,
  createTrial: 4,
  setTrialParam: 5,
  setTrialState: 6,
  setTrialIntermediateValue: 7,
  setTrialUserAttr: 8,
  setTrialSystemAttr: 9,
  /** Written by other implementations; without effect. */
  discardTrials: 10,
} as const;

/** Optuna's numbers of the states; position = number. */
export const stateNumbers: readonly TrialState[] = [
  'running',
  'complete',
  'pruned',
  'fail',
  'waiting',
];

/** Optuna's numbers of the directions; position = number. */
export const directionNumbers: readonly (Direction | undefined)[] = [
  undefined,
  'minimize',
  'maximize',
];

type Fields = { readonly [key: string]: Parameters<typeof dumps>[0] };

/** Writes the records of one worker: lines without their line ends. */
export class RecordWriter {
  readonly #worker = `${randomUUID()}-${threadId}`;

  createStudy(name: string, directions: readonly Direction[]): string {
    const numbers = directions.map((direction) => directionNumbers.indexOf(direction));
    return this.#line(operation.createStudy, { study_name: name, directions: numbers });
  }

  deleteStudy(studyId: number): string {
    return this.#line(operation.deleteStudy, { study_id: studyId });
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): string {
    const fields = { study_id: studyId, user_attr: { [key]: value } };
    return this.#line(operation.setStudyUserAttr, fields);
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): string {
    const fields = { study_id: studyId, system_attr: { [key]: value } };
    return this.#line(operation.setStudySystemAttr, fields);
  }

  createRunningTrial(studyId: number, now: Date): string {
    const fields = { study_id: studyId, datetime_start: timeText(now) };
    return this.#line(operation.createTrial, fields);
  }

  createTrial(studyId: number, template: TrialTemplate): string {
    const { values, distributions, datetimeStart, datetimeComplete } = template;
    const floats = values?.map((value) => new PythonFloat(value)) ?? null;
    const single = floats?.length === 1;
    const names = Object.keys(distributions);
    return this.#line(operation.createTrial, {
      study_id: studyId,
      datetime_start: datetimeStart && timeText(datetimeStart),
      state: stateNumbers.indexOf(template.state),
      value: single ? floats[0]! : null,
      values: single ? null : floats,
      ...(datetimeComplete && { datetime_complete: timeText(datetimeComplete) }),
      distributions: Object.fromEntries(
        names.map((name) => [name, distributionToJson(distributions[name]!)]),
      ),
      params: Object.fromEntries(
        names.map((name) => {
          const distribution = distributions[name]!;
          return [
            name,
            internalValue(distribution, toInternal(distribution, template.params[name])),
          ];
        }),
      ),
      user_attrs: template.userAttrs,
      system_attrs: template.systemAttrs,
      intermediate_values: Object.fromEntries(
        [...template.intermediateValues].map(([step, value]) => [step, new PythonFloat(value)]),
      ),
    });
  }

  setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): string {
    return this.#line(operation.setTrialParam, {
      trial_id: trialId,
      param_name: name,
      param_value_internal: internalValue(distribution, internal),
      distribution: distributionToJson(distribution),
    });
  }

  setTrialState(
    trialId: number,
    state: TrialState,
    values: readonly number[] | null | undefined,
    now: Date,
  ): string {
    return this.#line(operation.setTrialState, {
      trial_id: trialId,
      state: stateNumbers.indexOf(state),
      values: values?.map((value) => new PythonFloat(value)) ?? null,
      ...(state === 'running' && { datetime_start: timeText(now) }),
      ...(isFinished(state) && { datetime_complete: timeText(now) }),
    });
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): string {
    const fields = { trial_id: trialId, step, intermediate_value: new PythonFloat(value) };
    return this.#line(operation.setTrialIntermediateValue, fields);
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): string {
    const fields = { trial_id: trialId, user_attr: { [key]: value } };
    return this.#line(operation.setTrialUserAttr, fields);
  }

  setTrialSystemAttr(trialId: number, key: string, value: Json): string {
    const fields = { trial_id: trialId, system_attr: { [key]: value } };
    return this.#line(operation.setTrialSystemAttr, fields);
  }

  #line(code: number, fields: Fields): string {
    return dumps({ op_code: code, worker_id: this.#worker, ...fields }, { compact: true });
  }
}

/** The index of a choice is an integer, every other value a float. */
function internalValue(distribution: Distribution, internal: number): number | PythonFloat {
  return distribution.kind === 'categorical' ? internal : new PythonFloat(internal);
}

/** ISO 8601 in UTC with microseconds, as Python's datetime writes it. */
function timeText(time: Date): string {
  return time.toISOString().replace('Z', '000+00:00');
}
