import { type FrozenTrial, isFinished } from '../trial/frozen-trial.js';

/** Which trials of a growing list are complete or pruned and have not been looked at yet. */
export class UnseenTrials {
  /** All before this position have been looked at, but those that had not finished. */
  #end = 0;
  /** The number of the trial before it. */
  #last: number | undefined;
  /** The numbers of those that had not finished, by position. */
  readonly #open = new Map<number, number>();

  /**
   * Calls `visit` with new ones of `trials`, and looks at `most` more of them. Returns whether none are left.
   * A list that is not the one of before, with more trials, is looked at from its beginning.
   */
  look(
    trials: readonly FrozenTrial[],
    visit: (trial: FrozenTrial) => void,
    most = Number.POSITIVE_INFINITY,
  ): boolean {
    if (!this.#agrees(trials)) {
      this.#end = 0;
      this.#open.clear();
    }
    for (const position of this.#open.keys()) {
      const trial = trials[position]!;
      if (!isFinished(trial.state)) continue;
      this.#open.delete(position);
      if (trial.state !== 'fail') visit(trial);
    }
    const end = Math.min(trials.length, this.#end + most);
    for (; this.#end < end; this.#end += 1) {
      const trial = trials[this.#end]!;
      if (!isFinished(trial.state)) this.#open.set(this.#end, trial.number);
      else if (trial.state !== 'fail') visit(trial);
    }
    this.#last = trials[end - 1]?.number;
    return end === trials.length;
  }

  #agrees(trials: readonly FrozenTrial[]): boolean {
    if (trials.length < this.#end || trials[this.#end - 1]?.number !== this.#last) return false;
    for (const [position, number] of this.#open) {
      if (trials[position]!.number !== number) return false;
    }
    return true;
  }
}
