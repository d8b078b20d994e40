import { distributionToJson } from '../../distributions/distribution-json.js';
import {
  checkCompatible,
  type Distribution,
  toInternal,
} from '../../distributions/distributions.js';
import { dumps, type Json } from '../../python-json.js';
import type { TrialState, TrialTemplate } from '../../trial/frozen-trial.js';
import { isFinished } from '../../trial/frozen-trial.js';
import type { CachedStudy } from './cached-study.js';
import { checkName, encodeDate, encodeNumber, encodeState } from './encode.js';
import { distributionOf } from './read-trials.js';
import type { Transaction } from './transaction.js';

// What each change of a trial writes.

export function putParam(
  transaction: Transaction,
  trialId: number,
  name: string,
  internal: number,
  distribution: Distribution,
): void {
  transaction.put('trial_params', {
    trial_id: trialId,
    param_name: name,
    param_value: internal,
    distribution_json: distributionToJson(distribution),
  });
}

export function putIntermediateValue(
  transaction: Transaction,
  trialId: number,
  step: number,
  x: number,
): void {
  const { value, type } = encodeNumber(x);
  transaction.put('trial_intermediate_values', {
    trial_id: trialId,
    step,
    intermediate_value: value,
    intermediate_value_type: type,
  });
}

export function putAttr(
  transaction: Transaction,
  of: 'user' | 'system',
  trialId: number,
  key: string,
  value: Json,
): void {
  transaction.put(`trial_${of}_attributes`, {
    trial_id: trialId,
    key,
    value_json: dumps(value),
  });
}

export function putValues(
  transaction: Transaction,
  trialId: number,
  values: readonly number[],
): void {
  for (const [objective, x] of values.entries()) {
    const { value, type } = encodeNumber(x);
    transaction.put('trial_values', { trial_id: trialId, objective, value, value_type: type });
  }
}

/** Changes the state of a locked trial; `now` is the time of its start or end. */
export async function writeState(
  transaction: Transaction,
  trialId: number,
  state: TrialState,
  now: Date,
): Promise<void> {
  const time = encodeDate(now);
  await transaction.db
    .updateTable('trials')
    .set({
      state: encodeState(state),
      ...(state === 'running' && { datetime_start: time }),
      ...(isFinished(state) && { datetime_complete: time }),
    })
    .where('trial_id', '=', trialId)
    .execute();
}

/** Adds a trial to a locked study. */
export async function insertTrial(
  transaction: Transaction,
  studyId: number,
  template: TrialTemplate,
): Promise<{ id: number; number: number }> {
  const [last] = await transaction.db
    .selectFrom('trials')
    .select('number')
    .where('study_id', '=', studyId)
    .orderBy('trial_id', 'desc')
    .limit(1)
    .execute();
  const number = last ? last.number + 1 : 0;
  const [row] = await transaction.db
    .insertInto('trials')
    .values({
      number,
      study_id: studyId,
      state: encodeState(template.state),
      datetime_start: encodeDate(template.datetimeStart),
      datetime_complete: encodeDate(template.datetimeComplete),
    })
    .returning('trial_id')
    .execute();
  const id = row!.trial_id;
  putValues(transaction, id, template.values ?? []);
  for (const [name, value] of Object.entries(template.params)) {
    const distribution = template.distributions[name]!;
    putParam(transaction, id, name, toInternal(distribution, value, name), distribution);
  }
  for (const [key, value] of Object.entries(template.userAttrs)) {
    putAttr(transaction, 'user', id, key, value);
  }
  for (const [key, value] of Object.entries(template.systemAttrs)) {
    putAttr(transaction, 'system', id, key, value);
  }
  for (const [step, value] of template.intermediateValues) {
    putIntermediateValue(transaction, id, step, value);
  }
  return { id, number };
}

/** Throws InvalidArgumentError unless the columns can hold the names of a template. */
export function checkNames({ params, userAttrs, systemAttrs }: TrialTemplate): void {
  for (const name of Object.keys(params)) checkName('the name of a parameter', name);
  for (const attrs of [userAttrs, systemAttrs]) {
    for (const key of Object.keys(attrs)) checkName('the key of an attribute', key);
  }
}

/**
 * Throws IncompatibleDistributionError if another process has used one of these names otherwise, in a
 * trial that this process does not know to the end.
 */
export async function checkElsewhere(
  { db }: Transaction,
  study: CachedStudy,
  distributions: Readonly<Record<string, Distribution>>,
): Promise<void> {
  const names = Object.keys(distributions);
  if (names.length === 0) return;
  const rows = await db
    .selectFrom('trial_params')
    .innerJoin('trials', 'trials.trial_id', 'trial_params.trial_id')
    .select(({ fn }) => ['param_name' as const, fn.min('distribution_json').as('text')])
    .where('study_id', '=', study.id)
    .where('trials.trial_id', '>=', study.firstUnfinished)
    .where('param_name', 'in', names)
    .groupBy('param_name')
    .execute();
  for (const { param_name: name, text } of rows) {
    checkCompatible(name, distributionOf(text), distributions[name]!);
  }
}
