import type { ColumnDataType, Expression, Kysely, RawBuilder, Sql } from 'kysely';
import type { Tables } from './tables.js';

/** How a database names its types of columns. */
export interface ColumnTypes {
  /** An integer that counts up by itself. */
  readonly id: ColumnDataType | RawBuilder<unknown>;
  readonly float: ColumnDataType | RawBuilder<unknown>;
  readonly datetime: ColumnDataType | RawBuilder<unknown>;
  /** One of some names. */
  enum(name: string, values: readonly string[]): ColumnDataType | RawBuilder<unknown>;
}

export type AccessMode = 'read' | 'write';

/**
 * One connection to a database, and all in which the kinds of databases differ. A further kind is a
 * further file with this interface.
 */
export interface Database {
  /** What messages call it; without a password. */
  readonly name: string;
  readonly types: ColumnTypes;
  /** Kysely's tag for SQL. It is reached by a database alone: who opens none need not load Kysely. */
  readonly sql: Sql;
  /** Whether rows can be locked; otherwise a 'write' transaction has the database for itself. */
  readonly locksRows: boolean;

  /**
   * Runs `work` in a transaction, again from its start if others were in the way. Two transactions of
   * one connection must not overlap.
   */
  transaction<T>(mode: AccessMode, work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** Makes this transaction wait for others that create tables; creates types. */
  prepareSchema(
    db: Kysely<Tables>,
    enums: Readonly<Record<string, readonly string[]>>,
  ): Promise<void>;
  hasTable(db: Kysely<Tables>, table: string): Promise<boolean>;
  /** Whether what follows would fail as well: the connection is gone, or others were too long in the way. */
  isHopeless(error: unknown): boolean;

  /** A column of names as text. */
  text(column: Expression<string>): Expression<string>;
  /** The database's time, as a value for a column of type datetime. */
  now(): RawBuilder<string>;
  /** Seconds from a time of the database until now. */
  secondsSince(column: Expression<string>): RawBuilder<number>;

  close(): Promise<void>;
}
