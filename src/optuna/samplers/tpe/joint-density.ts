// The two densities over one set of parameters, kept in step with a TrialHistory.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RandomState } from '../../../numpy/random-state.js';
import {
  above,
  below,
  knownWeights,
  type MixtureWeights,
  nowhere,
  ParzenHistory,
  type ParzenHistoryOptions,
} from '../../../parzen/history.js';
import {
  type Distribution,
  type ParamValue,
  type SearchSpace,
  sameDistribution,
  toExternal,
  toInternal,
} from '../../distributions/distributions.js';
import { type FrozenTrial, isFinished } from '../../trial/frozen-trial.js';
import type { Observation, TrialHistory } from './trial-history.js';
import type { WeightsMemory } from './weights.js';

/** So many values are taken over before the event loop has its turn: in about 1 ms, or 5 at first. */
const valuesATurn = 5000;

export type Params = Readonly<Record<string, ParamValue>>;

/** How a draw is made. */
export interface Draw {
  rng: RandomState;
  nCandidates: number;
  /** The weights of good trials, and of the others. */
  good: WeightsMemory;
  bad: WeightsMemory;
}

/** Log-densities of candidates. */
export interface Densities {
  good: Float64Array;
  bad: Float64Array;
}
/** Candidates are internal values by name. */
export type Evaluate = (candidates: ReadonlyMap<string, Float64Array>) => Densities;

export class JointDensity {
  readonly #space: SearchSpace;
  readonly #names: readonly string[];
  readonly #distributions: readonly Distribution[];
  readonly #parzen: ParzenHistory;
  readonly #generation: number;
  /** How much of the history's changes is done with. */
  #seen = 0;
  /** By index of the observation: the side on which its row is. */
  readonly #sides: number[] = [];
  /** By side. */
  readonly #counts = [0, 0, 0];
  /** Whether a parameter can be any number of its range. */
  readonly #isContinuous: boolean;
  #uniform = new Float64Array(0);
  /** The rows of running trials, which may yet change. */
  readonly #rows = new Map<Observation, readonly number[]>();
  #changed: { observation: Observation; side: number; row: readonly number[] | undefined }[] = [];

  constructor(space: SearchSpace, options: ParzenHistoryOptions, generation: number) {
    this.#space = space;
    this.#names = [...space.keys()];
    this.#distributions = [...space.values()];
    this.#parzen = new ParzenHistory(this.#distributions.map(dimensionOf), options);
    this.#generation = generation;
    this.#isContinuous = this.#distributions.some(
      (distribution) => distribution.kind === 'float' && distribution.step === null,
    );
  }

  get nObservations(): number {
    return this.#counts[above]! + this.#counts[below]!;
  }

  /** Whether this is the density of that space and history. */
  fits(space: SearchSpace, generation: number): boolean {
    if (generation !== this.#generation) return false;
    if (space === this.#space) return true;
    let i = 0;
    for (const [name, distribution] of space) {
      if (name !== this.#names[i] || !sameDistribution(distribution, this.#distributions[i]!)) {
        return false;
      }
      i += 1;
    }
    return i === this.#names.length;
  }

  /**
   * Takes over what has changed in the history. The trial of number `current` is left out; `paramsOf`
   * tells what a running trial has or is about to have. After an error it is of no use any more.
   */
  sync(history: TrialHistory, current: number, paramsOf: (trial: FrozenTrial) => Params): void {
    this.#takeChanges(history);
    this.#takeRunning(history, current, paramsOf);
    this.#flushed((...changes) => this.#parzen.update(...changes));
  }

  /** As sync, a part at a time and on a thread. */
  async syncLater(
    history: TrialHistory,
    current: number,
    paramsOf: (trial: FrozenTrial) => Params,
  ): Promise<void> {
    const atATurn = Math.ceil(valuesATurn / (this.#names.length + 5));
    while (!this.#takeChanges(history, atATurn)) {
      await this.#flushed((...changes) => this.#parzen.updateLater(...changes));
      await nextTurn();
    }
    this.#takeRunning(history, current, paramsOf);
    await this.#flushed((...changes) => this.#parzen.updateLater(...changes));
  }

  /** As choose, with densities that `evaluate` tells, right but for their last bits. */
  chooseBy(evaluate: Evaluate, { rng, nCandidates, good, bad }: Draw): Map<string, ParamValue> {
    const uniforms = this.#uniforms(rng, nCandidates);
    const [of, logs] = this.#weights(good, bad);
    const points = this.#parzen.sample(uniforms, of, nCandidates);
    const d = this.#names.length;
    const candidates = new Map(
      this.#names.map((name, p) => [
        name,
        Float64Array.from({ length: nCandidates }, (_, i) => points[i * d + p]!),
      ]),
    );
    // Equal scores, which those of choices often are, must not be told apart by their last bits.
    const likely = nearlyBest(evaluate(candidates));
    const rows = likely.map((i) => points.subarray(i * d, (i + 1) * d));
    if (rows.length === 1) return this.#external(rows[0]!);
    const near = Float64Array.from(rows.flatMap((row) => [...row]));
    return this.#external(rows[this.#parzen.best(near, of.logs, logs)]!);
  }

  choose({ rng, nCandidates, good, bad }: Draw): Map<string, ParamValue> {
    const uniforms = this.#uniforms(rng, nCandidates);
    const [of, logs] = this.#weights(good, bad);
    return this.#external(this.#parzen.choose(uniforms, of, logs, nCandidates));
  }

  /** As choose, on a thread of its own. */
  async chooseLater({ rng, nCandidates, good, bad }: Draw): Promise<Map<string, ParamValue>> {
    const uniforms = this.#uniforms(rng, nCandidates);
    const [of, logs] = this.#weights(good, bad);
    return this.#external(await this.#parzen.chooseLater(uniforms, of, logs, nCandidates));
  }

  /** Those of the good ones, and the logarithms of those of the others. */
  #weights(good: WeightsMemory, bad: WeightsMemory): [MixtureWeights, Float64Array] {
    const of = good.of(this.#counts[below]!);
    // Where scores do not tie, nothing hangs on the last bits of weights that need no array.
    const known = (memory: WeightsMemory) => memory.areDefault && this.#isContinuous;
    return [
      known(good) ? { ...of, logs: knownWeights } : of,
      known(bad) ? knownWeights : bad.of(this.#counts[above]!).logs,
    ];
  }

  #uniforms(rng: RandomState, nCandidates: number): Float64Array {
    const n = nCandidates * (this.#names.length + 1);
    if (this.#uniform.length !== n) this.#uniform = new Float64Array(n);
    rng.fill(this.#uniform);
    return this.#uniform;
  }

  #external(internal: Float64Array): Map<string, ParamValue> {
    const values = new Map<string, ParamValue>();
    for (let i = 0; i < internal.length; i += 1) {
      values.set(this.#names[i]!, toExternal(this.#distributions[i]!, internal[i]!));
    }
    return values;
  }

  /** At `most` so many. Returns whether none are left. */
  #takeChanges({ changes }: TrialHistory, most = Number.POSITIVE_INFINITY): boolean {
    const end = Math.min(changes.length, this.#seen + most);
    for (; this.#seen < end; this.#seen += 1) {
      const observation = changes[this.#seen]!;
      if (observation.kind !== 'running') this.#take(observation, observation.trial.params);
    }
    return end === changes.length;
  }

  #takeRunning(
    { running }: TrialHistory,
    current: number,
    paramsOf: (trial: FrozenTrial) => Params,
  ): void {
    for (const observation of running) {
      const left = observation.number === current;
      this.#take(observation, left ? undefined : paramsOf(observation.trial));
    }
  }

  #take(observation: Observation, params: Params | undefined): void {
    const { index, kind, trial } = observation;
    const before = this.#sides[index] ?? nowhere;
    const known = this.#rows.get(observation);
    let side: number = kind === 'gone' ? nowhere : observation.below ? below : above;
    if (side === before && known === undefined && before !== nowhere) return;
    const row = side === nowhere || params === undefined ? undefined : this.#rowOf(params);
    if (row === undefined) side = nowhere;
    if (row !== undefined && !isFinished(trial.state)) this.#rows.set(observation, row);
    else this.#rows.delete(observation);
    if (side === before && (row === undefined || known?.every((x, i) => x === row[i]))) return;
    this.#sides[index] = side;
    this.#counts[before]! -= 1;
    this.#counts[side]! += 1;
    this.#changed.push({ observation, side, row });
  }

  /** The values of all names, in order; undefined if one is missing. */
  #rowOf(params: Params): number[] | undefined {
    const row: number[] = [];
    for (let i = 0; i < this.#names.length; i += 1) {
      const name = this.#names[i]!;
      if (!Object.hasOwn(params, name)) return undefined;
      row.push(toInternal(this.#distributions[i]!, params[name], name));
    }
    return row;
  }

  /** Calls `update` with what has changed. */
  #flushed<T>(update: (...changes: [Float64Array, Int32Array, Float64Array]) => T): T | undefined {
    const n = this.#changed.length;
    if (n === 0) return undefined;
    const d = this.#names.length;
    const numbers = new Float64Array(n);
    const sides = new Int32Array(n);
    const rows = new Float64Array(n * d);
    for (let i = 0; i < n; i += 1) {
      const { observation, side, row } = this.#changed[i]!;
      numbers[i] = observation.number;
      sides[i] = side;
      if (row) rows.set(row, i * d);
    }
    this.#changed = [];
    return update(numbers, sides, rows);
  }
}

/** The candidates that may have the largest ratio of `good` to `bad`, given their logarithms. */
function nearlyBest({ good, bad }: Densities): number[] {
  const scores = good.map((value, i) => value - bad[i]!);
  const all = [...scores.keys()];
  const best = all.reduce((a, b) => (scores[b]! > scores[a]! ? b : a));
  const room = 1e-9 * (1 + Math.max(Math.abs(good[best]!), Math.abs(bad[best]!)));
  const least = scores[best]! - room;
  return Number.isFinite(least) ? all.filter((i) => !(scores[i]! < least)) : all;
}

const costs = new WeakMap<SearchSpace, number>();

/** Nanoseconds, roughly, that one candidate and one observation cost in a choice. */
export function nanosecondsOf(space: SearchSpace): number {
  let cost = costs.get(space);
  if (cost === undefined) {
    cost = 0;
    for (const distribution of space.values()) {
      if (distribution.kind === 'categorical') cost += 1;
      // Together they are left early.
      else if (distribution.step === null) cost += space.size === 1 ? 1 : 0.5;
      // Masses of large grids are not kept.
      else cost += distribution.high - distribution.low > 500 * distribution.step ? 30 : 1;
    }
    costs.set(space, cost);
  }
  return cost;
}

function dimensionOf(distribution: Distribution) {
  if (distribution.kind === 'categorical') {
    return { nChoices: distribution.choices.length, low: 0, high: 0, step: 0, log: false };
  }
  const { low, high, step, log } = distribution;
  return { nChoices: 0, low, high, step: step ?? 0, log };
}
