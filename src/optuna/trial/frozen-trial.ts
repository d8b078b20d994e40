import { InvalidArgumentError, invalidArgument, invalidInteger, show } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import {
  contains,
  type Distribution,
  type ParamValue,
  toInternal,
} from '../distributions/distributions.js';
import { MultiObjectiveError } from '../errors.js';
import type { Json } from '../python-json.js';

export const trialStates = ['running', 'complete', 'pruned', 'fail', 'waiting'] as const;
/** What became of a trial. `waiting`: enqueued, nobody has asked for it yet. */
export type TrialState = (typeof trialStates)[number];

export const directions = ['minimize', 'maximize'] as const;
/** Which objective values are good: small or large ones. */
export type Direction = (typeof directions)[number];

/** Attributes by name; values are what JSON can hold. */
export type Attrs = Readonly<Record<string, Json>>;

/**
 * A trial at one moment: what the study, callbacks and `trial.frozen()` give does not change any
 * more. Samplers, pruners and storages see unfinished trials as they are kept, which change.
 */
export interface FrozenTrial {
  /** Unique within the storage. */
  readonly id: number;
  /** Unique within the study: 0, 1, 2, ... in the order of creation. */
  readonly number: number;
  /** What has become of it so far. */
  readonly state: TrialState;
  /** One number an objective; null if the trial has none (yet). */
  readonly values: readonly number[] | null;
  /** In the order in which they were suggested. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** The distribution of every parameter. */
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** What was reported, by step. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  /** What trial.setUserAttr noted. */
  readonly userAttrs: Attrs;
  /** Notes of samplers and pruners. */
  readonly systemAttrs: Attrs;
  /** When it began to run; null if it waits. */
  readonly datetimeStart: Date | null;
  /** When it finished, in any state; null before. */
  readonly datetimeComplete: Date | null;
}

/** A trial that is not in a study yet. */
export type TrialTemplate = Omit<FrozenTrial, 'id' | 'number'>;

export function isFinished(state: TrialState): boolean {
  return state === 'complete' || state === 'pruned' || state === 'fail';
}

/** The largest step reported; undefined if none was. */
export function lastStep(trial: FrozenTrial): number | undefined {
  let last: number | undefined;
  for (const step of trial.intermediateValues.keys()) {
    if (last === undefined || step > last) last = step;
  }
  return last;
}

/**
 * The objective's value; null if there is none. Throws MultiObjectiveError for a trial of several
 * objectives.
 */
export function trialValue({ values }: FrozenTrial): number | null {
  if (values === null) return null;
  if (values.length > 1) throw new MultiObjectiveError('trialValue', 'use trial.values');
  return values[0]!;
}

/** Seconds from the trial's start to its end; null if either is missing. */
export function trialDuration({ datetimeStart, datetimeComplete }: FrozenTrial): number | null {
  if (datetimeStart === null || datetimeComplete === null) return null;
  return (datetimeComplete.getTime() - datetimeStart.getTime()) / 1000;
}

/**
 * By how much a trial breaks its constraints: the sum of those above 0; 0 without any. Read from
 * `constraints:<key>` and from the list `constraints` of older versions.
 */
export function violation(trial: FrozenTrial): number {
  let total = 0;
  for (const value of Object.values(constraintsOf(trial.systemAttrs))) total += Math.max(value, 0);
  return total;
}

/** A trial's constraints by key; those of the old list have the keys '0', '1', ... */
export function constraintsOf(systemAttrs: Attrs): Record<string, number> {
  const list = systemAttrs['constraints'];
  const constraints: [string, number][] = Array.isArray(list)
    ? list.map((value, i) => [`${i}`, value])
    : [];
  // The values of others may be made when they are read.
  for (const key of Object.keys(systemAttrs)) {
    if (key.startsWith(constraintPrefix)) {
      constraints.push([key.slice(constraintPrefix.length), systemAttrs[key] as number]);
    }
  }
  return Object.fromEntries(constraints);
}

export const constraintPrefix = 'constraints:';

/** Options of createTrial. */
export interface CreateTrialOptions {
  /** 'complete' if left out. */
  state?: TrialState;
  /** The objective's value, or one value an objective. Needed for complete trials only. */
  values?: number | readonly number[] | null;
  /** Values by name, each inside its distribution. Default none. */
  params?: Readonly<Record<string, ParamValue>>;
  /** The distributions of `params`, one for each. */
  distributions?: Readonly<Record<string, Distribution>>;
  /** Reports: numbers, NaN and infinities too, at steps that are integers from 0. Default none. */
  intermediateValues?: Iterable<readonly [step: number, value: number]>;
  /** What JSON can hold, by key. Default none. */
  userAttrs?: Attrs;
  /** Notes of samplers and pruners. Default none. */
  systemAttrs?: Attrs;
  /** Constraints by key; the trial is feasible if all of them are 0 or less. */
  constraints?: Readonly<Record<string, number>>;
  /** Now if left out; null if nobody has asked for the trial yet. */
  datetimeStart?: Date | null;
  /** Now if left out and the trial is finished. */
  datetimeComplete?: Date | null;
}

const templateNames = [
  'state',
  'values',
  'params',
  'distributions',
  'intermediateValues',
  'userAttrs',
  'systemAttrs',
  'constraints',
  'datetimeStart',
  'datetimeComplete',
];

/**
 * A trial made elsewhere, for `study.addTrial`. Throws InvalidArgumentError if it contradicts
 * itself: a complete trial without values, a failed one with, a parameter outside its distribution.
 */
export function createTrial(options: CreateTrialOptions): TrialTemplate {
  checkOptionNames('createTrial', options, templateNames);
  const { state = 'complete', values = null, params = {}, distributions = {} } = options;
  const now = new Date();
  const systemAttrs = { ...options.systemAttrs };
  for (const [key, value] of Object.entries(options.constraints ?? {})) {
    checkConstraint(key, value);
    systemAttrs[constraintPrefix + key] = value;
  }
  const template: TrialTemplate = {
    state,
    values: typeof values === 'number' ? [values] : values,
    params,
    distributions,
    intermediateValues: new Map(pairsOf(options.intermediateValues ?? [])),
    userAttrs: options.userAttrs ?? {},
    systemAttrs,
    datetimeStart: chosen(options.datetimeStart, state === 'waiting' ? null : now),
    datetimeComplete: chosen(options.datetimeComplete, isFinished(state) ? now : null),
  };
  checkTemplate(template);
  return template;
}

function pairsOf(reports: Iterable<readonly [number, number]>) {
  if (typeof (reports as Partial<typeof reports>)[Symbol.iterator] !== 'function') {
    throw invalidArgument('intermediateValues', 'pairs of a step and a value', reports);
  }
  return reports;
}

function chosen<T>(given: T | undefined, otherwise: T): T {
  return given === undefined ? otherwise : given;
}

const firstTime = new Date('0001-01-01T00:00:00.000Z');
const lastTime = new Date('9999-12-31T23:59:59.999Z');

/** Throws InvalidArgumentError unless the trial is consistent. */
export function checkTemplate(trial: TrialTemplate): void {
  checkFields(trial);
  if (!trialStates.includes(trial.state)) {
    throw invalidArgument('state', `one of ${trialStates.join(', ')}`, trial.state);
  }
  checkValuesOfState(trial);
  checkParams(trial);
  for (const [step, value] of trial.intermediateValues) checkReport(value, step);
  const { state, datetimeStart, datetimeComplete } = trial;
  for (const [name, datetime] of Object.entries({ datetimeStart, datetimeComplete })) {
    if (datetime === null) continue;
    // The years that Python's datetime has.
    if (!(datetime instanceof Date && datetime >= firstTime && datetime <= lastTime)) {
      const shown = datetime instanceof Date ? datetime.getTime() : datetime;
      throw invalidArgument(name, 'a valid Date of the years 1 to 9999, or null', shown);
    }
  }
  if (state !== 'waiting' && datetimeStart === null) {
    throw new InvalidArgumentError(`datetimeStart must be set for a ${state} trial`);
  }
  if (isFinished(state) !== (datetimeComplete !== null)) {
    throw new InvalidArgumentError(
      `datetimeComplete must be ${isFinished(state) ? 'set' : 'null'} for a ${state} trial`,
    );
  }
}

function checkFields(trial: TrialTemplate): void {
  if (!isObject(trial)) throw invalidArgument('trial', 'what createTrial makes', trial);
  for (const name of ['params', 'distributions', 'userAttrs', 'systemAttrs'] as const) {
    if (!isObject(trial[name])) throw invalidArgument(name, 'an object', trial[name]);
  }
  if (!(trial.intermediateValues instanceof Map)) {
    throw invalidArgument('intermediateValues', 'a Map', trial.intermediateValues);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkValuesOfState({ state, values }: TrialTemplate): void {
  if (values !== null) {
    const acceptable = Array.isArray(values) && values.length > 0 && values.every(isObjectiveValue);
    if (!acceptable) throw invalidArgument('values', 'numbers that are not NaN', values);
  }
  if (state === 'complete' && values === null) {
    throw new InvalidArgumentError('values must be set for a complete trial');
  }
  if (state === 'fail' && values !== null) {
    throw new InvalidArgumentError(`values must be null for a failed trial, not ${show(values)}`);
  }
}

function checkParams({ params, distributions }: TrialTemplate): void {
  const names = Object.keys(params);
  if (names.length !== Object.keys(distributions).length) {
    throw new InvalidArgumentError(
      `distributions must name the same parameters as params: ${show(Object.keys(distributions))} and ${show(names)}`,
    );
  }
  for (const name of names) {
    const distribution = Object.hasOwn(distributions, name) ? distributions[name] : undefined;
    if (distribution === undefined) {
      throw new InvalidArgumentError(`distributions must have '${name}', which is in params`);
    }
    if (!contains(distribution, toInternal(distribution, params[name], `params['${name}']`))) {
      throw new InvalidArgumentError(
        `params['${name}'] must lie in its distribution, not be ${show(params[name])}`,
      );
    }
  }
}

export function isObjectiveValue(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

/** Throws InvalidArgumentError unless `value` can be that of a constraint. */
export function checkConstraint(key: unknown, value: unknown): void {
  if (typeof key !== 'string') throw invalidArgument('key', 'a string', key);
  if (!isObjectiveValue(value)) throw invalidArgument('value', 'a number', value);
}

/** Throws InvalidArgumentError unless (value, step) can be reported; any number can, NaN too. */
export function checkReport(value: unknown, step: unknown): void {
  if (typeof value !== 'number') throw invalidArgument('value', 'a number', value);
  if (!(Number.isSafeInteger(step) && (step as number) >= 0)) {
    throw invalidInteger('step', 'an integer from 0', step);
  }
}
