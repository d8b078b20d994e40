import type { CreateTableBuilder, Kysely } from 'kysely';
import { version } from '../../../version.js';
import { StorageError } from '../../errors.js';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

/** The schema of Optuna 3.2 to 5. */
const schemaVersion = 'v3.2.0.a';
/** What `version_info` says since Optuna has kept its versions elsewhere. */
const oldestVersion = 12;

const enums = {
  studydirection: ['NOT_SET', 'MINIMIZE', 'MAXIMIZE'],
  trialstate: ['RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING'],
  trialvaluetype: ['FINITE', 'INF_POS', 'INF_NEG'],
  trialintermediatevaluetype: ['FINITE', 'INF_POS', 'INF_NEG', 'NAN'],
};

/** Creates the tables where they are missing. Rejects with StorageError if they are of another version. */
export async function ensureSchema(database: Database): Promise<void> {
  const found = await database.transaction('read', (db) => findVersion(database, db));
  if (found !== undefined) return checkVersion(database, found);
  await database.transaction('write', async (db) => {
    await database.prepareSchema(db, enums);
    // Another process may have been faster.
    const meanwhile = await findVersion(database, db);
    if (meanwhile !== undefined) return checkVersion(database, meanwhile);
    await createTables(database, db);
    await stamp(db);
  });
}

/** The version of the tables; undefined where there is none. */
async function findVersion(database: Database, db: Kysely<Tables>): Promise<string | undefined> {
  if (await database.hasTable(db, 'alembic_version')) {
    const [row] = await db.selectFrom('alembic_version').selectAll().execute();
    if (row && row.version_num !== schemaVersion) return row.version_num;
    const isComplete = row && (await database.hasTable(db, 'version_info'));
    if (isComplete) return row.version_num;
  }
  if (!(await database.hasTable(db, 'version_info'))) return undefined;
  const [info] = await db.selectFrom('version_info').selectAll().execute();
  return info && info.schema_version !== oldestVersion ? `${info.schema_version}` : undefined;
}

function checkVersion(database: Database, found: string): void {
  if (found === schemaVersion) return;
  const isNewer = numbersOf(found) > numbersOf(schemaVersion);
  throw new StorageError(
    `the tables of ${database.name} have Optuna's schema ${found}, not ${schemaVersion}; ${
      isNewer
        ? 'a newer version of trialforge may read them'
        : "upgrade them by Optuna's command: optuna storage upgrade --storage URL"
    }`,
  );
}

/** The version as text that sorts as its numbers do. */
function numbersOf(text: string): string {
  return text.replaceAll(/\d+/g, (digits) => digits.padStart(6, '0')).replace(/^(?!v)/, 'v');
}

async function stamp(db: Kysely<Tables>): Promise<void> {
  const info = {
    version_info_id: 1,
    schema_version: oldestVersion,
    library_version: `trialforge ${version}`,
  };
  if ((await db.selectFrom('version_info').selectAll().execute()).length === 0) {
    await db.insertInto('version_info').values(info).execute();
  }
  await db.insertInto('alembic_version').values({ version_num: schemaVersion }).execute();
}

async function createTables({ types, sql }: Database, db: Kysely<Tables>): Promise<void> {
  const table = <T extends keyof Tables>(name: T) => db.schema.createTable(name).ifNotExists();
  /** A table whose rows belong to a study or a trial. */
  const owned = <T extends keyof Tables>(
    name: T,
    id: string,
    owner: 'study_id' | 'trial_id',
    unique: readonly string[],
    required: boolean,
  ) => {
    const parent = owner === 'study_id' ? 'studies' : 'trials';
    const builder = table(name)
      .addColumn(id, types.id, (column) => column.notNull().primaryKey())
      .addColumn(owner, 'integer', (column) =>
        (required ? column.notNull() : column).references(`${parent}.${owner}`),
      ) as CreateTableBuilder<string, string>;
    return builder.addUniqueConstraint(`${name}_${unique.join('_')}_key`, [...unique]);
  };
  const attributes = (name: keyof Tables, owner: 'study_id' | 'trial_id') =>
    owned(name, `${name.slice(0, -1)}_id`, owner, [owner, 'key'], false)
      .addColumn('key', 'varchar(512)')
      .addColumn('value_json', 'text');
  const enumType = (name: keyof typeof enums) => types.enum(name, enums[name]);

  await table('studies')
    .addColumn('study_id', types.id, (column) => column.notNull().primaryKey())
    .addColumn('study_name', 'varchar(512)', (column) => column.notNull())
    .execute();
  await table('version_info')
    .addColumn('version_info_id', 'integer', (column) =>
      column.notNull().primaryKey().check(sql`version_info_id = 1`),
    )
    .addColumn('schema_version', 'integer')
    .addColumn('library_version', 'varchar(256)')
    .execute();
  await table('study_directions')
    .addColumn('study_direction_id', types.id, (column) => column.notNull().primaryKey())
    .addColumn('direction', enumType('studydirection'), (column) => column.notNull())
    .addColumn('study_id', 'integer', (column) => column.notNull().references('studies.study_id'))
    .addColumn('objective', 'integer', (column) => column.notNull())
    .addUniqueConstraint('study_directions_study_id_objective_key', ['study_id', 'objective'])
    .execute();
  await attributes('study_user_attributes', 'study_id').execute();
  await attributes('study_system_attributes', 'study_id').execute();
  await table('trials')
    .addColumn('trial_id', types.id, (column) => column.notNull().primaryKey())
    .addColumn('number', 'integer')
    .addColumn('study_id', 'integer', (column) => column.references('studies.study_id'))
    .addColumn('state', enumType('trialstate'), (column) => column.notNull())
    .addColumn('datetime_start', types.datetime)
    .addColumn('datetime_complete', types.datetime)
    .execute();
  await attributes('trial_user_attributes', 'trial_id').execute();
  await attributes('trial_system_attributes', 'trial_id').execute();
  await owned('trial_params', 'param_id', 'trial_id', ['trial_id', 'param_name'], false)
    .addColumn('param_name', 'varchar(512)')
    .addColumn('param_value', types.float)
    .addColumn('distribution_json', 'text')
    .execute();
  await owned('trial_values', 'trial_value_id', 'trial_id', ['trial_id', 'objective'], true)
    .addColumn('objective', 'integer', (column) => column.notNull())
    .addColumn('value', types.float)
    .addColumn('value_type', enumType('trialvaluetype'), (column) => column.notNull())
    .execute();
  await owned(
    'trial_intermediate_values',
    'trial_intermediate_value_id',
    'trial_id',
    ['trial_id', 'step'],
    true,
  )
    .addColumn('step', 'integer', (column) => column.notNull())
    .addColumn('intermediate_value', types.float)
    .addColumn('intermediate_value_type', enumType('trialintermediatevaluetype'), (column) =>
      column.notNull(),
    )
    .execute();
  await owned('trial_heartbeats', 'trial_heartbeat_id', 'trial_id', ['trial_id'], true)
    .addColumn('heartbeat', types.datetime, (column) => column.notNull())
    .execute();
  await table('alembic_version')
    .addColumn('version_num', 'varchar(32)', (column) => column.notNull())
    .addPrimaryKeyConstraint('alembic_version_pkc', ['version_num'])
    .execute();
  await db.schema
    .createIndex('ix_studies_study_name')
    .ifNotExists()
    .unique()
    .on('studies')
    .column('study_name')
    .execute();
  await db.schema
    .createIndex('ix_trials_study_id')
    .ifNotExists()
    .on('trials')
    .column('study_id')
    .execute();
}
