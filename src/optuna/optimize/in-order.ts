/**
 * Runs units of work, at most `nJobs` at a time, so that what each may depend on is decided by
 * numbers and not by time: unit i begins when unit i - nJobs has been concluded, and before unit
 * i - nJobs + 1 is; units are concluded in order. After an error no unit begins; the first error is
 * thrown when those that run have been concluded.
 *
 * `begin` resolves when a unit runs, `conclude` waits for its end.
 */
export async function runInOrder<T>(
  nJobs: number,
  wantsMore: () => boolean,
  begin: () => Promise<T>,
  conclude: (unit: T) => Promise<void>,
): Promise<void> {
  const running: T[] = [];
  let failure: { error: unknown } | undefined;
  for (;;) {
    while (!failure && running.length < nJobs && wantsMore()) {
      try {
        running.push(await begin());
      } catch (error) {
        failure = { error };
      }
    }
    const first = running.shift();
    if (first === undefined) break;
    try {
      await conclude(first);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure) throw failure.error;
}
