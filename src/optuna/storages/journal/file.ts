import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { show } from '../../../errors.js';
import { StorageError } from '../../errors.js';
import { type Json, loads } from '../../python-json.js';
import type { JournalRecord } from './state.js';

/** What follows a journal. */
export interface JournalReader {
  /** The file is not the one read so far: all records come again. */
  restart(): void;
  /** The next record. What it throws says why it cannot be one. */
  apply(record: JournalRecord, line: string): void;
  /** Whether `line` is needed, which takes more time; '' otherwise. */
  readonly needsLines?: boolean;
}

/** How many lines were added, and what refused the others. */
export interface Added {
  readonly count: number;
  readonly error?: StorageError;
}

export type AddLines = (lines: readonly string[]) => Promise<Added>;

/** Bytes read at once: few, so that parsing them does not hold up the event loop. */
const chunkSize = 1 << 18;
/** Bytes by which a journal is told from one that took its place: its first writer is among them. */
const headSize = 96;
const sqliteHeader = 'SQLite format 3\0';
const newline = 0x0a;
const comma = 0x2c;

/** One reader's place in a journal file. Calls must not overlap. */
export class JournalFile {
  readonly path: string;
  readonly #reader: JournalReader;
  #offset = 0;
  #lines = 0;
  #inode: number | undefined;
  #head: Buffer = Buffer.alloc(0);
  #broken: StorageError | undefined;

  constructor(path: string, reader: JournalReader) {
    this.path = path;
    this.#reader = reader;
  }

  /** Reads what was added, up to the last line that is complete. */
  async read(): Promise<void> {
    await this.#guard('read', async () => {
      const known = await this.#stat();
      if (this.#isCurrent(known)) return this.#throwIfBroken();
      const handle = await open(this.path, 'r');
      try {
        await this.#advance(handle, false);
      } finally {
        await handle.close();
      }
    });
  }

  /**
   * Lets `write` add lines. The caller holds the lock. What was added by others is read before. All lines are on the disk when the promise resolves.
   */
  async append(write: (add: AddLines) => Promise<void>): Promise<void> {
    await this.#guard('written', async () => {
      const handle = await open(this.path, 'a+');
      try {
        await this.#advance(handle, true);
        const begin = this.#offset;
        await write((lines) => this.#add(handle, lines));
        if (this.#offset > begin) await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  #isCurrent({ ino, size }: Stats): boolean {
    return ino === this.#inode && size === this.#offset;
  }

  async #stat(): Promise<Stats> {
    try {
      return await stat(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || this.#inode !== undefined) {
        throw error;
      }
      await (await open(this.path, 'a')).close();
      return stat(this.path);
    }
  }

  async #advance(handle: FileHandle, locked: boolean): Promise<void> {
    const stats = await handle.stat();
    if (this.#isCurrent(stats)) return this.#throwIfBroken();
    const head = await readAt(handle, 0, Math.min(headSize, stats.size));
    const same =
      stats.ino === this.#inode &&
      stats.size >= this.#offset &&
      head.subarray(0, this.#head.length).equals(this.#head);
    if (!same) this.#restart(stats.ino);
    this.#throwIfBroken();
    if (head.toString('latin1').startsWith(sqliteHeader)) {
      throw new StorageError(
        `'${this.path}' is an SQLite database, no journal; open it as 'sqlite:///${this.path}'`,
      );
    }
    await this.#readLines(handle, stats.size, locked);
    this.#head = head.subarray(0, Math.min(head.length, this.#offset));
    if (locked && this.#offset < stats.size) await this.#mendEnd(handle, stats.size);
  }

  /**
   * Nobody is writing the last line, so it stays as it is: what lacks its line end alone gets one,
   * and half a line, whose writer died, is removed. All that there is must look like the beginning of
   * one: it may be a file of another kind.
   */
  async #mendEnd(handle: FileHandle, size: number): Promise<void> {
    const line = (await readAt(handle, this.#offset, size - this.#offset)).toString('utf8');
    if (isRecord(line)) {
      await handle.write('\n');
      await this.#readLines(handle, size + 1, true);
      return;
    }
    if (this.#offset === 0 && !line.startsWith('{"'.slice(0, line.length))) {
      throw this.#breakAt(new Error(`it does not begin as one of a journal: ${show(line)}`));
    }
    await handle.truncate(this.#offset);
  }

  #restart(inode: number): void {
    if (this.#inode !== undefined) this.#reader.restart();
    this.#inode = inode;
    this.#offset = 0;
    this.#lines = 0;
    this.#head = Buffer.alloc(0);
    this.#broken = undefined;
  }

  async #readLines(handle: FileHandle, size: number, locked: boolean): Promise<void> {
    let wanted = chunkSize;
    while (this.#offset < size) {
      const chunk = await readAt(handle, this.#offset, Math.min(wanted, size - this.#offset));
      const end = chunk.lastIndexOf(newline) + 1;
      if (end === 0) {
        if (this.#offset + chunk.length >= size || chunk.length < wanted) return;
        wanted *= 2;
        continue;
      }
      wanted = chunkSize;
      const isLast = this.#offset + end === size;
      if (!this.#take(chunk.subarray(0, end), isLast && !locked)) return;
    }
  }

  /** Follows complete lines. Returns false at a last line that may still be on its way. */
  #take(bytes: Buffer, lastMayWait: boolean): boolean {
    const records = this.#reader.needsLines ? undefined : parseTogether(bytes);
    if (records) {
      for (const record of records) this.#follow(record, '');
      this.#offset += bytes.length;
      return true;
    }
    for (let begin = 0; begin < bytes.length; ) {
      const end = bytes.indexOf(newline, begin) + 1;
      const line = bytes.toString('utf8', begin, end);
      let record: Json;
      try {
        record = loads(line);
      } catch (error) {
        if (lastMayWait && end === bytes.length) return false;
        throw this.#breakAt(error);
      }
      this.#follow(record, line);
      this.#offset += end - begin;
      begin = end;
    }
    return true;
  }

  #follow(record: Json, line: string): void {
    try {
      if (typeof record !== 'object' || record === null || Array.isArray(record)) {
        throw new TypeError('it is no object');
      }
      this.#reader.apply(record as JournalRecord, line);
    } catch (error) {
      throw this.#breakAt(error);
    }
    this.#lines += 1;
  }

  #breakAt(cause: unknown): StorageError {
    this.#broken = new StorageError(
      `line ${this.#lines + 1} of the journal '${this.path}' is broken: ${(cause as Error).message}`,
      { cause },
    );
    return this.#broken;
  }

  #throwIfBroken(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Adds lines. If the medium refuses, those that were added whole stay, and the rest is removed. */
  async #add(handle: FileHandle, lines: readonly string[]): Promise<Added> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    let done = 0;
    try {
      while (done < bytes.length) {
        done += (await handle.write(bytes, done, bytes.length - done, null)).bytesWritten;
      }
    } catch (cause) {
      const whole = bytes.subarray(0, done).lastIndexOf(newline) + 1;
      const count =
        whole === 0 ? 0 : bytes.subarray(0, whole).toString('latin1').split('\n').length - 1;
      // If that is refused, too, the next one that holds the lock does it.
      if (done > whole) await handle.truncate(this.#offset + whole).catch(() => {});
      this.#offset += whole;
      this.#lines += count;
      return { count, error: this.#error('written', cause) };
    }
    this.#offset += bytes.length;
    this.#lines += lines.length;
    return { count: lines.length };
  }

  async #guard(verb: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      throw error instanceof StorageError ? error : this.#error(verb, error);
    }
  }

  #error(verb: string, cause: unknown): StorageError {
    return new StorageError(
      `the journal '${this.path}' cannot be ${verb}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/**
 * The records of complete lines, all parsed in one go: several times as fast as one by one. Undefined
 * if that is not possible, because of a broken line or of a NaN.
 */
function parseTogether(bytes: Buffer): Json[] | undefined {
  const joined = Buffer.allocUnsafe(bytes.length + 1);
  joined[0] = 0x5b;
  bytes.copy(joined, 1);
  joined[bytes.length] = 0x5d;
  let lines = 1;
  for (let at = joined.indexOf(newline); at >= 0; at = joined.indexOf(newline, at + 1)) {
    joined[at] = comma;
    lines += 1;
  }
  try {
    const records = JSON.parse(joined.toString('utf8')) as Json[];
    return records.length === lines ? records : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(line: string): boolean {
  try {
    return typeof loads(line) === 'object';
  } catch {
    return false;
  }
}
