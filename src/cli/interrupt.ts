import process from 'node:process';
import { exitCodes } from './exit-codes.js';

/**
 * Runs `work` with a signal that fires at the first Ctrl-C or SIGTERM, after `onInterrupt`. A second
 * one ends the process at once.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    onInterrupt();
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/**
 * Runs a write that must not be left half done: the first Ctrl-C or SIGTERM waits for it, and then
 * the process ends as it would have. A second one ends it at once.
 */
export function finished<T>(write: () => Promise<T>): Promise<T> {
  return interruptible(write, () =>
    process.stderr.write('\nFinishing the write; Ctrl-C again ends it at once.\n'),
  );
}
