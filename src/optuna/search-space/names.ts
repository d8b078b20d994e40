/** Orders names by their code points, as Python's `sorted` does. */
export function byName(a: string, b: string): number {
  // UTF-8 keeps the order of code points; UTF-16, in which strings are compared, does not.
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
