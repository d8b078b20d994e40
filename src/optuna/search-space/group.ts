import { type Distribution, growsFrom, type SearchSpace } from '../distributions/distributions.js';
import { type FrozenTrial, isFinished } from '../trial/frozen-trial.js';
import { byName } from './names.js';

/**
 * Splits the parameters of complete and pruned trials into groups: two names are in one group if
 * every trial has both or neither. Remembers what it has seen, so that every finished trial is looked at
 * once.
 */
export class GroupDecomposedSearchSpace {
  /** Trials with smaller numbers are done with. */
  #firstUnseen = 0;
  #groups: readonly SearchSpace[] = [];

  /**
   * The groups after all complete and pruned of `trials`, names sorted. A group is the same object until
   * it is split.
   */
  calculate(trials: readonly FrozenTrial[]): readonly SearchSpace[] {
    let from = trials.length;
    while (from > 0 && trials[from - 1]!.number >= this.#firstUnseen) from -= 1;
    let firstUnseen: number | undefined;
    for (let i = from; i < trials.length; i += 1) {
      const trial = trials[i]!;
      if (!isFinished(trial.state)) firstUnseen ??= trial.number;
      else if (trial.state !== 'fail') this.#split(trial.distributions);
    }
    this.#firstUnseen =
      firstUnseen ?? Math.max(this.#firstUnseen, (trials.at(-1)?.number ?? -1) + 1);
    return this.#groups;
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
