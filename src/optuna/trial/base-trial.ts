import type {
  Choice,
  Distribution,
  FloatOptions,
  IntOptions,
  ParamValue,
} from '../distributions/distributions.js';
import type { Attrs } from './frozen-trial.js';

/** What an objective may use of a trial, be it a Trial of a study or a FixedTrial. */
export interface BaseTrial {
  /** 0, 1, 2, ... within the study; what a FixedTrial was given. */
  readonly number: number;
  /** The parameters suggested so far. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** The distribution of every parameter suggested so far. */
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** What setUserAttr noted. */
  readonly userAttrs: Attrs;
  /** Notes of samplers and pruners. */
  readonly systemAttrs: Attrs;
  /** The constraints set so far, by key. */
  readonly constraints: Readonly<Record<string, number>>;
  /** When the trial began to run; null if it has not. */
  readonly datetimeStart: Date | null;
  /**
   * A number in [low, high], both included. The same name gives the same value again. Throws
   * InvalidArgumentError for a range or options that floatDistribution refuses, and
   * IncompatibleDistributionError if the study knows the name otherwise.
   */
  suggestFloat(name: string, low: number, high: number, options?: FloatOptions): number;
  /** An integer in low..high, both included. Otherwise as suggestFloat. */
  suggestInt(name: string, low: number, high: number, options?: IntOptions): number;
  /** One of the choices. Otherwise as suggestFloat. */
  suggestCategorical<const T extends Choice>(name: string, choices: readonly T[]): T;
  /** A value of the distribution, as the methods above; a choice is given as itself. */
  suggest(name: string, distribution: Distribution): ParamValue;
  /**
   * Tells an intermediate value, NaN and infinities too, at a step, an integer from 0. A second
   * report of a step is ignored, with a warning. Rejects with InvalidArgumentError, and
   * MultiObjectiveError in a study of several objectives.
   */
  report(value: number, step: number): Promise<void>;
  /**
   * Whether the pruner would end the trial, by what was reported; false for a FixedTrial. Rejects
   * with MultiObjectiveError in a study of several objectives.
   */
  shouldPrune(): Promise<boolean>;
  /**
   * Notes something about the trial; `value` is anything that JSON can hold. Rejects with
   * InvalidArgumentError.
   */
  setUserAttr(key: string, value: unknown): Promise<void>;
  /**
   * Sets a constraint: the trial is feasible if all of them are 0 or less. A second value of a key
   * is ignored, with a warning. Rejects with InvalidArgumentError for NaN and what is no number.
   */
  setConstraint(key: string, value: number): Promise<void>;
}
