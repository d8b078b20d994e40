import type { Kysely } from 'kysely';
import { StudyNotFoundError, TrialNotFoundError, UpdateFinishedTrialError } from '../../errors.js';
import { isFinished, type TrialState } from '../../trial/frozen-trial.js';
import type { Database } from './database.js';
import { decodeState } from './encode.js';
import { type Tables, type TrialTableName, trialTables } from './tables.js';

/** What a transaction is going to change. */
export interface Locks {
  readonly studies: Iterable<number>;
  readonly trials: Iterable<number>;
}

/** A trial's row while nobody else can change it. */
export interface LockedTrial {
  readonly id: number;
  readonly number: number;
  readonly studyId: number;
  state: TrialState;
}

/** Rows that one statement writes, so that databases with fewer parameters than SQLite can do it. */
const rowsAtOnce = 200;

/** The statements of one transaction. Rows of trials are collected and written together by `flush`. */
export class Transaction {
  readonly db: Kysely<Tables>;
  readonly database: Database;
  readonly #studies = new Set<number>();
  readonly #trials = new Map<number, LockedTrial>();
  readonly #rows = new Map<TrialTableName, Map<string, Readonly<Record<string, unknown>>>>();

  constructor(database: Database, db: Kysely<Tables>) {
    this.database = database;
    this.db = db;
  }

  /** Locks always in the same order, so that two transactions do not wait for each other. */
  async lock({ studies, trials }: Locks): Promise<void> {
    const studyIds = [...new Set(studies)];
    if (studyIds.length > 0) {
      const query = this.db
        .selectFrom('studies')
        .select('study_id')
        .where('study_id', 'in', studyIds)
        .orderBy('study_id');
      const rows = await (this.database.locksRows ? query.forUpdate() : query).execute();
      for (const { study_id } of rows) this.#studies.add(study_id);
    }
    const trialIds = [...new Set(trials)];
    if (trialIds.length > 0) {
      const query = this.db
        .selectFrom('trials')
        .select(['trial_id', 'number', 'study_id', 'state'])
        .where('trial_id', 'in', trialIds)
        .orderBy('trial_id');
      const rows = await (this.database.locksRows ? query.forUpdate() : query).execute();
      for (const { trial_id: id, number, study_id: studyId, state } of rows) {
        this.#trials.set(id, { id, number, studyId, state: decodeState(state) });
      }
    }
  }

  /** Throws StudyNotFoundError unless the study was there to be locked. */
  checkStudy(studyId: number): void {
    if (!this.#studies.has(studyId)) {
      throw new StudyNotFoundError(`there is no study with id ${studyId}`);
    }
  }

  /** A trial that was locked. Throws TrialNotFoundError, UpdateFinishedTrialError. */
  open(trialId: number): LockedTrial {
    const trial = this.#trials.get(trialId);
    if (!trial) throw new TrialNotFoundError(`there is no trial with id ${trialId}`);
    if (isFinished(trial.state)) throw new UpdateFinishedTrialError(trial.number, trial.state);
    return trial;
  }

  /** The state of a trial that was locked; undefined if it is not there. */
  stateOf(trialId: number): TrialState | undefined {
    return this.#trials.get(trialId)?.state;
  }

  forgetStudy(studyId: number): void {
    this.#studies.delete(studyId);
    for (const trial of this.#trials.values()) {
      if (trial.studyId === studyId) this.#trials.delete(trial.id);
    }
  }

  /** Writes a row, over that of the same key if there is one. */
  put(table: TrialTableName, row: Readonly<Record<string, unknown>>): void {
    let rows = this.#rows.get(table);
    if (!rows) {
      rows = new Map();
      this.#rows.set(table, rows);
    }
    rows.set(JSON.stringify(trialTables[table].map((column) => row[column])), row);
  }

  async flush(): Promise<void> {
    for (const [table, rows] of this.#rows) {
      const all = [...rows.values()];
      for (let i = 0; i < all.length; i += rowsAtOnce) {
        await this.#upsert(table, all.slice(i, i + rowsAtOnce));
      }
    }
    this.#rows.clear();
  }

  async #upsert(
    table: TrialTableName,
    rows: readonly Readonly<Record<string, unknown>>[],
  ): Promise<void> {
    const key: readonly string[] = trialTables[table];
    const others = Object.keys(rows[0]!).filter((column) => !key.includes(column));
    await this.db
      .insertInto(table as 'trial_params')
      .values(rows as never)
      .onConflict((conflict) =>
        conflict
          .columns(key as never)
          .doUpdateSet(
            ({ ref }) =>
              Object.fromEntries(
                others.map((column) => [column, ref(`excluded.${column}` as never)]),
              ) as never,
          ),
      )
      .execute();
  }
}
