import { randomUUID } from 'node:crypto';
import { open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '../../errors.js';
import { Compactor } from './compactor.js';
import { JournalFile } from './file.js';
import { JournalFileBackend, type JournalFileBackendOptions } from './file-backend.js';

/** Sizes of a journal in bytes. */
export interface CompactionResult {
  /** Bytes of the journal before. */
  readonly before: number;
  /** Bytes of the journal now. */
  readonly after: number;
}

/**
 * Rewrites a journal as one with the same studies, trials, ids, numbers and times that takes one line a
 * trial. The new file takes the place of the old one in one step, so that a crash leaves one of them.
 *
 * JournalStorages of this library that have the journal open notice it and go on. Optuna does not: it
 * remembers a position in the file, and would go on in the middle of a line. So end the processes of
 * Optuna (optuna-dashboard, too) that have the journal open before, and start them again after.
 *
 * Rejects with InvalidArgumentError, and with StorageError if the journal is missing, broken or cannot
 * be written; it is then as it was.
 */
export async function compactJournal(
  path: string,
  options: JournalFileBackendOptions = {},
): Promise<CompactionResult> {
  const backend = new JournalFileBackend(path, options);
  let compactor = new Compactor();
  const file = new JournalFile(path, {
    needsLines: true,
    restart: () => {
      compactor = new Compactor();
    },
    apply: (record, line) => compactor.apply(record, line),
  });
  try {
    const { mode } = await stat(path);
    // Most of the work is done before others have to wait.
    await file.read();
    return await backend.whileLocked(async () => {
      await file.read();
      const before = (await stat(path)).size;
      await replace(path, mode, compactor.lines());
      return { before, after: (await stat(path)).size };
    });
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError(
      `the journal '${path}' cannot be compacted: ${(cause as Error).message}`,
      { cause },
    );
  }
}

const linesAtOnce = 2000;

async function replace(path: string, mode: number, lines: Iterable<string>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.compact`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.chmod(mode);
      let some: string[] = [];
      for (const line of lines) {
        some.push(`${line}\n`);
        if (some.length < linesAtOnce) continue;
        await handle.writeFile(some.join(''));
        some = [];
      }
      await handle.writeFile(some.join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a rename last; a system that cannot open folders needs no help. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // The renamed file is complete in any case.
  }
}
