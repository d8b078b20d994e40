import { InvalidArgumentError, invalidArgument, invalidInteger, show } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { IncompatibleDistributionError } from '../errors.js';
import { warn } from '../warn.js';
import { isBelowStep, lastOnGrid } from './decimal.js';

/** A real number in [low, high]; with `log` drawn by its logarithm; with `step` on a grid from low. */
export interface FloatDistribution {
  /** Tells the kinds apart. */
  readonly kind: 'float';
  /** The least value, finite; above 0 with log. */
  readonly low: number;
  /** The largest value, finite, low or more; with step a point of the grid. */
  readonly high: number;
  /** Whether the logarithm is drawn uniformly; excludes step. */
  readonly log: boolean;
  /** Distance of the points of the grid that begins at low, above 0; null: all values between. */
  readonly step: number | null;
}

/** An integer in low..high by `step`; with `log` drawn by its logarithm. */
export interface IntDistribution {
  /** Tells the kinds apart. */
  readonly kind: 'int';
  /** The least value, a safe integer; 1 or more with log. */
  readonly low: number;
  /** The largest value, a safe integer, low or more; low plus a multiple of step. */
  readonly high: number;
  /** Whether the logarithm is drawn uniformly; needs step 1. */
  readonly log: boolean;
  /** Distance of the values, 1 or more. */
  readonly step: number;
}

/** One of `choices`. */
export interface CategoricalDistribution<T extends Choice = Choice> {
  /** Tells the kinds apart. */
  readonly kind: 'categorical';
  /** At least one; storages keep the index of the one chosen. */
  readonly choices: readonly T[];
}

/** From what a parameter is chosen; `kind` tells which of them it is. */
export type Distribution = FloatDistribution | IntDistribution | CategoricalDistribution;

export const distributionKinds: readonly Distribution['kind'][] = ['float', 'int', 'categorical'];

/** What a categorical parameter may choose from. */
export type Choice = null | boolean | number | string;

/** A parameter's value: a number, or a choice. */
export type ParamValue = Choice;

/** Parameter names with their distributions. */
export type SearchSpace = ReadonlyMap<string, Distribution>;

/** Options of a float: of suggestFloat and floatDistribution. */
export interface FloatOptions {
  /** Draw the logarithm uniformly. Needs low > 0; excludes `step`. */
  log?: boolean;
  /** Distance of the grid's points, above 0. `high` is lowered to the grid. */
  step?: number | null;
}

/** Options of an integer: of suggestInt and intDistribution. */
export interface IntOptions {
  /** Draw the logarithm uniformly. Needs low >= 1 and step 1. */
  log?: boolean;
  /** Distance of the grid's points, 1 or more. `high` is lowered to the grid. */
  step?: number;
}

const rangeNames = ['log', 'step'];

/** Throws InvalidArgumentError for a range that is empty or not finite, or options that exclude each other. */
export function floatDistribution(
  low: number,
  high: number,
  options: FloatOptions = {},
): FloatDistribution {
  checkOptionNames('a float', options, rangeNames);
  const { log = false, step = null } = options;
  if (!Number.isFinite(low)) throw invalidArgument('low', 'a finite number', low);
  if (!Number.isFinite(high)) throw invalidArgument('high', 'a finite number', high);
  checkRange(low, high);
  checkLog(log);
  if (step !== null && !(Number.isFinite(step) && step > 0)) {
    throw invalidArgument('step', 'a finite number above 0', step);
  }
  if (log && step !== null) {
    throw new InvalidArgumentError(`step must be left out with log, not ${show(step)}`);
  }
  if (log && low <= 0) throw invalidArgument('low', 'above 0 with log', low);
  const distribution = { kind: 'float', low, high, log, step } as const;
  if (step === null) return Object.freeze(distribution);
  checkWidth(distribution);
  const last = lastOnGrid(low, high, step);
  if (last !== high) warnAboutGrid(low, high, last, step);
  return Object.freeze({ ...distribution, high: last });
}

/** Throws InvalidArgumentError for a range that is empty or not of integers, or options that exclude each other. */
export function intDistribution(
  low: number,
  high: number,
  options: IntOptions = {},
): IntDistribution {
  checkOptionNames('an int', options, rangeNames);
  const { log = false, step = 1 } = options;
  if (!Number.isSafeInteger(low)) throw invalidInteger('low', 'an integer', low);
  if (!Number.isSafeInteger(high)) throw invalidInteger('high', 'an integer', high);
  checkRange(low, high);
  checkLog(log);
  if (!(Number.isSafeInteger(step) && step > 0)) {
    throw invalidInteger('step', 'an integer above 0', step);
  }
  if (log && step !== 1) throw invalidArgument('step', '1 with log', step);
  if (log && low < 1) throw invalidArgument('low', '1 or more with log', low);
  const last = high - ((high - low) % step);
  if (last !== high) warnAboutGrid(low, high, last, step);
  return Object.freeze({ kind: 'int', low, high: last, log, step });
}

/** Throws InvalidArgumentError if there is no choice, or one that is no null, boolean, number or string. */
export function categoricalDistribution<const T extends Choice>(
  choices: readonly T[],
): CategoricalDistribution<T> {
  if (!Array.isArray(choices) || choices.length === 0) {
    throw invalidArgument('choices', 'an array of at least one choice', choices);
  }
  for (const [i, choice] of choices.entries()) {
    if (choice !== null && !['boolean', 'number', 'string'].includes(typeof choice)) {
      throw invalidArgument(`choices[${i}]`, 'null, a boolean, a number or a string', choice);
    }
  }
  return Object.freeze({ kind: 'categorical', choices: Object.freeze([...choices]) });
}

function checkRange(low: number, high: number): void {
  if (low > high) {
    throw new InvalidArgumentError(`low must not exceed high: low is ${low}, high is ${high}`);
  }
}

/**
 * Throws InvalidArgumentError for a range so wide that nothing can be drawn from it. Optuna stores such
 * a distribution, so that it can be read.
 */
export function checkWidth({ low, high }: FloatDistribution | IntDistribution): void {
  if (!Number.isFinite(high - low)) {
    throw new InvalidArgumentError(`high - low must be finite: low is ${low}, high is ${high}`);
  }
}

function checkLog(log: unknown): void {
  if (typeof log !== 'boolean') throw invalidArgument('log', 'a boolean', log);
}

function warnAboutGrid(low: number, high: number, last: number, step: number | null): void {
  warn(`[${low}, ${high}] is not divisible by step ${step}; high is ${last} instead`);
}

/** Whether only one value can come out. */
export function isSingle(distribution: Distribution): boolean {
  if (distribution.kind === 'categorical') return distribution.choices.length === 1;
  const { kind, low, high, step } = distribution;
  // On a float grid, high may have been rounded to less than low + step.
  return low === high || (kind === 'float' && step !== null && isBelowStep(low, high, step));
}

/** The value of a distribution for which isSingle holds. */
export function singleValue(distribution: Distribution): ParamValue {
  return distribution.kind === 'categorical' ? distribution.choices[0]! : distribution.low;
}

/** Whether `internal` (a number, or the index of a choice) can come out. */
export function contains(distribution: Distribution, internal: number): boolean {
  switch (distribution.kind) {
    case 'categorical':
      return Math.trunc(internal) >= 0 && Math.trunc(internal) < distribution.choices.length;
    case 'int':
      return (
        inRange(distribution, internal) && (internal - distribution.low) % distribution.step === 0
      );
    case 'float': {
      if (!inRange(distribution, internal)) return false;
      if (distribution.step === null) return true;
      const steps = (internal - distribution.low) / distribution.step;
      return Math.abs(steps - Math.round(steps)) < 1e-8;
    }
  }
}

function inRange({ low, high }: { low: number; high: number }, value: number): boolean {
  return low <= value && value <= high;
}

/**
 * Python's equality, by which stored studies compare: true is 1, false is 0. A NaN equals a NaN.
 */
export function sameChoice(a: unknown, b: unknown): boolean {
  const number = (value: unknown) => (typeof value === 'boolean' ? Number(value) : value);
  return number(a) === number(b) || (Number.isNaN(a) && Number.isNaN(b));
}

/**
 * The number that samplers and storages work with: the value itself, or the index of a choice.
 * Throws InvalidArgumentError if `value` is no value of this kind; its range is not checked.
 */
export function toInternal(distribution: Distribution, value: unknown, name = 'value'): number {
  if (distribution.kind === 'categorical') {
    const index = distribution.choices.findIndex((choice) => sameChoice(choice, value));
    if (index < 0) throw invalidArgument(name, `one of ${show(distribution.choices)}`, value);
    return index;
  }
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw invalidArgument(name, 'a number', value);
  }
  if (distribution.log && value <= 0) throw invalidArgument(name, 'above 0 with log', value);
  return value;
}

/** The value that users see. */
export function toExternal(distribution: Distribution, internal: number): ParamValue {
  switch (distribution.kind) {
    case 'categorical':
      return distribution.choices[Math.trunc(internal)]!;
    case 'int':
      return Math.trunc(internal);
    case 'float':
      return internal;
  }
}

/** Whether all attributes are equal. */
export function sameDistribution(a: Distribution, b: Distribution): boolean {
  if (a === b) return true;
  if (a.kind === 'categorical' || b.kind === 'categorical') {
    return a.kind === b.kind && sameChoices(a, b as CategoricalDistribution);
  }
  return (
    a.kind === b.kind &&
    a.low === b.low &&
    a.high === b.high &&
    a.log === b.log &&
    a.step === b.step
  );
}

function sameChoices(a: Distribution, b: Distribution): boolean {
  return (
    a.kind === 'categorical' &&
    b.kind === 'categorical' &&
    a.choices.length === b.choices.length &&
    a.choices.every((choice, i) => sameChoice(choice, b.choices[i]))
  );
}

/** Whether `distribution` has the choices of `known` and more at their end. */
export function growsFrom(known: Distribution, distribution: Distribution): boolean {
  if (known.kind !== 'categorical' || distribution.kind !== 'categorical') return false;
  const { length } = known.choices;
  return (
    distribution.choices.length > length &&
    known.choices.every((choice, i) => sameChoice(choice, distribution.choices[i]))
  );
}

/**
 * Within a study a name keeps its kind, its scale and its choices; ranges and steps may change, and
 * with `growing` choices may be added at the end. Throws IncompatibleDistributionError otherwise.
 */
export function checkCompatible(
  name: string,
  known: Distribution,
  distribution: Distribution,
  growing = false,
): void {
  const refuse = (what: string): never => {
    throw new IncompatibleDistributionError(
      `parameter '${name}' must keep ${what}: it was ${describe(known)}, now it is ${describe(distribution)}`,
    );
  };
  if (known.kind !== distribution.kind) refuse('its kind');
  if (known.kind === 'categorical') {
    if (!sameChoices(known, distribution) && !(growing && growsFrom(known, distribution))) {
      refuse('its choices');
    }
  } else if (known.log !== (distribution as FloatDistribution | IntDistribution).log) {
    refuse('its scale (log or not)');
  }
}

function describe(distribution: Distribution): string {
  return distribution.kind === 'categorical'
    ? `categorical ${show(distribution.choices)}`
    : `${distribution.kind} [${distribution.low}, ${distribution.high}]${distribution.log ? ' log' : ''}`;
}
