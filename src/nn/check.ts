import { invalidArgument } from '../errors.js';

/** The engine counts in 32 bits. */
const largestInt = 0x7fffffff;

/** A 32-bit integer of `least` or more. */
export function checkInteger(name: string, value: unknown, least: number): number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw invalidArgument(name, `an integer of ${least} or more`, value);
  }
  if ((value as number) > largestInt) throw invalidArgument(name, `at most ${largestInt}`, value);
  return value as number;
}

/** A finite number for which `holds` is true; `expected` says so in words. */
export function checkNumber(
  name: string,
  value: unknown,
  expected: string,
  holds: (value: number) => boolean,
): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !holds(value)) {
    throw invalidArgument(name, expected, value);
  }
  return value;
}

/** One of `options`. */
export function checkOneOf<T extends string>(
  name: string,
  value: unknown,
  options: readonly T[],
): T {
  if (!options.includes(value as T)) {
    throw invalidArgument(name, `one of ${options.map((o) => `'${o}'`).join(', ')}`, value);
  }
  return value as T;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean', value);
  return value;
}

/** A size for both axes, or [height, width]. */
export function checkPair(name: string, value: unknown): [number, number] {
  const pair = Array.isArray(value) ? value : [value, value];
  if (pair.length !== 2) throw invalidArgument(name, 'a number or [height, width]', value);
  return [checkInteger(name, pair[0], 1), checkInteger(name, pair[1], 1)];
}

export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw invalidArgument(name, 'an object', value);
}

/** A function, or undefined. */
export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidArgument(name, 'a function', value);
  }
}

/** An AbortSignal, of this realm or another, or undefined. */
export function checkSignal(value: unknown): void {
  if (value === undefined) return;
  checkObject('signal', value);
  if (typeof (value as AbortSignal).addEventListener !== 'function') {
    throw invalidArgument('signal', 'an AbortSignal', value);
  }
}
