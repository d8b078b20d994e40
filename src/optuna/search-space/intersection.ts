import { type Distribution, type SearchSpace, sameDistribution } from '../distributions.js';
import { type FrozenTrial, isFinished } from '../frozen-trial.js';
import { byName } from './names.js';

/**
 * The parameters that all complete and pruned trials have in common, with equal distributions.
 * Remembers what it has seen, so that every finished trial is looked at once.
 */
export class IntersectionSearchSpace {
  /** Trials with smaller numbers are done with. */
  #firstUnseen = 0;
  #common: Map<string, Distribution> | undefined;

  /** The space of `trials` (all of the study's, in order), sorted by name. */
  calculate(trials: readonly FrozenTrial[]): SearchSpace {
    let firstUnseen = trials.length;
    for (let number = trials.length - 1; number >= this.#firstUnseen; number -= 1) {
      const trial = trials[number]!;
      if (!isFinished(trial.state)) firstUnseen = number;
      else if (trial.state !== 'fail') this.#meet(trial);
    }
    this.#firstUnseen = firstUnseen;
    return new Map([...(this.#common ?? [])].sort(([a], [b]) => byName(a, b)));
  }

  #meet({ distributions }: FrozenTrial): void {
    if (this.#common === undefined) {
      this.#common = new Map(Object.entries(distributions));
      return;
    }
    for (const [name, distribution] of this.#common) {
      const other = Object.hasOwn(distributions, name) ? distributions[name] : undefined;
      if (!other || !sameDistribution(distribution, other)) this.#common.delete(name);
    }
  }
}
