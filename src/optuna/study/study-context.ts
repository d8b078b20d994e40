import { invalidArgument } from '../../errors.js';
import {
  checkCompatible,
  type Distribution,
  distributionKinds,
} from '../distributions/distributions.js';
import type { Pruner } from '../pruners/pruner.js';
import { durable, type LazyJson, type Storage, type StudyRecord } from '../storages/storage.js';
import type { Direction, FrozenTrial, TrialState } from '../trial/frozen-trial.js';

/** Which trials StudyView.trials lists. */
export interface TrialFilter {
  /** Trials in these states alone; all if left out. */
  states?: readonly TrialState[];
  /**
   * The list as it was when it was first read this way since the study was last asked for a trial:
   * what Optuna's samplers see while they do not look for running trials.
   */
  cached?: boolean;
}

/** What samplers and pruners see of a study. */
export interface StudyView {
  /** The same object for all views of one study. */
  readonly key: object;
  /**
   * By which a sampler may remember what it made of the trials in view: from call to call, trials are
   * only added and finished. A view of some of a study's trials has a scope of its own.
   */
  readonly scope: object;
  /** The same object for all studies of one storage: trials have ids that are unique within it. */
  readonly storageKey: object;
  /** Unique within the storage. */
  readonly studyName: string;
  /** One an objective. */
  readonly directions: readonly Direction[];
  /**
   * In the order of trial numbers. The list may be the study's own, to which trials are added later:
   * copy it to keep it. Trials that have not finished change in place, until another object takes
   * their place.
   */
  trials(filter?: TrialFilter): readonly FrozenTrial[];
  /** The trial as it is now. */
  trial(trialId: number): FrozenTrial;
  /** Visible at once; durable when the trial is next awaited (report, shouldPrune, tell). */
  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): void;
  /** Inside optimize, no trial starts after those that run; elsewhere nothing happens. */
  stop(): void;
}

/** What the sampler sees of `view` while it serves `trial`. */
export function samplerView(view: StudyView, trial: FrozenTrial, pruner: Pruner): StudyView {
  return pruner.samplerView?.(view, trial) ?? view;
}

/** A study's storage and identity, shared by the study and its trials. */
export class StudyContext implements StudyView {
  readonly storage: Storage;
  readonly studyId: number;
  readonly studyName: string;
  readonly directions: readonly Direction[];
  readonly #stop: () => void;
  readonly #growingCategoricals: boolean;
  readonly #writes = new Map<number, Promise<unknown>[]>();
  #cache: readonly FrozenTrial[] | undefined;

  constructor(
    storage: Storage,
    record: StudyRecord,
    stop: () => void,
    growingCategoricals = false,
  ) {
    this.storage = storage;
    this.studyId = record.id;
    this.studyName = record.name;
    this.directions = record.directions;
    this.#stop = stop;
    this.#growingCategoricals = growingCategoricals;
  }

  get key(): object {
    return this;
  }

  get scope(): object {
    return this;
  }

  get storageKey(): object {
    return this.storage;
  }

  trials({ states, cached = false }: TrialFilter = {}): readonly FrozenTrial[] {
    if (cached) this.#cache ??= [...this.storage.peekTrials(this.studyId)];
    const trials = (cached && this.#cache) || this.storage.peekTrials(this.studyId);
    return states ? trials.filter((trial) => states.includes(trial.state)) : trials;
  }

  /** Drops the cached list. */
  forget(): void {
    this.#cache = undefined;
  }

  trial(trialId: number): FrozenTrial {
    return this.storage.peekTrial(trialId);
  }

  setTrialSystemAttr(trialId: number, key: string, value: LazyJson): void {
    this.write(trialId, this.storage.setTrialSystemAttr(trialId, key, value));
  }

  /** Remembers a write of a trial that nobody awaits yet. */
  write(trialId: number, promise: Promise<unknown>): void {
    if (promise === durable) return;
    // Whether it failed is told by flush; until then it must not count as unhandled.
    promise.catch(() => {});
    const writes = this.#writes.get(trialId);
    if (writes) writes.push(promise);
    else this.#writes.set(trialId, [promise]);
  }

  /** The first distribution of that name; undefined if there is none. */
  distribution(name: string): Distribution | undefined {
    return this.storage.peekDistribution(this.studyId, name);
  }

  /**
   * Throws InvalidArgumentError if `distribution` is none, and IncompatibleDistributionError if the
   * study knows the parameter otherwise.
   */
  checkKnown(name: string, distribution: Distribution): void {
    if (!distributionKinds.includes(distribution?.kind)) {
      throw invalidArgument(`the distribution of '${name}'`, 'a distribution', distribution);
    }
    const known = this.distribution(name);
    if (known && known !== distribution) this.checkCompatible(name, known, distribution);
  }

  /** Throws IncompatibleDistributionError if the name cannot have both distributions in this study. */
  checkCompatible(name: string, known: Distribution, distribution: Distribution): void {
    checkCompatible(name, known, distribution, this.#growingCategoricals);
  }

  /** Waits for the trial's writes. Rejects as the first of them that failed. */
  async flush(trialId: number): Promise<void> {
    const writes = this.#writes.get(trialId);
    if (!writes) return;
    this.#writes.delete(trialId);
    await Promise.all(writes);
  }

  stop(): void {
    this.#stop();
  }
}
