import process from 'node:process';
import { exitCodes } from './exit-codes.js';
import { tellError } from './tell-error.js';

/**
 * From now on, output that cannot be written ends the process: in silence when its reader went away,
 * as `| head` does, and otherwise with an error. What a comparison has recorded stays whole.
 */
export function endWithOutput(json: boolean): void {
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      // EIO: a terminal that was closed.
      if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(exitCodes.unread);
      const message = `${name} could not be written: ${error.message}`;
      if (name === 'stdout') tellError({ name: 'DataError', message }, json);
      process.exit(exitCodes.failed);
    });
  }
}

/**
 * Ends the process when what it has written is on its way, although timers and connections of a
 * user's code may be left.
 */
export async function endProcess(): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => stream.write('', resolve));
  }
  process.exit();
}
