import type { Expression, ExpressionBuilder, SelectQueryBuilder } from 'kysely';
import { show } from '../../../errors.js';
import { distributionFromJson } from '../../distributions/distribution-json.js';
import {
  type Distribution,
  type ParamValue,
  toExternal,
} from '../../distributions/distributions.js';
import { StorageError } from '../../errors.js';
import { type Json, loads } from '../../python-json.js';
import type { FrozenTrial } from '../../trial/frozen-trial.js';
import { decodeDate, decodeNumber, decodeState } from './encode.js';
import type { Tables, TrialTableName } from './tables.js';
import type { Transaction } from './transaction.js';

/** A trial's own row, decoded. */
export type TrialHead = Pick<
  FrozenTrial,
  'id' | 'number' | 'state' | 'datetimeStart' | 'datetimeComplete'
>;

/** Ids that one statement names. */
const idsAtOnce = 500;
/** Distributions that are remembered by their text. */
const knownDistributions = 10_000;

const columns = ['trial_id', 'number', 'state', 'datetime_start', 'datetime_complete'] as const;

/** The first trials of a study with ids from `first` on, in their order. */
export async function readHeadsFrom(
  { db }: Transaction,
  studyId: number,
  first: number,
  limit: number,
): Promise<TrialHead[]> {
  const rows = await db
    .selectFrom('trials')
    .select(columns)
    .where('study_id', '=', studyId)
    .where('trial_id', '>=', first)
    .orderBy('trial_id')
    .limit(limit)
    .execute();
  return rows.map(head);
}

export async function readHeads({ db }: Transaction, ids: readonly number[]): Promise<TrialHead[]> {
  const heads: TrialHead[] = [];
  for (let i = 0; i < ids.length; i += idsAtOnce) {
    const some = ids.slice(i, i + idsAtOnce);
    const query = db.selectFrom('trials').select(columns).where('trial_id', 'in', some);
    heads.push(...(await query.execute()).map(head));
  }
  return heads;
}

function head(row: {
  trial_id: number;
  number: number;
  state: string;
  datetime_start: string | null;
  datetime_complete: string | null;
}): TrialHead {
  return {
    id: row.trial_id,
    number: row.number,
    state: decodeState(row.state),
    datetimeStart: decodeDate(row.datetime_start),
    datetimeComplete: decodeDate(row.datetime_complete),
  };
}

/** A row of any of a trial's tables. */
interface Part {
  kind: string;
  trial_id: number;
  id: number;
  key: string | null;
  number: number | null;
  value: number | null;
  text: string | null;
}

/**
 * The trials of these heads, with all that belongs to them. With `studyId` they are all of the study's
 * trials from the first to the last, which needs no list of ids.
 */
export async function readTrials(
  transaction: Transaction,
  heads: readonly TrialHead[],
  studyId?: number,
): Promise<FrozenTrial[]> {
  if (heads.length === 0) return [];
  const parts = new Map<number, Part[]>(heads.map(({ id }) => [id, []]));
  const take = async (ids: Ids) => {
    for (const part of await readParts(transaction, ids)) parts.get(part.trial_id)?.push(part);
  };
  if (studyId === undefined) {
    const ids = [...parts.keys()];
    for (let i = 0; i < ids.length; i += idsAtOnce) await take(ids.slice(i, i + idsAtOnce));
  } else {
    await take(
      transaction.db
        .selectFrom('trials')
        .select('trial_id')
        .where('study_id', '=', studyId)
        .where('trial_id', '>=', heads[0]!.id)
        .where('trial_id', '<=', heads.at(-1)!.id),
    );
  }
  return heads.map((trial) => assemble(trial, parts.get(trial.id)!));
}

/** Ids of trials, or a query for them. */
type Ids = readonly number[] | SelectQueryBuilder<Tables, 'trials', { trial_id: number }>;

/** All tables in one statement: over a network, its answer is what takes the time. */
async function readParts({ db, database }: Transaction, ids: Ids): Promise<Part[]> {
  const { sql } = database;
  const none = sql.lit(null);
  const select = (
    kind: string,
    table: TrialTableName,
    fields: (name: (column: string) => Expression<unknown>) => {
      id: string;
      key?: Expression<unknown>;
      number?: Expression<unknown>;
      value?: Expression<unknown>;
      text: Expression<unknown>;
    },
  ) =>
    db
      .selectFrom(table as 'trial_params')
      .where('trial_id', 'in', ids)
      .select((builder: ExpressionBuilder<Tables, 'trial_params'>) => {
        const { id, key, number, value, text } = fields((column) => builder.ref(column as never));
        return [
          sql.lit(kind).as('kind'),
          'trial_id' as const,
          builder.ref(id as 'param_id').as('id'),
          sql`${key ?? none}`.as('key'),
          sql`${number ?? none}`.as('number'),
          sql`${value ?? none}`.as('value'),
          sql`${text}`.as('text'),
        ];
      });
  const attributes = (kind: string, table: TrialTableName) =>
    select(kind, table, (name) => ({
      id: `${table.slice(0, -1)}_id`,
      key: name('key'),
      text: name('value_json'),
    }));
  // The first two give all columns their types.
  const query = select('value', 'trial_values', (name) => ({
    id: 'trial_value_id',
    number: name('objective'),
    value: name('value'),
    text: database.text(name('value_type') as Expression<string>),
  }))
    .unionAll(
      select('param', 'trial_params', (name) => ({
        id: 'param_id',
        key: name('param_name'),
        value: name('param_value'),
        text: name('distribution_json'),
      })),
    )
    .unionAll(
      select('report', 'trial_intermediate_values', (name) => ({
        id: 'trial_intermediate_value_id',
        number: name('step'),
        value: name('intermediate_value'),
        text: database.text(name('intermediate_value_type') as Expression<string>),
      })),
    )
    .unionAll(attributes('user', 'trial_user_attributes'))
    .unionAll(attributes('system', 'trial_system_attributes'));
  return (await query.execute()) as Part[];
}

function assemble(trial: TrialHead, parts: Part[]): FrozenTrial {
  parts.sort((a, b) => a.id - b.id);
  const values: number[] = [];
  const params: [string, ParamValue][] = [];
  const distributions: [string, Distribution][] = [];
  const intermediateValues = new Map<number, number>();
  const attrs = { user: [] as [string, Json][], system: [] as [string, Json][] };
  for (const { kind, key, number, value, text } of parts) {
    switch (kind) {
      case 'value':
        values[number!] = decodeNumber(value, text!);
        break;
      case 'param': {
        const distribution = distributionOf(text!);
        if (value === null) {
          throw new StorageError(`parameter ${show(key)} of trial ${trial.number} has no value`);
        }
        params.push([key!, toExternal(distribution, value)]);
        distributions.push([key!, distribution]);
        break;
      }
      case 'report':
        intermediateValues.set(number!, decodeNumber(value, text!));
        break;
      default:
        attrs[kind as 'user' | 'system'].push([key!, attrOf(key!, text!)]);
    }
  }
  return {
    ...trial,
    values: values.length > 0 ? values : null,
    params: Object.fromEntries(params),
    distributions: Object.fromEntries(distributions),
    intermediateValues,
    userAttrs: Object.fromEntries(attrs.user),
    systemAttrs: Object.fromEntries(attrs.system),
  };
}

/** Throws StorageError if the text of attribute `key` is not JSON. */
export function attrOf(key: string, text: string): Json {
  try {
    return loads(text);
  } catch (cause) {
    throw new StorageError(`attribute ${show(key)} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

const distributionsByText = new Map<string, Distribution>();

/** The same text is the same object: a study has few of them. Throws StorageError. */
export function distributionOf(text: string): Distribution {
  const known = distributionsByText.get(text);
  if (known) return known;
  let distribution: Distribution;
  try {
    distribution = distributionFromJson(text);
  } catch (cause) {
    throw new StorageError((cause as Error).message, { cause });
  }
  if (distributionsByText.size >= knownDistributions) distributionsByText.clear();
  distributionsByText.set(text, distribution);
  return distribution;
}
