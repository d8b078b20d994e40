import { InvalidArgumentError, invalidArgument, show } from '../../errors.js';
import { checkSeed, RandomState } from '../../numpy/random-state.js';
import { checkOptionNames } from '../../options.js';
import {
  type Choice,
  categoricalDistribution,
  contains,
  type Distribution,
  type ParamValue,
  sameChoice,
  toInternal,
} from '../distributions/distributions.js';
import type { Json } from '../python-json.js';
import { byName } from '../search-space/names.js';
import type { StudyView } from '../study/study-context.js';
import { type FrozenTrial, isFinished } from '../trial/frozen-trial.js';
import { warn } from '../warn.js';
import { IntegerSet } from './integer-set.js';
import type { Sampler } from './sampler.js';

/** Options of GridSampler. */
export interface GridSamplerOptions {
  /** An integer in 0..2^32-1 that decides the order of the grid; 0 if left out. */
  seed?: number;
}

/** Visits every combination of the given values once, in an order decided by the seed, then stops. */
export class GridSampler implements Sampler {
  readonly #space: Readonly<Record<string, readonly Choice[]>>;
  readonly #names: readonly string[];
  readonly #grid: readonly (readonly Choice[])[];
  readonly #rng: RandomState;

  /**
   * @param searchSpace the values of every parameter, by its name; without parameters the grid has one
   *   combination, that of no values, as in Optuna.
   * Throws InvalidArgumentError for a parameter without values.
   */
  constructor(
    searchSpace: Readonly<Record<string, readonly Choice[]>>,
    options: GridSamplerOptions = {},
  ) {
    checkOptionNames('GridSampler', options, ['seed']);
    const { seed = 0 } = options;
    if (typeof searchSpace !== 'object' || searchSpace === null) {
      throw invalidArgument('searchSpace', 'an object of arrays', searchSpace);
    }
    checkSeed('seed', seed);
    this.#names = Object.keys(searchSpace).sort(byName);
    this.#space = Object.fromEntries(
      this.#names.map((name) => [name, checkedChoices(name, searchSpace[name])]),
    );
    this.#rng = new RandomState(seed);
    const grid = combinations(this.#names.map((name) => this.#space[name]!));
    this.#rng.shuffle(grid);
    this.#grid = grid;
  }

  beforeTrial(study: StudyView, trial: FrozenTrial): void {
    if (Object.hasOwn(trial.systemAttrs, 'grid_id')) return;
    if (Object.hasOwn(trial.systemAttrs, 'fixed_params')) return;
    study.setTrialSystemAttr(trial.id, 'search_space', this.#space);
    study.setTrialSystemAttr(trial.id, 'grid_id', this.#nextId(study, trial));
  }

  sampleIndependent(
    _study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue {
    const id = trial.systemAttrs['grid_id'];
    if (typeof id !== 'number') {
      throw new InvalidArgumentError(
        `parameter '${name}' must be enqueued too: the grid gives no value to a trial with enqueued parameters`,
      );
    }
    const position = this.#names.indexOf(name);
    if (position < 0) {
      throw new InvalidArgumentError(
        `parameter '${name}' must be in the grid, which has ${show(this.#names)}`,
      );
    }
    const value = this.#grid[id]![position]!;
    if (!contains(distribution, toInternal(distribution, value, `the grid's '${name}'`))) {
      warn(`the grid's value ${show(value)} of '${name}' is outside of the suggested range`);
    }
    return value;
  }

  afterTrial(study: StudyView, trial: FrozenTrial): void {
    const unvisited = this.#unvisited(study);
    const own = study.trial(trial.id).systemAttrs['grid_id'];
    if (unvisited.length === 0 || (unvisited.length === 1 && unvisited[0] === own)) study.stop();
  }

  #nextId(study: StudyView, trial: FrozenTrial): number {
    if (trial.number < this.#grid.length) return trial.number;
    const unvisited = this.#unvisited(study);
    if (unvisited.length > 0) return this.#rng.choice(unvisited);
    warn('every combination of the grid has been tried; one is tried again');
    return this.#rng.choice([...this.#grid.keys()]);
  }

  /** Combinations that nobody has started; if there is none, those that nobody has finished. */
  #unvisited(study: StudyView): number[] {
    const finished = new Set<number>();
    const running = new Set<number>();
    for (const { state, systemAttrs } of study.trials()) {
      const id = systemAttrs['grid_id'];
      if (typeof id !== 'number' || !this.#isOwn(systemAttrs['search_space'])) continue;
      if (isFinished(state)) finished.add(id);
      else if (state === 'running') running.add(id);
    }
    const unfinished = IntegerSet.range(this.#grid.length).without(finished);
    const free = unfinished.without(running).elements();
    return free.length > 0 ? free : unfinished.elements();
  }

  /** Whether a trial's stored search space is this sampler's. */
  #isOwn(space: Json | undefined): boolean {
    if (typeof space !== 'object' || space === null) return false;
    const stored = space as Readonly<Record<string, readonly Json[]>>;
    return (
      Object.keys(stored).length === this.#names.length &&
      this.#names.every((name) => {
        const values = Object.hasOwn(stored, name) ? stored[name]! : [];
        const own = this.#space[name]!;
        return values.length === own.length && own.every((v, i) => sameChoice(v, values[i]));
      })
    );
  }
}

function checkedChoices(name: string, choices: readonly Choice[] | undefined): readonly Choice[] {
  try {
    return categoricalDistribution(choices!).choices;
  } catch (cause) {
    throw new InvalidArgumentError(`searchSpace['${name}']: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The Cartesian product; the last list changes fastest. */
function combinations(lists: readonly (readonly Choice[])[]): Choice[][] {
  return lists.reduce<Choice[][]>(
    (heads, list) => heads.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );
}
