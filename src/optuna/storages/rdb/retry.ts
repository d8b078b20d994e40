import { setTimeout } from 'node:timers/promises';

/** Milliseconds for which a database may be busy. */
const longest = 60_000;
/** Milliseconds between two attempts, at most. */
const longestPause = 8;

/** Calls `attempt` until it is not stopped by others any more; after a minute it rejects as they do. */
export async function untilFree<T>(
  attempt: () => T | Promise<T>,
  isBusy: (error: unknown) => boolean,
): Promise<T> {
  const end = Date.now() + longest;
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || Date.now() > end) throw error;
    }
    // Chance keeps processes apart that wait for the same.
    await setTimeout(pause * (0.5 + Math.random()));
  }
}
