import {
  type Distribution,
  type SearchSpace,
  sameDistribution,
} from '../distributions/distributions.js';
import { type FrozenTrial, isFinished } from '../trial/frozen-trial.js';
import { byName } from './names.js';

/**
 * The parameters that all complete and pruned trials have in common, with equal distributions.
 * Remembers what it has seen, so that every finished trial is looked at once.
 */
export class IntersectionSearchSpace {
  /** Trials with smaller numbers are done with. */
  #firstUnseen = 0;
  #common: Map<string, Distribution> | undefined;
  #sorted: SearchSpace | undefined;

  /** The space of `trials`, in order, sorted by name; the same object until it changes. */
  calculate(trials: readonly FrozenTrial[]): SearchSpace {
    let firstUnseen = (trials.at(-1)?.number ?? -1) + 1;
    for (let i = trials.length - 1; i >= 0; i -= 1) {
      const trial = trials[i]!;
      if (trial.number < this.#firstUnseen) break;
      if (!isFinished(trial.state)) firstUnseen = trial.number;
      else if (trial.state !== 'fail') this.#meet(trial);
    }
    this.#firstUnseen = firstUnseen;
    this.#sorted ??= new Map([...(this.#common ?? [])].sort(([a], [b]) => byName(a, b)));
    return this.#sorted;
  }

  #meet({ distributions }: FrozenTrial): void {
    if (this.#common === undefined) {
      this.#common = new Map(Object.entries(distributions));
      this.#sorted = undefined;
      return;
    }
    for (const [name, distribution] of this.#common) {
      const other = Object.hasOwn(distributions, name) ? distributions[name] : undefined;
      if (other && sameDistribution(distribution, other)) continue;
      this.#common.delete(name);
      this.#sorted = undefined;
    }
  }
}
