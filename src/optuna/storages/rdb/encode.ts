import { InvalidArgumentError } from '../../../errors.js';
import { StorageError } from '../../errors.js';
import { type Direction, type TrialState, trialStates } from '../../trial/frozen-trial.js';

// How Optuna's columns hold what SQL has no word for.

const nonFinite: readonly (readonly [number, string])[] = [
  [Number.POSITIVE_INFINITY, 'INF_POS'],
  [Number.NEGATIVE_INFINITY, 'INF_NEG'],
  [Number.NaN, 'NAN'],
];

/** A number as its column and the column of its kind. */
export function encodeNumber(x: number): { value: number | null; type: string } {
  const found = nonFinite.find(([number]) => Object.is(number, x));
  return found ? { value: null, type: found[1] } : { value: x, type: 'FINITE' };
}

export function decodeNumber(value: number | null, type: string): number {
  if (type === 'FINITE' && value !== null) return value;
  const found = nonFinite.find(([, name]) => name === type);
  if (!found) throw new StorageError(`a value of type ${type} cannot be ${value}`);
  return found[0];
}

export function encodeState(state: TrialState): string {
  return state.toUpperCase();
}

export function decodeState(text: string): TrialState {
  const state = text.toLowerCase() as TrialState;
  if (!trialStates.includes(state)) throw new StorageError(`a trial cannot be in state '${text}'`);
  return state;
}

export function encodeDirection(direction: Direction): string {
  return direction.toUpperCase();
}

/** Studies of old versions may not have set a direction: they were minimized. */
export function decodeDirection(direction: string): Direction {
  return direction === 'MAXIMIZE' ? 'maximize' : 'minimize';
}

/** UTC without saying so, with six digits of a second. */
export function encodeDate(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace('T', ' ').replace('Z', '000');
}

/** Microseconds are cut to milliseconds. */
export function decodeDate(text: string | null): Date | null {
  if (text === null) return null;
  const [, day, second, fraction = ''] =
    /^(\d+-\d+-\d+)[ T](\d+:\d+:\d+)(?:\.(\d+))?/.exec(text) ?? [];
  if (day === undefined) throw new StorageError(`a time cannot be read from '${text}'`);
  return new Date(`${day}T${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
}

/** Characters that a name or key can have. */
const longestName = 512;

/** Throws InvalidArgumentError unless a column for names can hold it. */
export function checkName(what: string, name: string): void {
  const length = name.length <= longestName ? 0 : [...name].length;
  if (length > longestName) {
    throw new InvalidArgumentError(
      `${what} must have at most ${longestName} characters, not ${length}`,
    );
  }
  if (name.includes('\0')) {
    throw new InvalidArgumentError(`${what} must not have the character U+0000`);
  }
  if (/\p{Surrogate}/u.test(name)) {
    throw new InvalidArgumentError(`${what} must not have half a surrogate pair`);
  }
}
