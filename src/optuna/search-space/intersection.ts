import {
  type Distribution,
  type SearchSpace,
  sameDistribution,
} from '../distributions/distributions.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import { byName } from './names.js';
import { UnseenTrials } from './unseen-trials.js';

/**
 * The parameters that all complete and pruned trials have in common, with equal distributions.
 * Remembers what it has seen, so that every finished trial is looked at once.
 */
export class IntersectionSearchSpace {
  readonly #unseen = new UnseenTrials();
  #common: Map<string, Distribution> | undefined;
  #sorted: SearchSpace | undefined;

  /** The space of `trials`, in order, sorted by name; the same object until it changes. */
  calculate(trials: readonly FrozenTrial[]): SearchSpace {
    this.look(trials);
    this.#sorted ??= new Map([...(this.#common ?? [])].sort(([a], [b]) => byName(a, b)));
    return this.#sorted;
  }

  /** Looks at new trials, at `most` of them. Returns whether none are left. */
  look(trials: readonly FrozenTrial[], most?: number): boolean {
    return this.#unseen.look(trials, (trial) => this.#meet(trial), most);
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
