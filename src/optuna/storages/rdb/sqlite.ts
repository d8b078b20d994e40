import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Expression, Kysely, SqliteDialect, sql } from 'kysely';
import Libsql from 'libsql';
import type { AccessMode, ColumnTypes, Database } from './database.js';
import { untilFree } from './retry.js';
import type { Tables } from './tables.js';
import type { SqliteUrl } from './url.js';

/** Statements that are kept prepared. */
const preparedStatements = 100;

/**
 * SQLite by libsql, whose calls are synchronous: a lock that another process has is waited for
 * between attempts, so that the event loop goes on.
 */
export class SqliteDatabase implements Database {
  readonly name: string;
  readonly locksRows = false;
  readonly sql = sql;
  readonly types: ColumnTypes = {
    id: 'integer',
    float: sql`float`,
    datetime: 'datetime',
    enum: (_, values) => `varchar(${Math.max(...values.map((value) => value.length))})`,
  };
  readonly #db: Libsql.Database;
  readonly #kysely: Kysely<Tables>;

  constructor({ path }: SqliteUrl) {
    this.name = path;
    this.#db = opened(path);
    this.#kysely = new Kysely({ dialect: new SqliteDialect({ database: preparing(this.#db) }) });
  }

  async transaction<T>(mode: AccessMode, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    await untilFree(() => this.#begin(mode), isBusy);
    try {
      const result = await work(this.#kysely);
      await untilFree(() => this.#db.exec('commit'), isBusy);
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  async prepareSchema(): Promise<void> {}

  async hasTable(db: Kysely<Tables>, table: string): Promise<boolean> {
    const { rows } = await sql`select 1 from sqlite_master where name = ${table}`.execute(db);
    return rows.length > 0;
  }

  isHopeless(error: unknown): boolean {
    return isBusy(error);
  }

  text(column: Expression<string>): Expression<string> {
    return column;
  }

  /** Six digits, as Python expects; the clock has milliseconds. */
  now() {
    return sql<string>`strftime('%Y-%m-%d %H:%M:%f000', 'now')`;
  }

  secondsSince(column: Expression<string>) {
    return sql<number>`((julianday('now') - julianday(${column})) * 86400.0)`;
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #begin(mode: AccessMode): void {
    try {
      // Reading the schema takes the lock that a reader needs: a statement of libsql that were refused
      // later would stay open and keep the transaction from ending.
      this.#db.exec(
        mode === 'write' ? 'begin immediate' : 'begin; select 1 from sqlite_master limit 1',
      );
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** A full disk has ended the transaction already. */
  #rollback(): void {
    if (this.#db.inTransaction) this.#db.exec('rollback');
  }
}

function opened(path: string): Libsql.Database {
  try {
    return new Libsql(path, { timeout: 0 });
  } catch (cause) {
    throw new Error(problemOf(path) ?? (cause as Error).message, { cause });
  }
}

/** What libsql has for a path that cannot be opened is a number. */
function problemOf(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return 'it is a folder';
  const folder = dirname(path);
  return existsSync(folder) ? undefined : `there is no folder ${folder}`;
}

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'SQLITE_BUSY';
}

/**
 * What Kysely needs of a database, on statements that are kept. All rows of a statement are always
 * read: libsql resets it only then.
 */
function preparing(db: Libsql.Database) {
  const statements = new Map<string, Libsql.Statement>();
  const prepare = (text: string) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = db.prepare(text);
    if (statements.size >= preparedStatements) statements.delete(statements.keys().next().value!);
    statements.set(text, statement);
    return statement;
  };
  return {
    close() {
      db.close();
    },
    prepare(text: string) {
      const statement = prepare(text);
      return {
        reader: true,
        all: (parameters: readonly unknown[]) => statement.all(...parameters),
        run: () => ({ changes: 0, lastInsertRowid: 0 }),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...parameters),
      };
    },
  };
}
