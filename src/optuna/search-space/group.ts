import { type Distribution, growsFrom, type SearchSpace } from '../distributions.js';
import type { FrozenTrial } from '../frozen-trial.js';

/**
 * Splits the parameters of complete and pruned trials into groups: two names are in one group if
 * every trial has both or neither.
 */
export class GroupDecomposedSearchSpace {
  #groups: SearchSpace[] = [];

  /** The groups after all complete and pruned of `trials`. */
  calculate(trials: readonly FrozenTrial[]): readonly SearchSpace[] {
    for (const trial of trials) {
      if (trial.state === 'complete' || trial.state === 'pruned') this.#split(trial.distributions);
    }
    return this.#groups;
  }

  #split(distributions: Readonly<Record<string, Distribution>>): void {
    const left = new Map(Object.entries(distributions));
    const groups = this.#groups.flatMap((group) => {
      const inside = new Map(
        [...group]
          .filter(([name]) => left.has(name))
          .map(([name, known]) => {
            const other = left.get(name)!;
            return [name, growsFrom(known, other) ? other : known];
          }),
      );
      const outside = new Map([...group].filter(([name]) => !left.has(name)));
      for (const name of group.keys()) left.delete(name);
      return [inside, outside];
    });
    this.#groups = [...groups, left].filter((group) => group.size > 0);
  }
}
