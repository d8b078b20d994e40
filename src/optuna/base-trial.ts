import type {
  Choice,
  Distribution,
  FloatOptions,
  IntOptions,
  ParamValue,
} from './distributions.js';
import type { Attrs } from './frozen-trial.js';

/** What an objective may use of a trial, be it a Trial of a study or a FixedTrial. */
export interface BaseTrial {
  readonly number: number;
  /** The parameters suggested so far. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly distributions: Readonly<Record<string, Distribution>>;
  readonly userAttrs: Attrs;
  readonly systemAttrs: Attrs;
  /** The constraints set so far, by key. */
  readonly constraints: Readonly<Record<string, number>>;
  readonly datetimeStart: Date | null;
  suggestFloat(name: string, low: number, high: number, options?: FloatOptions): number;
  suggestInt(name: string, low: number, high: number, options?: IntOptions): number;
  suggestCategorical<const T extends Choice>(name: string, choices: readonly T[]): T;
  suggest(name: string, distribution: Distribution): ParamValue;
  report(value: number, step: number): Promise<void>;
  shouldPrune(): Promise<boolean>;
  setUserAttr(key: string, value: unknown): Promise<void>;
  setConstraint(key: string, value: number): Promise<void>;
}
