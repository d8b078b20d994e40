import { stat } from 'node:fs/promises';
import { register } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { DataError, InvalidArgumentError } from '../errors.js';

/**
 * The exports of a module: JavaScript, or TypeScript where this Node.js reads it or `esbuild` is
 * installed.
 * @throws InvalidArgumentError if there is no such file, DataError if it cannot be loaded
 */
export async function loadScript(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (file === '') throw new InvalidArgumentError('the script needs the name of a file');
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InvalidArgumentError(`there is no file ${file}`);
  if (!found.isFile()) throw new InvalidArgumentError(`${file} is no file`);
  if (/\.m?ts$/.test(path)) await readTypeScript(file);
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause));
    // Where in the script it happened; of a syntax error that comes first.
    process.stderr.write(`${stack ?? `${name}: ${message}`}\n`);
    throw new DataError(`${file} could not be loaded: ${message}`, { cause });
  }
}

/** Lets modules be TypeScript from now on: all of it by esbuild, or what Node.js itself can read. */
async function readTypeScript(file: string): Promise<void> {
  try {
    await import('esbuild');
  } catch (cause) {
    if ((process.features as { typescript?: unknown }).typescript) return;
    throw new DataError(
      `${file} is TypeScript, which Node.js ${process.versions.node} reads with esbuild only: npm install esbuild, or use Node.js 22.18 or newer`,
      { cause },
    );
  }
  process.setSourceMapsEnabled(true);
  register('./typescript-hooks.js', import.meta.url);
}
