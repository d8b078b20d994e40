import { InvalidArgumentError, invalidArgument, invalidInteger, show } from '../../errors.js';
import {
  type Choice,
  categoricalDistribution,
  checkCompatible,
  contains,
  type Distribution,
  type FloatOptions,
  floatDistribution,
  type IntOptions,
  intDistribution,
  type ParamValue,
  toInternal,
} from '../distributions/distributions.js';
import { type Json, toJson } from '../python-json.js';
import { warn } from '../warn.js';
import type { BaseTrial } from './base-trial.js';
import {
  type Attrs,
  checkConstraint,
  constraintPrefix,
  constraintsOf,
  type FrozenTrial,
} from './frozen-trial.js';

/**
 * A trial without a study that suggests given parameters: to call an objective once more, for
 * example with those of the best trial. Reports are ignored, and it is never pruned.
 */
export class FixedTrial implements BaseTrial {
  readonly number: number;
  readonly datetimeStart: Date | null;
  readonly #given: ReadonlyMap<string, ParamValue>;
  /** Those that a name must be compatible with. */
  readonly #known: Map<string, Distribution>;
  readonly #suggested = new Map<string, Distribution>();
  readonly #userAttrs: Map<string, Json>;
  readonly #systemAttrs: Map<string, Json>;

  /** Throws InvalidArgumentError for parameters that are no object or a number below 0. */
  constructor(params: Readonly<Record<string, ParamValue>>, number = 0) {
    if (typeof params !== 'object' || params === null) {
      throw invalidArgument('params', 'an object of values by name', params);
    }
    if (!(Number.isSafeInteger(number) && number >= 0)) {
      throw invalidInteger('number', 'an integer from 0', number);
    }
    this.number = number;
    this.datetimeStart = new Date();
    this.#given = new Map(Object.entries(params));
    this.#known = new Map();
    this.#userAttrs = new Map();
    this.#systemAttrs = new Map();
  }

  /** With the parameters, distributions, attributes and number of a trial of a study. */
  static from({ params, number, distributions, userAttrs, systemAttrs }: FrozenTrial): FixedTrial {
    const trial = new FixedTrial(params, number);
    for (const [name, known] of Object.entries(distributions)) trial.#known.set(name, known);
    for (const [key, value] of Object.entries(userAttrs)) trial.#userAttrs.set(key, value);
    for (const [key, value] of Object.entries(systemAttrs)) trial.#systemAttrs.set(key, value);
    return trial;
  }

  /** The parameters suggested so far. */
  get params(): Readonly<Record<string, ParamValue>> {
    const names = [...this.#suggested.keys()];
    return Object.fromEntries(names.map((name) => [name, this.#given.get(name)!]));
  }

  get distributions(): Readonly<Record<string, Distribution>> {
    return Object.fromEntries(this.#suggested);
  }

  get userAttrs(): Attrs {
    return Object.fromEntries(this.#userAttrs);
  }

  get systemAttrs(): Attrs {
    return Object.fromEntries(this.#systemAttrs);
  }

  get constraints(): Readonly<Record<string, number>> {
    return constraintsOf(this.systemAttrs);
  }

  /**
   * The value given for `name`; a warning tells if it is out of range. Throws InvalidArgumentError if
   * there is none, or one of another kind, and IncompatibleDistributionError.
   */
  suggestFloat(name: string, low: number, high: number, options?: FloatOptions): number {
    return this.suggest(name, floatDistribution(low, high, options)) as number;
  }

  /** As suggestFloat; the fraction of what is no integer is cut off. */
  suggestInt(name: string, low: number, high: number, options?: IntOptions): number {
    return Math.trunc(this.suggest(name, intDistribution(low, high, options)) as number);
  }

  /** As suggestFloat. */
  suggestCategorical<const T extends Choice>(name: string, choices: readonly T[]): T {
    return this.suggest(name, categoricalDistribution(choices)) as T;
  }

  /** As suggestFloat. */
  suggest(name: string, distribution: Distribution): ParamValue {
    const value = this.#given.get(name);
    if (value === undefined) {
      throw new InvalidArgumentError(
        `the trial's params must have '${name}'; they have ${show([...this.#given.keys()])}`,
      );
    }
    const known = this.#known.get(name);
    if (known) checkCompatible(name, known, distribution);
    if (!contains(distribution, toInternal(distribution, value, name))) {
      warn(`the given ${show(value)} of '${name}' is outside of the suggested range`);
    }
    this.#known.set(name, distribution);
    this.#suggested.set(name, distribution);
    return value;
  }

  /** Does nothing. */
  async report(_value: number, _step: number): Promise<void> {}

  /** Never. */
  async shouldPrune(): Promise<boolean> {
    return false;
  }

  /** Notes something; `value` is anything that JSON can hold. */
  async setUserAttr(key: string, value: unknown): Promise<void> {
    if (typeof key !== 'string') throw invalidArgument('key', 'a string', key);
    this.#userAttrs.set(key, toJson('value', value));
  }

  /** As Trial.setConstraint. */
  async setConstraint(key: string, value: number): Promise<void> {
    checkConstraint(key, value);
    if (this.#systemAttrs.has(constraintPrefix + key)) {
      warn(`the trial has constraint '${key}' already; the second value is ignored`);
      return;
    }
    this.#systemAttrs.set(constraintPrefix + key, value);
  }
}
