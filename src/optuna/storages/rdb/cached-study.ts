import { StorageError } from '../../errors.js';
import { type FrozenTrial, isFinished } from '../../trial/frozen-trial.js';
import { TrialTable } from '../trial-table.js';
import type { TrialHead } from './read-trials.js';

/** Where a trial is. */
export interface Place {
  readonly study: CachedStudy;
  readonly number: number;
  /** Writes under way: until they end, this process knows the trial better than the database. */
  pending: number;
}

/** What this process knows of a study's trials. */
export class CachedStudy {
  readonly id: number;
  /** Undefined until it has been read. */
  name: string | undefined;
  /** The largest trial id; below it, all trials of the study are known. */
  lastId = -1;
  /** Ids of trials that had not finished. */
  readonly unfinished = new Set<number>();
  /** Ids of trials that may be otherwise than the database has them, because a write failed. */
  readonly doubtful = new Set<number>();
  /** Whether distributions have been learnt from what the database did not take. */
  mustRelearn = false;
  /** A reading of the study that has not begun. */
  nextSync: Promise<boolean> | undefined;
  #table = new TrialTable();
  readonly #places: Map<number, Place>;

  /** `places` are those of all studies, by trial id. */
  constructor(id: number, places: Map<number, Place>) {
    this.id = id;
    this.#places = places;
  }

  get table(): TrialTable {
    return this.#table;
  }

  /** The smallest id of a trial to which others may have added something. */
  get firstUnfinished(): number {
    let first = this.lastId + 1;
    for (const id of this.unfinished) first = Math.min(first, id);
    return first;
  }

  /** Takes a trial as the database has it. Throws StorageError if there is none of the number before. */
  put(trial: FrozenTrial): FrozenTrial {
    const place = this.#places.get(trial.id);
    if (!place && trial.number !== this.#table.trials.length) {
      throw new StorageError(
        `the trials of study ${this.id} must be numbered 0, 1, 2, ...: trial id ${trial.id} has number ${trial.number}, not ${this.#table.trials.length}`,
      );
    }
    const kept = this.#table.replace(trial);
    if (!place) {
      this.#places.set(trial.id, { study: this, number: trial.number, pending: 0 });
      this.lastId = trial.id;
    }
    this.doubtful.delete(trial.id);
    this.note(trial);
    return kept;
  }

  /** Notes whether a trial will have to be read again. */
  note({ id, state }: Pick<FrozenTrial, 'id' | 'state'>): void {
    if (isFinished(state)) this.unfinished.delete(id);
    else this.unfinished.add(id);
  }

  /** Forgets distributions of trials that the database did not take. */
  relearn(): void {
    this.mustRelearn = false;
    const { trials } = this.#table;
    this.#table = new TrialTable();
    for (const trial of trials) this.#table.replace(trial);
  }

  /**
   * Whether a trial of the database is the last one known here. SQLite gives the ids of a study that
   * was deleted to the next one.
   */
  isLast({ id, number, datetimeStart }: TrialHead): boolean {
    const last = this.#table.trials.at(-1)!;
    if (id !== last.id || number !== last.number) return false;
    // It is set anew when a trial that waited starts.
    return last.state === 'waiting' || datetimeStart?.getTime() === last.datetimeStart?.getTime();
  }

  /** Forgets all trials. */
  drop(): void {
    for (const { id } of this.#table.trials) this.#places.delete(id);
  }
}
