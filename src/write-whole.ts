import { open, rename, rm } from 'node:fs/promises';
import process from 'node:process';
import { DataError } from './errors.js';

/**
 * Writes a file so that whoever reads it, at whatever moment, finds it whole: as it was or as it is.
 * @throws DataError if it cannot be written
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new DataError(`${path} could not be written: ${(cause as Error).message}`, { cause });
  }
}
