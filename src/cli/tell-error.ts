import process from 'node:process';
import { visible } from './study-text.js';

/** Tells an error on stderr, as text or as one line of JSON. */
export function tellError(
  { name, message }: Pick<Error, 'name' | 'message'>,
  json: boolean | undefined,
): void {
  process.stderr.write(
    json ? `${JSON.stringify({ error: { name, message } })}\n` : `error: ${visible(message)}\n`,
  );
}
