import { readFileSync } from 'node:fs';
import { type Expression, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { invalidArgument, TrialforgeError } from '../../../errors.js';
import type { AccessMode, ColumnTypes, Database } from './database.js';
import { untilFree } from './retry.js';
import type { Tables } from './tables.js';
import type { PostgresqlUrl } from './url.js';

/** Any number, as long as all processes take the same. */
const schemaLock = 0x74726961;
/** The type `timestamp without time zone`; its text is decoded by encode.ts. */
const timestampType = 1114;
/** Statements that a connection keeps prepared. */
const preparedStatements = 100;

/** What the server answers when the same can succeed later. */
const busyCodes = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '42710', // duplicate_object: another program creates the tables
  '42P07', // duplicate_table
]);

/** PostgreSQL by pg. */
export class PostgresqlDatabase implements Database {
  readonly name: string;
  readonly locksRows = true;
  readonly sql = sql;
  readonly types: ColumnTypes = {
    id: 'serial',
    float: 'double precision',
    datetime: 'timestamp',
    enum: (name) => sql.id(name),
  };
  readonly #kysely: Kysely<Tables>;

  constructor(url: PostgresqlUrl) {
    this.name = `${url.database ?? ''}${url.host ? ` at ${url.host}` : ''}`;
    const pool = new pg.Pool({
      host: url.host,
      port: url.port,
      user: url.user,
      password: url.password,
      database: url.database,
      application_name: url.parameters.get('application_name') ?? 'trialforge',
      options: url.parameters.get('options'),
      ssl: sslOptions(url.parameters),
      connectionTimeoutMillis: 1000 * Number(url.parameters.get('connect_timeout') ?? 30),
      keepAlive: true,
      max: 1,
      // A storage that nobody closes must not keep the process alive.
      allowExitOnIdle: true,
      types: {
        getTypeParser: ((type: number, format?: 'text' | 'binary') =>
          type === timestampType
            ? (text: string) => text
            : pg.types.getTypeParser(type, format as 'text')) as typeof pg.types.getTypeParser,
      },
    });
    // A connection that breaks while it is idle is replaced at the next need.
    pool.on('error', () => {});
    this.#kysely = new Kysely({ dialect: new PostgresDialect({ pool: preparing(pool) }) });
  }

  transaction<T>(mode: AccessMode, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    const begin =
      mode === 'write'
        ? sql`begin`
        : sql`start transaction isolation level repeatable read read only`;
    const attempt = () =>
      this.#kysely.connection().execute(async (db) => {
        await begin.execute(db);
        try {
          const result = await work(db);
          await sql`commit`.execute(db);
          return result;
        } catch (error) {
          // Where the connection is gone, so is the transaction.
          await sql`rollback`.execute(db).catch(() => {});
          throw error;
        }
      });
    return untilFree(attempt, isBusy);
  }

  async prepareSchema(
    db: Kysely<Tables>,
    enums: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> {
    await sql`select pg_advisory_xact_lock(${sql.lit(schemaLock)})`.execute(db);
    for (const [name, values] of Object.entries(enums)) {
      const { rows } = await sql<{ type: string | null }>`
        select to_regtype(${name})::text as type`.execute(db);
      if (rows[0]?.type == null)
        await db.schema
          .createType(name)
          .asEnum([...values])
          .execute();
    }
  }

  async hasTable(db: Kysely<Tables>, table: string): Promise<boolean> {
    const { rows } = await sql<{ name: string | null }>`
      select to_regclass(${table})::text as name`.execute(db);
    return rows[0]?.name != null;
  }

  isHopeless(error: unknown): boolean {
    if (error instanceof TrialforgeError) return false;
    if (isBusy(error)) return true;
    // What is no answer of the server came from the socket. Of its answers, classes 08 (connection
    // exception) and 57P (operator intervention).
    const code = codeOf(error);
    return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P)/.test(code);
  }

  text(column: Expression<string>): Expression<string> {
    return sql<string>`${column}::text`;
  }

  /** By the zone of the session, as Optuna notes it; not the time when the transaction began. */
  now() {
    return sql<string>`clock_timestamp()::timestamp`;
  }

  secondsSince(column: Expression<string>) {
    return sql<number>`extract(epoch from clock_timestamp()::timestamp - ${column})`;
  }

  close(): Promise<void> {
    return this.#kysely.destroy();
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  const constraint = (error as { constraint?: unknown }).constraint;
  // Two sessions that create the same table can meet in the catalogue.
  const inCatalogue = typeof constraint === 'string' && constraint.startsWith('pg_');
  return busyCodes.has(code) || (code === '23505' && inCatalogue);
}

/** libpq's modes; those that may do without encryption do. */
function sslOptions(parameters: ReadonlyMap<string, string>) {
  const mode = parameters.get('sslmode') ?? 'prefer';
  const file = parameters.get('sslrootcert');
  const ca = file === undefined ? undefined : readFileSync(file, 'utf8');
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false;
    case 'require':
      return { rejectUnauthorized: ca !== undefined, ca };
    case 'verify-ca':
      return { rejectUnauthorized: true, ca, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { rejectUnauthorized: true, ca };
    default:
      throw invalidArgument(
        'sslmode',
        'one of disable, allow, prefer, require, verify-ca, verify-full',
        mode,
      );
  }
}

/** What Kysely needs of a pool, with statements that the server keeps prepared. */
function preparing(pool: pg.Pool) {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= preparedStatements) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  return {
    async connect() {
      const client = await pool.connect();
      return {
        query: (text: string, values: readonly unknown[]) =>
          client.query({ text, values: [...values], name: nameOf(text) }),
        release: () => client.release(),
      };
    },
    end: () => pool.end(),
  } as unknown as ConstructorParameters<typeof PostgresDialect>[0]['pool'];
}
