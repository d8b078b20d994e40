import {
  checkCompatible,
  type Distribution,
  growsFrom,
  sameDistribution,
  toExternal,
} from '../distributions/distributions.js';
import { UpdateFinishedTrialError } from '../errors.js';
import type { Json } from '../python-json.js';
import {
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
} from '../trial/frozen-trial.js';
import { jsonOf, type LazyJson } from './storage.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A trial that has not finished: suggestions, reports and attributes are added to it in place. */
interface OpenTrial extends Mutable<FrozenTrial> {
  params: Record<string, FrozenTrial['params'][string]>;
  distributions: Record<string, Distribution>;
  intermediateValues: Map<number, number>;
  userAttrs: Record<string, Json>;
  systemAttrs: Record<string, Json>;
}

const noReports = new Map<number, number>();
const noAttrs: Record<string, Json> = Object.freeze({});

/**
 * The trials of one study as this process knows them; the part that all storages share. Throws
 * before it changes anything: UpdateFinishedTrialError, IncompatibleDistributionError. That choices
 * grow is not its concern: a study refuses it unless told otherwise.
 *
 * While a trial has not finished, suggestions, reports and attributes change its object in place.
 * When its state changes, another object takes its place, and a finished one is frozen. So a list of
 * trials that is kept for later still tells which of them were finished.
 */
export class TrialTable {
  /** Position = trial number. */
  readonly trials: FrozenTrial[] = [];
  /** The first distribution of each name; of choices that have grown the last. */
  readonly #distributions = new Map<string, Distribution>();
  /** Those of the trial that finished last, which the next one shares if its are the same. */
  #finished = { distributions: {} as Record<string, Distribution>, names: [] as string[] };

  /** The distribution of the first parameter of that name; if its choices have grown, the last. */
  distribution(name: string): Distribution | undefined {
    return this.#distributions.get(name);
  }

  /** Unlearns a name: its first parameter was not stored after all. */
  forget(name: string): void {
    this.#distributions.delete(name);
  }

  /** Throws IncompatibleDistributionError if one of them cannot be a parameter of this study. */
  check(distributions: Readonly<Record<string, Distribution>>): void {
    for (const [name, distribution] of Object.entries(distributions)) {
      const known = this.#distributions.get(name);
      if (known) checkCompatible(name, known, distribution, true);
    }
  }

  /** Appends a trial, a copy of `template`, and returns it. */
  add(id: number, template: TrialTemplate): FrozenTrial {
    this.check(template.distributions);
    return this.replace({ ...template, id, number: this.trials.length });
  }

  /** Appends a trial that starts now, and returns it. */
  start(id: number): FrozenTrial {
    const number = this.trials.length;
    return this.#put({ id, number, ...runningTrial() });
  }

  /** Puts a copy of `trial` in the place of its number, which exists or is the next one. */
  replace(trial: FrozenTrial): FrozenTrial {
    const distributions: Record<string, Distribution> = {};
    for (const [name, distribution] of Object.entries(trial.distributions)) {
      setOwn(distributions, name, this.#learn(name, distribution));
    }
    const open: OpenTrial = {
      id: trial.id,
      number: trial.number,
      state: trial.state,
      values: trial.values,
      params: { ...trial.params },
      distributions,
      intermediateValues: new Map(trial.intermediateValues),
      userAttrs: { ...trial.userAttrs },
      systemAttrs: { ...trial.systemAttrs },
      datetimeStart: trial.datetimeStart,
      datetimeComplete: trial.datetimeComplete,
    };
    return this.#put(open);
  }

  /**
   * Sets a parameter of an unfinished trial; `internal` is the number, or the index of the choice.
   */
  setParam(number: number, name: string, internal: number, distribution: Distribution): void {
    const trial = this.#open(number);
    const known = this.#distributions.get(name);
    if (known && known !== distribution) checkCompatible(name, known, distribution, true);
    setOwn(trial.params, name, toExternal(distribution, internal));
    setOwn(trial.distributions, name, this.#learn(name, distribution));
  }

  /**
   * Returns false, and changes nothing, if the trial is to run but does not wait. `now` becomes the
   * time of its start or end.
   */
  setState(
    number: number,
    state: TrialState,
    values: readonly number[] | null | undefined,
    now: Date = new Date(),
  ): boolean {
    const trial = this.#open(number);
    if (state === 'running' && trial.state !== 'waiting') return false;
    this.#put({
      ...trial,
      state,
      values: values ? [...values] : trial.values,
      datetimeStart: state === 'running' ? now : trial.datetimeStart,
      datetimeComplete: isFinished(state) ? now : trial.datetimeComplete,
    });
    return true;
  }

  /** Notes a report of an unfinished trial, over one of the same step. */
  setIntermediateValue(number: number, step: number, value: number): void {
    const trial = this.#open(number);
    if (trial.intermediateValues === noReports) trial.intermediateValues = new Map();
    trial.intermediateValues.set(step, value);
  }

  /** Sets an attribute of an unfinished trial, over one of the same key. */
  setUserAttr(number: number, key: string, value: Json): void {
    const trial = this.#open(number);
    if (trial.userAttrs === noAttrs) trial.userAttrs = {};
    setOwn(trial.userAttrs, key, value);
  }

  /** Sets an attribute of an unfinished trial, over one of the same key. */
  setSystemAttr(number: number, key: string, value: LazyJson): void {
    const trial = this.#open(number);
    if (trial.systemAttrs === noAttrs) trial.systemAttrs = {};
    if (typeof value === 'function') setLazily(trial.systemAttrs, key, value);
    else define(trial.systemAttrs, key, value);
  }

  #put(trial: OpenTrial): FrozenTrial {
    if (trial.intermediateValues.size === 0) trial.intermediateValues = noReports;
    trial.userAttrs = orNone(trial.userAttrs);
    trial.systemAttrs = orNone(trial.systemAttrs);
    if (isFinished(trial.state)) {
      trial.distributions = this.#shared(trial.distributions);
      freeze(trial);
    }
    this.trials[trial.number] = trial;
    return trial;
  }

  #shared(own: Record<string, Distribution>): Record<string, Distribution> {
    const names = Object.keys(own);
    const { distributions, names: known } = this.#finished;
    const isSame =
      names.length === known.length &&
      names.every((name, i) => name === known[i] && own[name] === distributions[name]);
    if (!isSame) this.#finished = { distributions: own, names };
    return this.#finished.distributions;
  }

  #open(number: number): OpenTrial {
    const trial = this.trials[number]!;
    if (isFinished(trial.state)) throw new UpdateFinishedTrialError(number, trial.state);
    return trial as OpenTrial;
  }

  /** The one object for all equal distributions of the name that followed each other. */
  #learn(name: string, distribution: Distribution): Distribution {
    const known = this.#distributions.get(name);
    if (known === undefined || growsFrom(known, distribution)) {
      this.#distributions.set(name, distribution);
    }
    return known && sameDistribution(known, distribution) ? known : distribution;
  }
}

/** `record[key] = value`, for any key: that of a prototype is a name like others. */
function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') record[key] = value;
  else define(record, key, value);
}

function define<T>(record: Record<string, T>, key: string, value: T): void {
  const descriptor = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(record, key, descriptor);
}

/** As setOwn; the value is made when it is first read. */
function setLazily(record: Record<string, Json>, key: string, make: () => Json): void {
  let value: LazyJson = make;
  const get = () => {
    value = jsonOf(value);
    return value;
  };
  Object.defineProperty(record, key, { get, enumerable: true, configurable: true });
}

/** Trials without attributes share one empty object: there may be many of them. */
function orNone(attrs: Record<string, Json>): Record<string, Json> {
  for (const _ in attrs) return attrs;
  return noAttrs;
}

function freeze(trial: FrozenTrial): FrozenTrial {
  const { values, params, distributions, userAttrs, systemAttrs } = trial;
  for (const part of [values, params, distributions, userAttrs, systemAttrs]) Object.freeze(part);
  return Object.freeze(trial);
}

/** A trial that does not change any more: itself if it has finished, otherwise a copy. */
export function snapshotOf(trial: FrozenTrial): FrozenTrial {
  if (isFinished(trial.state)) return trial;
  return freeze({
    ...trial,
    params: { ...trial.params },
    distributions: { ...trial.distributions },
    intermediateValues: new Map(trial.intermediateValues),
    userAttrs: { ...trial.userAttrs },
    systemAttrs: { ...trial.systemAttrs },
  });
}

/** A trial that starts now. */
export function runningTrial(now: Date = new Date()): Omit<OpenTrial, 'id' | 'number'> {
  return {
    state: 'running',
    values: null,
    params: {},
    distributions: {},
    intermediateValues: noReports,
    userAttrs: noAttrs,
    systemAttrs: noAttrs,
    datetimeStart: now,
    datetimeComplete: null,
  };
}
