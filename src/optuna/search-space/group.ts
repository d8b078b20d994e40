import { type Distribution, growsFrom, type SearchSpace } from '../distributions/distributions.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import { byName } from './names.js';
import { UnseenTrials } from './unseen-trials.js';

/**
 * Splits the parameters of complete and pruned trials into groups: two names are in one group if
 * every trial has both or neither. Remembers what it has seen, so that every finished trial is looked at
 * once.
 */
export class GroupDecomposedSearchSpace {
  readonly #unseen = new UnseenTrials();
  #groups: readonly SearchSpace[] = [];

  /**
   * The groups after all complete and pruned of `trials`, names sorted. A group is the same object until
   * it is split.
   */
  calculate(trials: readonly FrozenTrial[]): readonly SearchSpace[] {
    this.look(trials);
    return this.#groups;
  }

  /** Looks at new trials, at `most` of them. Returns whether none are left. */
  look(trials: readonly FrozenTrial[], most?: number): boolean {
    return this.#unseen.look(trials, ({ distributions }) => this.#split(distributions), most);
  }

  #split(distributions: Readonly<Record<string, Distribution>>): void {
    const left = new Map(Object.entries(distributions));
    const groups = this.#groups
      .map((group) => grown(group, left))
      .flatMap((group) => {
        const inside = new Map([...group].filter(([name]) => left.has(name)));
        for (const name of inside.keys()) left.delete(name);
        if (inside.size === 0 || inside.size === group.size) return [group];
        return [inside, new Map([...group].filter(([name]) => !inside.has(name)))];
      });
    if (left.size > 0) groups.push(new Map([...left].sort(([a], [b]) => byName(a, b))));
    this.#groups = groups;
  }
}

/** The group with the choices that have been added; itself if there are none. */
function grown(group: SearchSpace, now: SearchSpace): SearchSpace {
  const has = [...group].some(([name, known]) => now.has(name) && growsFrom(known, now.get(name)!));
  if (!has) return group;
  return new Map(
    [...group].map(([name, known]) => {
      const other = now.get(name);
      return [name, other && growsFrom(known, other) ? other : known];
    }),
  );
}
