import type { Kysely } from 'kysely';
import { invalidArgument } from '../../../errors.js';
import { checkOptionNames } from '../../../options.js';
import type { Distribution } from '../../distributions/distributions.js';
import {
  DuplicatedStudyError,
  IncompatibleDistributionError,
  StorageError,
  StudyNotFoundError,
  TrialNotFoundError,
} from '../../errors.js';
import { dumps, type Json } from '../../python-json.js';
import {
  type Direction,
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
} from '../../trial/frozen-trial.js';
import type { Heartbeat, StaleTrialCallback } from '../heartbeat.js';
import { jsonOf, type LazyJson, type Storage, type StudyRecord } from '../storage.js';
import { runningTrial } from '../trial-table.js';
import { CachedStudy, type Place } from './cached-study.js';
import type { Database } from './database.js';
import { checkName, decodeDirection, encodeDirection } from './encode.js';
import { GroupCommit, type Operation } from './group-commit.js';
import { attrOf, readHeads, readHeadsFrom, readTrials } from './read-trials.js';
import { ensureSchema } from './schema.js';
import { studyTables, type Tables, type TrialTableName, trialTables } from './tables.js';
import type { Transaction } from './transaction.js';
import { type DatabaseUrl, parseUrl } from './url.js';
import {
  checkElsewhere,
  checkNames,
  insertTrial,
  putAttr,
  putIntermediateValue,
  putParam,
  putValues,
  writeState,
} from './write-trials.js';

/** Options of RDBStorage. */
export interface RDBStorageOptions {
  /**
   * Seconds between two signs of life of a trial that `study.optimize` runs; without it, trials of
   * processes that died stay running.
   */
  heartbeatInterval?: number;
  /** Seconds after its last sign of life when a trial counts as stale. Default twice the interval. */
  gracePeriod?: number;
  /** Called for each stale trial after it was failed; see RetryHeartbeatStaleTrialCallback. */
  heartbeatStaleTrialCallback?: StaleTrialCallback;
}

const optionNames = ['heartbeatInterval', 'gracePeriod', 'heartbeatStaleTrialCallback'];

/** Trials that one transaction reads. */
const trialsAtOnce = 100;

/**
 * Keeps studies in SQLite or PostgreSQL, in the tables of Optuna 3.2 to 5, which it creates where they
 * are missing: Optuna and optuna-dashboard open what is written here, and the other way round. Several
 * processes may work on the same study.
 *
 * What this process knows of finished trials is not read again. Writes that are made together become
 * durable together, in one transaction. Times are in UTC, as Optuna 5 has them (4.9 and older had local
 * time). Names and keys can have 512 characters.
 *
 * Errors of the database are StorageError, at the first call for what cannot be opened.
 */
export class RDBStorage implements Storage {
  readonly heartbeat: Heartbeat | undefined;
  readonly #commits: GroupCommit;
  readonly #studies = new Map<number, CachedStudy>();
  readonly #places = new Map<number, Place>();
  /** Ids of studies that were deleted; another may have the id by now, which has to be found first. */
  readonly #gone = new Set<number>();
  #isClosed = false;

  /**
   * `url` is what Optuna takes: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` (in
   * memory), `postgresql://user:password@host:port/database` with libpq's parameters `host` (a folder
   * for a socket), `port`, `sslmode`, `sslrootcert`, `connect_timeout`, `application_name` and
   * `options`; drivers of Python, as in `postgresql+psycopg2:`, are ignored. Throws
   * InvalidArgumentError.
   */
  constructor(url: string, options: RDBStorageOptions = {}) {
    const where = parseUrl(url);
    this.#commits = new GroupCommit(() => open(where));
    this.heartbeat = this.#heartbeatOf(options);
  }

  async createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord> {
    checkName('studyName', name);
    const id = await this.#add({
      run: async ({ db }) => {
        const [row] = await db
          .insertInto('studies')
          .values({ study_name: name })
          .onConflict((conflict) => conflict.doNothing())
          .returning('study_id')
          .execute();
        if (!row) throw new DuplicatedStudyError(name);
        const rows = directions.map((direction, objective) => ({
          study_id: row.study_id,
          objective,
          direction: encodeDirection(direction),
        }));
        await db.insertInto('study_directions').values(rows).execute();
        return row.study_id;
      },
    });
    this.#gone.delete(id);
    this.#known(id).name = name;
    return { id, name, directions, userAttrs: {}, systemAttrs: {} };
  }

  async deleteStudy(studyId: number): Promise<void> {
    await this.#add({
      study: studyId,
      run: async (transaction) => {
        transaction.checkStudy(studyId);
        await transaction.flush();
        await deleteStudy(transaction, studyId);
        transaction.forgetStudy(studyId);
      },
      done: () => this.#forget(studyId),
    });
  }

  studies(): Promise<readonly StudyRecord[]> {
    return this.#readStudies({});
  }

  async study(studyId: number): Promise<StudyRecord> {
    const [record] = await this.#readStudies({ id: studyId });
    if (record && !this.#gone.has(studyId)) return record;
    this.#forget(studyId);
    throw noStudy(studyId);
  }

  async findStudy(name: string): Promise<StudyRecord | undefined> {
    // Which PostgreSQL does not take even to look for it.
    if (name.includes('\0')) return undefined;
    return (await this.#readStudies({ name }))[0];
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): Promise<void> {
    return this.#setStudyAttr('study_user_attributes', studyId, key, value);
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): Promise<void> {
    return this.#setStudyAttr('study_system_attributes', studyId, key, value);
  }

  async createTrial(studyId: number, template?: TrialTemplate): Promise<FrozenTrial> {
    const trial = template ?? runningTrial();
    checkNames(trial);
    const study = this.#known(studyId);
    study.table.check(trial.distributions);
    let created: FrozenTrial | undefined;
    const { id } = await this.#add({
      study: studyId,
      run: async (transaction) => {
        transaction.checkStudy(studyId);
        const unknown = Object.entries(trial.distributions).filter(
          ([name]) => !study.table.distribution(name),
        );
        await checkElsewhere(transaction, study, Object.fromEntries(unknown));
        return insertTrial(transaction, studyId, trial);
      },
      done: ({ id, number }) => {
        // Otherwise another process has added trials, which come first.
        if (number === study.table.trials.length) created = study.put({ ...trial, id, number });
      },
    }).catch((error) => {
      if (error instanceof StudyNotFoundError) this.#forget(studyId);
      throw error;
    });
    if (!created) await this.sync(studyId);
    return created ?? this.peekTrial(id);
  }

  setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void> {
    let unsure: CachedStudy | undefined;
    return this.#change(
      trialId,
      ({ study, number }) => {
        checkName('the name of a parameter', name);
        if (!study.table.distribution(name)) unsure = study;
        study.table.setParam(number, name, internal, distribution);
      },
      async (transaction) => {
        transaction.open(trialId);
        if (unsure) await checkElsewhere(transaction, unsure, { [name]: distribution });
        putParam(transaction, trialId, name, internal, distribution);
      },
    );
  }

  async setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean> {
    if (state === 'running') return this.#start(trialId, values);
    const now = new Date();
    await this.#change(
      trialId,
      ({ study, number }) => {
        study.table.setState(number, state, values, now);
        study.note({ id: trialId, state });
      },
      async (transaction) => {
        const trial = transaction.open(trialId);
        putValues(transaction, trialId, values ?? []);
        await writeState(transaction, trialId, state, now);
        trial.state = state;
      },
    );
    return true;
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void> {
    return this.#change(
      trialId,
      ({ study, number }) => study.table.setIntermediateValue(number, step, value),
      async (transaction) => {
        transaction.open(trialId);
        putIntermediateValue(transaction, trialId, step, value);
      },
    );
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void> {
    return this.#setTrialAttr('user', trialId, key, value);
  }

  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): Promise<void> {
    return this.#setTrialAttr('system', trialId, key, jsonOf(value));
  }

  async sync(studyId: number): Promise<void> {
    const study = this.#known(studyId);
    // A study that is large and new to this process is read in several transactions.
    while (await this.#readNext(study));
  }

  peekTrials(studyId: number): readonly FrozenTrial[] {
    return this.#peek(studyId).table.trials;
  }

  peekTrial(trialId: number): FrozenTrial {
    const place = this.#places.get(trialId);
    if (!place) throw noTrial(trialId);
    return place.study.table.trials[place.number]!;
  }

  peekDistribution(studyId: number, name: string): Distribution | undefined {
    return this.#peek(studyId).table.distribution(name);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#commits.close();
  }

  #add<T>(operation: Operation<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StorageError('the storage has been closed'));
    return this.#commits.add(operation);
  }

  /** A change that is seen at once; if the database refuses it, the trial is read again. */
  #change(
    trialId: number,
    apply: (place: Place) => void,
    run: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    const place = this.#places.get(trialId);
    if (!place) return this.#learn(trialId).then(() => this.#change(trialId, apply, run));
    try {
      if (this.#isClosed) throw new StorageError('the storage has been closed');
      apply(place);
    } catch (error) {
      return Promise.reject(error);
    }
    const { study } = place;
    place.pending += 1;
    let doubtful = false;
    const write = this.#add({
      trial: trialId,
      run,
      done: () => {
        place.pending -= 1;
      },
      failed: (error) => {
        place.pending -= 1;
        study.doubtful.add(trialId);
        doubtful = true;
        if (error instanceof IncompatibleDistributionError) study.mustRelearn = true;
      },
    });
    return write.catch(async (error) => {
      // What cannot be read now is read by the next sync.
      if (doubtful) await this.sync(study.id).catch(() => {});
      throw error;
    });
  }

  async #start(trialId: number, values: readonly number[] | null | undefined): Promise<boolean> {
    const place = this.#places.get(trialId) ?? (await this.#learn(trialId));
    const { study, number } = place;
    const known = study.table.trials[number]!;
    // Throws for a finished trial.
    if (isFinished(known.state)) study.table.setState(number, 'running', values);
    const now = new Date();
    place.pending += 1;
    const started = await this.#add({
      trial: trialId,
      run: async (transaction) => {
        const state = transaction.stateOf(trialId);
        // Another process was faster, and may have finished it since.
        if (state !== undefined && state !== 'waiting') return false;
        const trial = transaction.open(trialId);
        putValues(transaction, trialId, values ?? []);
        await writeState(transaction, trialId, 'running', now);
        trial.state = 'running';
        return true;
      },
      done: (changed) => {
        place.pending -= 1;
        if (changed) study.table.setState(number, 'running', values, now);
        else study.doubtful.add(trialId);
      },
      failed: () => {
        place.pending -= 1;
        study.doubtful.add(trialId);
      },
    }).catch(async (error) => {
      await this.sync(study.id).catch(() => {});
      throw error;
    });
    if (!started) await this.sync(study.id);
    return started;
  }

  #setTrialAttr(of: 'user' | 'system', trialId: number, key: string, value: Json): Promise<void> {
    return this.#change(
      trialId,
      ({ study, number }) => {
        checkName('the key of an attribute', key);
        if (of === 'user') study.table.setUserAttr(number, key, value);
        else study.table.setSystemAttr(number, key, value);
      },
      async (transaction) => {
        transaction.open(trialId);
        putAttr(transaction, of, trialId, key, value);
      },
    );
  }

  async #setStudyAttr(
    table: 'study_user_attributes' | 'study_system_attributes',
    studyId: number,
    key: string,
    value: Json,
  ): Promise<void> {
    checkName('the key of an attribute', key);
    const value_json = dumps(value);
    await this.#add({
      study: studyId,
      run: async (transaction) => {
        transaction.checkStudy(studyId);
        await transaction.db
          .insertInto(table)
          .values({ study_id: studyId, key, value_json })
          .onConflict((conflict) =>
            conflict.columns(['study_id', 'key']).doUpdateSet({ value_json }),
          )
          .execute();
      },
    });
  }

  /** Reads some of what is new; resolves to whether there is more. */
  #readNext(study: CachedStudy): Promise<boolean> {
    if (study.nextSync) return study.nextSync;
    const next = this.#add<{ exists: boolean; trials: FrozenTrial[]; more: boolean }>({
      reads: true,
      run: async (transaction) => {
        study.nextSync = undefined;
        const gone = { exists: false, trials: [], more: false };
        if (!(await hasStudy(transaction.db, study))) return gone;
        return (await readChanges(transaction, study)) ?? gone;
      },
      done: ({ exists, trials }) => {
        if (!exists) this.#forget(study.id);
        for (const trial of trials) {
          const pending = this.#places.get(trial.id)?.pending ?? 0;
          if (pending === 0) study.put(trial);
        }
        if (study.mustRelearn && study.doubtful.size === 0) study.relearn();
      },
      failed: () => {
        study.nextSync = undefined;
      },
    }).then(({ exists, more }) => {
      if (!exists) throw noStudy(study.id);
      return more;
    });
    study.nextSync = next;
    return next;
  }

  /** Finds a trial that this process has not heard of. Rejects with TrialNotFoundError. */
  async #learn(trialId: number): Promise<Place> {
    const row = await this.#add({
      reads: true,
      run: ({ db }) =>
        db
          .selectFrom('trials')
          .select('study_id')
          .where('trial_id', '=', trialId)
          .execute()
          .then((rows) => rows[0]),
    });
    if (row) await this.sync(row.study_id);
    const place = this.#places.get(trialId);
    if (!place) throw noTrial(trialId);
    return place;
  }

  #readStudies(filter: { id?: number; name?: string }): Promise<StudyRecord[]> {
    return this.#add({
      reads: true,
      run: ({ db }) => readStudies(db, filter),
      done: (records) => {
        for (const { id, name } of records) {
          if (filter.id === undefined) this.#gone.delete(id);
          if (!this.#gone.has(id)) this.#known(id).name = name;
        }
      },
    });
  }

  /** Throws StudyNotFoundError if it has been deleted. */
  #known(studyId: number): CachedStudy {
    if (this.#gone.has(studyId)) throw noStudy(studyId);
    const known = this.#studies.get(studyId);
    if (known) return known;
    const study = new CachedStudy(studyId, this.#places);
    this.#studies.set(studyId, study);
    return study;
  }

  #peek(studyId: number): CachedStudy {
    const study = this.#studies.get(studyId);
    if (!study) throw noStudy(studyId);
    return study;
  }

  #forget(studyId: number): void {
    this.#studies.get(studyId)?.drop();
    this.#studies.delete(studyId);
    this.#gone.add(studyId);
  }

  #heartbeatOf(options: RDBStorageOptions): Heartbeat | undefined {
    checkOptionNames('RDBStorage', options, optionNames);
    const { heartbeatInterval: interval, heartbeatStaleTrialCallback: onStaleTrial } = options;
    for (const name of ['heartbeatInterval', 'gracePeriod'] as const) {
      const seconds = options[name];
      if (seconds !== undefined && !(Number.isFinite(seconds) && seconds > 0)) {
        throw invalidArgument(name, 'seconds above 0', seconds);
      }
    }
    if (onStaleTrial !== undefined && typeof onStaleTrial !== 'function') {
      throw invalidArgument('heartbeatStaleTrialCallback', 'a function', onStaleTrial);
    }
    if (interval === undefined) return undefined;
    const grace = options.gracePeriod ?? 2 * interval;
    return {
      interval,
      onStaleTrial,
      beat: (trialId) =>
        this.#add({
          run: async (transaction) => {
            const heartbeat = transaction.database.now();
            transaction.put('trial_heartbeats', { trial_id: trialId, heartbeat });
          },
        }),
      staleTrials: (studyId) =>
        this.#add({
          reads: true,
          run: async ({ db, database }) => {
            const rows = await db
              .selectFrom('trials')
              .innerJoin('trial_heartbeats', 'trial_heartbeats.trial_id', 'trials.trial_id')
              .select('trials.trial_id')
              .where('study_id', '=', studyId)
              .where('state', '=', 'RUNNING')
              .where(({ ref }) => database.secondsSince(ref('heartbeat')), '>', grace)
              .orderBy('trials.trial_id')
              .execute();
            return rows.map(({ trial_id }) => trial_id);
          },
        }),
      fail: (trialId) => this.#fail(trialId),
    };
  }

  async #fail(trialId: number): Promise<boolean> {
    const { study } = this.#places.get(trialId) ?? (await this.#learn(trialId));
    const failed = await this.#add({
      trial: trialId,
      run: async (transaction) => {
        const state = transaction.stateOf(trialId);
        if (state !== 'running') return false;
        await writeState(transaction, trialId, 'fail', new Date());
        transaction.open(trialId).state = 'fail';
        return true;
      },
      done: () => study.doubtful.add(trialId),
    });
    await this.sync(study.id);
    return failed;
  }
}

/** Loads one driver: the other need not be there. */
async function open(url: DatabaseUrl): Promise<Database> {
  let database: Database;
  try {
    database =
      url.kind === 'sqlite'
        ? new (await import('./sqlite.js')).SqliteDatabase(url)
        : new (await import('./postgresql.js')).PostgresqlDatabase(url);
  } catch (cause) {
    const name = url.kind === 'sqlite' ? url.path : (url.database ?? '');
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(`the database ${name} cannot be opened: ${why}`, { cause });
  }
  try {
    await ensureSchema(database);
    return database;
  } catch (cause) {
    await database.close();
    if (cause instanceof StorageError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(`the database ${database.name} cannot be used: ${why}`, { cause });
  }
}

async function hasStudy(db: Kysely<Tables>, { id, name }: CachedStudy): Promise<boolean> {
  const query = db.selectFrom('studies').select('study_name').where('study_id', '=', id);
  const [row] = await query.execute();
  return row !== undefined && (name === undefined || row.study_name === name);
}

/**
 * New trials and those that may have changed, with whether there are more new ones; undefined if the
 * study is another one, made after the one known here was deleted.
 */
async function readChanges(
  transaction: Transaction,
  study: CachedStudy,
): Promise<{ exists: true; trials: FrozenTrial[]; more: boolean } | undefined> {
  const isNew = study.lastId < 0;
  const limit = isNew ? trialsAtOnce : trialsAtOnce + 1;
  const added = await readHeadsFrom(transaction, study.id, study.lastId, limit);
  if (!isNew) {
    const last = added.shift();
    if (!last || !study.isLast(last)) return undefined;
  }
  const known = [...new Set([...study.unfinished, ...study.doubtful])].filter(
    (id) => id <= study.lastId,
  );
  const heads = await readHeads(transaction, known);
  // What still waits is as it was added.
  const { trials } = study.table;
  const changed = heads.filter(
    ({ id, number, state }) =>
      state !== 'waiting' || trials[number]?.state !== 'waiting' || study.doubtful.has(id),
  );
  const read = await readTrials(transaction, changed);
  read.push(...(await readTrials(transaction, added, study.id)));
  return { exists: true, trials: read, more: added.length === trialsAtOnce };
}

async function readStudies(
  db: Kysely<Tables>,
  { id, name }: { id?: number; name?: string },
): Promise<StudyRecord[]> {
  let query = db.selectFrom('studies').selectAll().orderBy('study_id');
  if (id !== undefined) query = query.where('study_id', '=', id);
  if (name !== undefined) query = query.where('study_name', '=', name);
  const studies = await query.execute();
  const records: StudyRecord[] = [];
  for (const { study_id, study_name } of studies) {
    const directions = await db
      .selectFrom('study_directions')
      .select('direction')
      .where('study_id', '=', study_id)
      .orderBy('objective')
      .execute();
    records.push({
      id: study_id,
      name: study_name,
      directions: directions.map(({ direction }) => decodeDirection(direction)),
      userAttrs: await readAttrs(db, 'study_user_attributes', study_id),
      systemAttrs: await readAttrs(db, 'study_system_attributes', study_id),
    });
  }
  return records;
}

async function readAttrs(
  db: Kysely<Tables>,
  table: 'study_user_attributes' | 'study_system_attributes',
  studyId: number,
): Promise<Record<string, Json>> {
  const rows = await db
    .selectFrom(table as 'study_user_attributes')
    .select(['key', 'value_json'])
    .where('study_id', '=', studyId)
    .orderBy(`${table.slice(0, -1)}_id` as 'study_user_attribute_id')
    .execute();
  return Object.fromEntries(rows.map(({ key, value_json }) => [key, attrOf(key, value_json)]));
}

async function deleteStudy({ db, database }: Transaction, studyId: number): Promise<void> {
  if (database.locksRows) {
    // Who writes a trial now would add rows behind those that are deleted first.
    await db
      .selectFrom('trials')
      .select('trial_id')
      .where('study_id', '=', studyId)
      .orderBy('trial_id')
      .forUpdate()
      .execute();
  }
  for (const table of Object.keys(trialTables) as TrialTableName[]) {
    await db
      .deleteFrom(table as 'trial_params')
      .where('trial_id', 'in', (builder) =>
        builder.selectFrom('trials').select('trial_id').where('study_id', '=', studyId),
      )
      .execute();
  }
  await db.deleteFrom('trials').where('study_id', '=', studyId).execute();
  for (const table of studyTables) {
    await db
      .deleteFrom(table as 'study_directions')
      .where('study_id', '=', studyId)
      .execute();
  }
  await db.deleteFrom('studies').where('study_id', '=', studyId).execute();
}

function noStudy(studyId: number): StudyNotFoundError {
  return new StudyNotFoundError(`there is no study with id ${studyId}`);
}

function noTrial(trialId: number): TrialNotFoundError {
  return new TrialNotFoundError(`there is no trial with id ${trialId}`);
}
