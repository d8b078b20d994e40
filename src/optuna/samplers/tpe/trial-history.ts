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
import { Ranking } from './ranking.js';

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

  #complete = new Ranking<Observation>();
  /** Complete ones, if there are several objectives. */
  #fronts = new Fronts<RankedObservation>();
  #pruned = new Ranking<Observation>();
  #infeasible = new Ranking<Observation>();
  #below: Observation[] = [];
  /** What was looked at last. Of the same list, trials that had finished are trusted to be the same. */
  #list: readonly FrozenTrial[] = [];
  /** By position: the trials as they were when they were last looked at. */
  #seen: FrozenTrial[] = [];
  /** The positions of those that had not finished, and what was made of them. */
  readonly #open = new Map<number, Observation | undefined>();
  /** How many had finished when they were last split. */
  #splitAt = 0;

  constructor(directions: readonly Direction[], gamma: GammaFunction, withRunning: boolean) {
    this.#directions = directions;
    this.#gamma = gamma;
    this.#withRunning = withRunning;
  }

  /** How many trials have been looked at. */
  get nSeen(): number {
    return this.#seen.length;
  }

  /** What a split that is due will cost, roughly. */
  get nanosecondsOfSplit(): number {
    const isDue = this.#directions.length > 1 && this.nFinished !== this.#splitAt;
    return isDue ? this.#fronts.cost(this.#gamma(this.nFinished)) : 0;
  }

  /**
   * Does what is dear of a split that is due on a thread. Resolves to whether there was any; other trials
   * may have finished meanwhile.
   */
  async prepareSplit(): Promise<boolean> {
    if (this.nanosecondsOfSplit === 0) return false;
    await this.#fronts.bestLater(this.#gamma(this.nFinished));
    return true;
  }

  /**
   * Brings all up to date with `trials`, in the order of their numbers. With `thorough` the whole list is
   * compared with what is remembered, if it is another list than before; otherwise trials are trusted to
   * have been added and finished only.
   */
  sync(trials: readonly FrozenTrial[], thorough: boolean): void {
    this.look(trials, thorough);
    if (this.nFinished === this.#splitAt) return;
    this.#split();
    this.#splitAt = this.nFinished;
  }

  /**
   * The first part of sync: looks at new trials, at `most` of them. Returns whether none are left. Good
   * and bad ones are as before.
   */
  look(
    trials: readonly FrozenTrial[],
    thorough: boolean,
    most = Number.POSITIVE_INFINITY,
  ): boolean {
    if (!this.#agrees(trials, thorough && trials !== this.#list)) this.#forget();
    this.#list = trials;
    for (const [position, observation] of this.#open) {
      const trial = trials[position]!;
      if (trial !== this.#seen[position]) this.#look(position, trial, observation);
    }
    const end = Math.min(trials.length, this.#seen.length + most);
    for (let i = this.#seen.length; i < end; i += 1) this.#look(i, trials[i]!, undefined);
    if (end === trials.length) return true;
    // So that not all are put in order at once in the end.
    if (this.#directions.length === 1) this.#complete.best(this.#gamma(this.nFinished));
    else this.#fronts.join();
    return false;
  }

  #agrees(trials: readonly FrozenTrial[], thorough: boolean): boolean {
    const seen = this.#seen;
    const last = seen.length - 1;
    if (trials.length <= last) return false;
    for (const position of this.#open.keys()) {
      if (trials[position]!.number !== seen[position]!.number) return false;
    }
    const isSame = (position: number) =>
      trials[position] === seen[position] || this.#open.has(position);
    return thorough ? seen.every((_, position) => isSame(position)) : last < 0 || isSame(last);
  }

  #forget(): void {
    this.generation += 1;
    this.observations = [];
    this.changes = [];
    this.running.clear();
    this.nFinished = 0;
    this.#complete = new Ranking<Observation>();
    this.#fronts = new Fronts();
    this.#pruned = new Ranking<Observation>();
    this.#infeasible = new Ranking<Observation>();
    this.#below = [];
    this.#seen = [];
    this.#open.clear();
    this.#splitAt = 0;
  }

  #look(position: number, trial: FrozenTrial, known: Observation | undefined): void {
    this.#seen[position] = trial;
    const observation = this.#observed(trial, known);
    if (isFinished(trial.state)) this.#open.delete(position);
    else this.#open.set(position, observation);
  }

  /** What is made of the trial; undefined if it does not count. */
  #observed(trial: FrozenTrial, known: Observation | undefined): Observation | undefined {
    switch (trial.state) {
      case 'waiting':
        return known;
      case 'running': {
        if (!this.#withRunning) return known;
        const observation = this.#observe(known, trial, 'running', [0, 0]);
        this.running.add(observation);
        return observation;
      }
      case 'fail':
        return known && this.#observe(known, trial, 'gone', [0, 0]);
      default:
        return this.#finish(known, trial);
    }
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
    good.push(...this.#pruned.best(nBelow - good.length));
    good.push(...this.#infeasible.best(nBelow - good.length));
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
    const complete = this.#complete;
    if (this.#directions.length === 1 || nBelow === 0 || nBelow >= complete.size) {
      return complete.best(nBelow);
    }
    return this.#fronts.best(nBelow).map(({ observation }) => observation);
  }
}
