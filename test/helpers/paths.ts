import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root; tests run from dist/test/. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A JSON fixture of test/fixtures/. */
export function fixture<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, 'test/fixtures', path), 'utf8')) as T;
}
