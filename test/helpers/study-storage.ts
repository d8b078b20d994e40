import { join } from 'node:path';
import { openStorage } from '../../src/optuna/storages/open-storage.js';

/** A name that `--storage` takes: a file in the folder in which the command runs. */
export const storageName = 'sqlite:///studies.db';

/** The file of `storageName`. */
export const storageFileName = 'studies.db';

/** `storageName` as this process opens it. */
export const storageIn = (folder: string) =>
  openStorage(`sqlite:///${join(folder, storageFileName)}`);
