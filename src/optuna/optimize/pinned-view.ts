import { TrialNotFoundError } from '../errors.js';
import type { LazyJson } from '../storages/storage.js';
import { snapshotOf } from '../storages/trial-table.js';
import type { StudyContext, StudyView, TrialFilter } from '../study/study-context.js';
import { type Direction, type FrozenTrial, isFinished } from '../trial/frozen-trial.js';

/**
 * The trials of one deterministic optimization, as others may see them: until it is concluded, a
 * trial is what it was when it was asked for, running, with the parameters that were drawn jointly.
 */
export class PinnedTrials {
  readonly #context: StudyContext;
  /** By number, as others may see them. */
  readonly #seen: FrozenTrial[] = [];
  /** Numbers of those that have not finished, or not been concluded. */
  readonly #open = new Set<number>();
  /** Those of them that were asked for here. */
  readonly #own = new Set<number>();
  /** The scope of all views while their trial is asked for: one after the other, they only grow. */
  readonly #scope = {};

  constructor(context: StudyContext) {
    this.#context = context;
  }

  /** What there is to be seen for `own`, which was just started. */
  view(own: FrozenTrial): PinnedView {
    const trials = this.#context.storage.peekTrials(this.#context.studyId);
    for (const number of this.#open) {
      if (!this.#own.has(number)) this.#look(trials[number]!);
    }
    while (this.#seen.length < trials.length) this.#look(trials[this.#seen.length]!);
    return new PinnedView(this.#context, this.#seen.slice(), own, this.#scope);
  }

  /** From now on, others see `trial` as it is now. */
  pin(trial: FrozenTrial): void {
    this.#own.add(trial.number);
    this.#open.add(trial.number);
    this.#seen[trial.number] = snapshotOf(trial);
  }

  /** From now on, others see what became of the trial. */
  conclude(number: number): void {
    this.#own.delete(number);
  }

  #look(trial: FrozenTrial): void {
    if (isFinished(trial.state)) this.#open.delete(trial.number);
    else this.#open.add(trial.number);
    // A trial of others that runs is seen as it was at first.
    if (this.#seen[trial.number]?.state !== trial.state) {
      this.#seen[trial.number] = snapshotOf(trial);
    }
  }
}

/** A study as it was when a trial was asked for; that trial alone is seen as it is. */
export class PinnedView implements StudyView {
  readonly #context: StudyContext;
  readonly #trials: FrozenTrial[];
  readonly #own: FrozenTrial;
  #scope: object;
  #isSettled = false;

  constructor(context: StudyContext, trials: FrozenTrial[], own: FrozenTrial, scope: object) {
    this.#context = context;
    this.#trials = trials;
    this.#own = own;
    this.#scope = scope;
  }

  /** The trial has been asked for: views of later trials may be used before this one. */
  settle(): void {
    this.#scope = {};
    this.#isSettled = true;
  }

  /** The study's while the trial is asked for. What is remembered by it later must not be shared. */
  get key(): object {
    return this.#isSettled ? this.#scope : this.#context.key;
  }

  get scope(): object {
    return this.#scope;
  }

  get storageKey(): object {
    return this.#context.storageKey;
  }

  get studyName(): string {
    return this.#context.studyName;
  }

  get directions(): readonly Direction[] {
    return this.#context.directions;
  }

  trials({ states }: TrialFilter = {}): readonly FrozenTrial[] {
    this.#trials[this.#own.number] = this.#context.trial(this.#own.id);
    return states ? this.#trials.filter((trial) => states.includes(trial.state)) : this.#trials;
  }

  trial(trialId: number): FrozenTrial {
    if (trialId === this.#own.id) return this.#context.trial(trialId);
    const trial = this.#trials.find(({ id }) => id === trialId);
    if (!trial) throw new TrialNotFoundError(`no trial with id ${trialId} is in view`);
    return trial;
  }

  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): void {
    this.#context.setTrialSystemAttr(trialId, key, value);
  }

  stop(): void {
    this.#context.stop();
  }
}
