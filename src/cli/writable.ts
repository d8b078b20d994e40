import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidArgumentError } from '../errors.js';

/**
 * Before work that takes long: whether the file that `option` names can be written.
 * @throws InvalidArgumentError
 */
export async function checkWritable(option: string, file: string): Promise<void> {
  if (file === '') throw new InvalidArgumentError(`${option} needs the name of a file`);
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw new InvalidArgumentError(
      `${option} ${file}: the folder cannot be written to: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const found = await stat(file).catch(() => undefined);
  if (found && !found.isFile()) throw new InvalidArgumentError(`${option} ${file} is no file`);
}
