import { setImmediate } from 'node:timers/promises';
import { InvalidArgumentError } from '../../../errors.js';
import { StorageError, StudyError } from '../../errors.js';
import type { Database } from './database.js';
import { Transaction } from './transaction.js';

/** Something to read or write in a transaction. */
export interface Operation<T> {
  /** The study whose row it locks, and the trial. */
  readonly study?: number;
  readonly trial?: number;
  /** Whether it only reads. */
  readonly reads?: boolean;
  /**
   * May be called again if the transaction fails. What it refuses (StudyError, InvalidArgumentError) it
   * throws before it writes anything.
   */
  run(transaction: Transaction): Promise<T>;
  /** Called when the transaction is durable, in the order of the operations. */
  done?(result: T): void;
  /** Called instead if the operation failed. */
  failed?(error: unknown): void;
}

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Result = { readonly value: unknown } | { readonly refused: unknown };

/** Operations of one transaction, at most. */
const largestGroup = 1000;

/**
 * Runs operations in order, over one connection. Those that wait when a transaction has ended go into
 * the next one together; if that fails, each gets its own, and fails for itself alone.
 */
export class GroupCommit {
  readonly #open: () => Promise<Database>;
  #database: Promise<Database> | undefined;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;

  /** `open` is called at the first need, and again if it failed. */
  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  add<T>(operation: Operation<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operation, resolve, reject } as unknown as Waiting);
      this.#working ??= this.#work();
    });
  }

  /** Waits for all operations, then closes the connection. */
  async close(): Promise<void> {
    await this.#working;
    const database = await this.#database?.catch(() => undefined);
    this.#database = undefined;
    await database?.close();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What is asked for in this turn of the event loop goes into one transaction.
      await setImmediate();
      await this.#commit(this.#waiting.splice(0, largestGroup));
    }
    this.#working = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let results: readonly Result[];
    let database: Database | undefined;
    try {
      database = await this.#opened();
      results = await runTogether(database, group);
    } catch (error) {
      if (database && group.length > 1 && !database.isHopeless(error)) {
        for (const one of group) await this.#commit([one]);
        return;
      }
      const refused = asStorageError(error, database);
      results = group.map(() => ({ refused }));
    }
    for (const [i, { operation, resolve, reject }] of group.entries()) {
      const result = results[i]!;
      if ('value' in result) {
        operation.done?.(result.value);
        resolve(result.value);
      } else {
        operation.failed?.(result.refused);
        reject(result.refused);
      }
    }
  }

  async #opened(): Promise<Database> {
    this.#database ??= this.#open();
    try {
      return await this.#database;
    } catch (error) {
      this.#database = undefined;
      throw error;
    }
  }
}

function runTogether(database: Database, group: readonly Waiting[]): Promise<Result[]> {
  const operations = group.map(({ operation }) => operation);
  const mode = operations.every(({ reads }) => reads) ? 'read' : 'write';
  return database.transaction(mode, async (db) => {
    const transaction = new Transaction(database, db);
    await transaction.lock({
      studies: operations.flatMap(({ study }) => study ?? []),
      trials: operations.flatMap(({ trial }) => trial ?? []),
    });
    const results: Result[] = [];
    for (const operation of operations) {
      // What is read must include what was written before.
      if (operation.reads) await transaction.flush();
      try {
        results.push({ value: await operation.run(transaction) });
      } catch (error) {
        const isRefusal = error instanceof StudyError || error instanceof InvalidArgumentError;
        if (!isRefusal || error instanceof StorageError) throw error;
        results.push({ refused: error });
      }
    }
    await transaction.flush();
    return results;
  });
}

function asStorageError(error: unknown, database: Database | undefined): unknown {
  if (error instanceof StudyError || error instanceof InvalidArgumentError) return error;
  const where = database ? `of ${database.name} ` : '';
  const what = error instanceof Error ? error.message : String(error);
  return new StorageError(`the database ${where}refused an operation: ${what}`, { cause: error });
}
