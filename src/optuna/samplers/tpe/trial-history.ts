// What a TPE sampler remembers of the trials in view: which of them it has observed, and which are the
// good ones, kept up to date trial by trial.

import { toLosses } from '../../study/pareto.js';
import {
  type Direction,
  type FrozenTrial,
  isFinished,
  violation,
} from '../../trial/frozen-trial.js';
import { Fronts, type Ranked } from './fronts.js';
import { prunedKey } from './pruned-key.js';

/** A trial that is or was observed. */
export interface Observation {
  /** 0, 1, 2, ... in the order in which they were first observed. */
  readonly index: number;
  readonly number: number;
  trial: FrozenTrial;
  /** 'gone': failed, after it was seen running. */
  kind: 'running' | 'complete' | 'pruned' | 'infeasible' | 'gone';
  /** Whether it is one of the good ones. */
  below: boolean;
  /** What the trial is ranked by among those of its kind, and then by its number. */
  key: readonly [number, number];
}

interface RankedObservation extends Ranked {
  observation: Observation;
}

/** How many trials are good, of `n` that are complete or pruned. */
export type GammaFunction = (n: number) => number;

/** Observations of one kind, the best first. */
class Ranking {
  readonly sorted: Observation[] = [];

  add(observation: Observation): void {
    const { sorted } = this;
    let from = 0;
    let to = sorted.length;
    while (from < to) {
      const half = (from + to) >>> 1;
      if (isBefore(sorted[half]!, observation)) from = half + 1;
      else to = half;
    }
    sorted.splice(from, 0, observation);
  }
}

function isBefore(a: Observation, b: Observation): boolean {
  if (a.key[0] !== b.key[0]) return a.key[0] < b.key[0];
  if (a.key[1] !== b.key[1]) return a.key[1] < b.key[1];
  return a.number < b.number;
}

/** The observations of one set of trials. */
export class TrialHistory {
  readonly #directions: readonly Direction[];
  readonly #gamma: GammaFunction;
  /** Whether running trials are observed. */
  readonly #withRunning: boolean;

  /** Changes when all that was remembered is void. */
  generation = 0;
  /** In the order in which they were first observed. */
  observations: Observation[] = [];
  /** Every observation that appeared or changed, in order; some more than once. */
  changes: Observation[] = [];
  readonly running = new Set<Observation>();
  nFinished = 0;

  #complete = new Ranking();
  /** Complete ones, if there are several objectives. */
  #fronts = new Fronts<RankedObservation>();
  #pruned = new Ranking();
  #infeasible = new Ranking();
  #below: Observation[] = [];
  /** The first trials of the list, all of which have finished and are done with. */
  #done: FrozenTrial[] = [];
  /** What was made of later ones, by number; undefined for those that do not count. */
  #open = new Map<number, { trial: FrozenTrial; observation: Observation | undefined }>();

  constructor(directions: readonly Direction[], gamma: GammaFunction, withRunning: boolean) {
    this.#directions = directions;
    this.#gamma = gamma;
    this.#withRunning = withRunning;
  }

  /**
   * Brings all up to date with `trials`, in the order of their numbers. With `thorough` the whole list is
   * compared with what is remembered; otherwise trials are trusted to have been added and finished only.
   */
  sync(trials: readonly FrozenTrial[], thorough: boolean): void {
    if (!this.#agrees(trials, thorough)) this.#forget();
    const nFinished = this.nFinished;
    for (let i = this.#done.length; i < trials.length; i += 1) this.#look(trials[i]!);
    while (this.#done.length < trials.length) {
      const trial = trials[this.#done.length]!;
      if (!isFinished(trial.state)) break;
      this.#open.delete(trial.number);
      this.#done.push(trial);
    }
    if (this.nFinished !== nFinished) this.#split();
  }

  #agrees(trials: readonly FrozenTrial[], thorough: boolean): boolean {
    const n = this.#done.length;
    if (trials.length < n || (n > 0 && trials[n - 1] !== this.#done[n - 1])) return false;
    if (thorough && this.#done.some((trial, i) => trials[i] !== trial)) return false;
    let known = 0;
    for (let i = n; i < trials.length; i += 1) {
      const trial = trials[i]!;
      const before = this.#open.get(trial.number);
      if (before === undefined) continue;
      known += 1;
      if (isFinished(before.trial.state) && before.trial !== trial) return false;
    }
    return known === this.#open.size;
  }

  #forget(): void {
    this.generation += 1;
    this.observations = [];
    this.changes = [];
    this.running.clear();
    this.nFinished = 0;
    this.#complete = new Ranking();
    this.#fronts = new Fronts();
    this.#pruned = new Ranking();
    this.#infeasible = new Ranking();
    this.#below = [];
    this.#done = [];
    this.#open.clear();
  }

  #look(trial: FrozenTrial): void {
    const known = this.#open.get(trial.number);
    if (known?.trial === trial) return;
    let observation = known?.observation;
    switch (trial.state) {
      case 'waiting':
        return;
      case 'running':
        if (!this.#withRunning) return;
        observation = this.#observe(observation, trial, 'running', [0, 0]);
        this.running.add(observation);
        break;
      case 'fail':
        if (observation) this.#observe(observation, trial, 'gone', [0, 0]);
        break;
      default:
        observation = this.#finish(observation, trial);
    }
    this.#open.set(trial.number, { trial, observation });
  }

  #observe(
    known: Observation | undefined,
    trial: FrozenTrial,
    kind: Observation['kind'],
    key: Observation['key'],
  ): Observation {
    const { number } = trial;
    const observation = known ?? {
      index: this.observations.length,
      number,
      trial,
      kind,
      below: false,
      key,
    };
    if (known) {
      known.trial = trial;
      known.kind = kind;
      known.key = key;
      this.running.delete(known);
    } else {
      this.observations.push(observation);
    }
    this.changes.push(observation);
    return observation;
  }

  #finish(known: Observation | undefined, trial: FrozenTrial): Observation {
    this.nFinished += 1;
    const violated = violation(trial);
    if (violated > 0) {
      const observation = this.#observe(known, trial, 'infeasible', [violated, 0]);
      this.#infeasible.add(observation);
      return observation;
    }
    if (trial.state === 'pruned') {
      const key = prunedKey(trial, this.#directions[0]!);
      const observation = this.#observe(known, trial, 'pruned', key);
      this.#pruned.add(observation);
      return observation;
    }
    const losses = toLosses(trial.values!, this.#directions);
    const single = losses.length === 1;
    // With several objectives the order is that of the numbers.
    const observation = this.#observe(known, trial, 'complete', [single ? losses[0]! : 0, 0]);
    this.#complete.add(observation);
    if (!single) this.#fronts.add({ losses, number: trial.number, observation });
    return observation;
  }

  /** Good are complete trials before pruned ones before infeasible ones. */
  #split(): void {
    const nBelow = this.#gamma(this.nFinished);
    const good = this.#bestComplete(nBelow);
    good.push(...this.#pruned.sorted.slice(0, nBelow - good.length));
    good.push(...this.#infeasible.sorted.slice(0, nBelow - good.length));
    const isGood = new Set(good);
    for (const observation of this.#below) {
      if (isGood.has(observation)) continue;
      observation.below = false;
      this.changes.push(observation);
    }
    for (const observation of good) {
      if (observation.below) continue;
      observation.below = true;
      this.changes.push(observation);
    }
    this.#below = good;
  }

  #bestComplete(nBelow: number): Observation[] {
    const { sorted } = this.#complete;
    if (this.#directions.length === 1 || nBelow === 0 || nBelow >= sorted.length) {
      return sorted.slice(0, nBelow);
    }
    return this.#fronts.best(nBelow).map(({ observation }) => observation);
  }
}
