import process from 'node:process';
import { exitCodes } from './exit-codes.js';

export interface Ends {
  /** Nothing is left that `work` could wait for: no timer, no request, no thread. */
  onNothingLeft(): void;
  /** The process ends in the middle of `work`. What is to be done must be done at once. */
  onExit(): void;
}

/**
 * Runs `work` of a user's code and notices if it does not come to its end. A process that ends in the
 * middle has failed, whatever it says itself.
 */
export async function whileWorking<T>(
  work: () => Promise<T>,
  { onNothingLeft, onExit }: Ends,
): Promise<T> {
  const exit = (code: number) => {
    onExit();
    if (code === exitCodes.ok) process.exitCode = exitCodes.failed;
  };
  process.once('beforeExit', onNothingLeft).once('exit', exit);
  try {
    return await work();
  } finally {
    process.off('beforeExit', onNothingLeft).off('exit', exit);
  }
}
