import type { FrozenTrial } from '../../trial/frozen-trial.js';
import { snapshotOf, TrialTable } from '../trial-table.js';
import { operation } from './records.js';
import type { JournalRecord, JournalState } from './state.js';

/** A change of a trial that shows at once and is written later. */
export interface Change {
  readonly trialId: number;
  readonly line: string;
  /** The name of a parameter that it sets. */
  readonly param?: string;
  /** Returns false if there is nothing to change; throws if the trial cannot be changed so. */
  apply(table: TrialTable, number: number): unknown;
  resolve(changed: boolean): void;
  reject(error: unknown): void;
}

/**
 * The changes that show in a state but are not in the log yet. When the log turns out to go on
 * otherwise, they are taken back and made again behind what came first.
 */
export class PendingChanges {
  #state: JournalState;
  readonly #changes = new Set<Change>();
  /** The trials that they change, as the log has them. */
  readonly #bases = new Map<number, FrozenTrial>();
  /** Parameters that the log does not know yet, by study. */
  readonly #names = new Map<number, Set<string>>();

  constructor(state: JournalState) {
    this.#state = state;
  }

  /** Makes a change. Returns false if there is nothing to change; throws as the change does. */
  add(change: Change): boolean {
    if (!this.#apply(change)) return false;
    this.#changes.add(change);
    return true;
  }

  #apply(change: Change): boolean {
    const { studyId, table, number } = this.#state.place(change.trialId);
    const base = this.#bases.has(change.trialId) ? undefined : snapshotOf(table.trials[number]!);
    const isNew = change.param !== undefined && table.distribution(change.param) === undefined;
    if (change.apply(table, number) === false) return false;
    if (base) this.#bases.set(change.trialId, base);
    if (isNew) {
      const names = this.#names.get(studyId) ?? new Set();
      this.#names.set(studyId, names.add(change.param!));
    }
    return true;
  }

  /** Whether the record may have another effect than it would have without the changes. */
  conflicts(record: JournalRecord): boolean {
    if (this.#changes.size === 0) return false;
    switch (record['op_code']) {
      case operation.setTrialParam:
        return (
          this.#bases.has(record['trial_id'] as number) ||
          [...this.#names.values()].some((names) => names.has(record['param_name'] as string))
        );
      case operation.createTrial:
        return this.#names.has(record['study_id'] as number);
      case operation.deleteStudy:
        return true;
      default:
        return this.#bases.has(record['trial_id'] as number);
    }
  }

  /** Takes all changes back, for a while: the state is that of the log. */
  takeBack(): void {
    for (const base of this.#bases.values()) this.#state.place(base.id).table.replace(base);
    for (const [studyId, names] of this.#names) {
      const { table } = this.#state.study(studyId);
      for (const name of names) table.forget(name);
    }
    this.#bases.clear();
    this.#names.clear();
  }

  /** Makes them again, in `state` from now on; what is not possible any more is refused. */
  redo(state: JournalState = this.#state): void {
    this.#state = state;
    const changes = [...this.#changes];
    this.#changes.clear();
    for (const change of changes) {
      try {
        if (!this.add(change)) change.resolve(false);
      } catch (error) {
        change.reject(error);
      }
    }
  }

  /** Makes them again behind what `body` does to the state. */
  behind(body: () => void): void {
    if (this.#changes.size === 0) {
      body();
      return;
    }
    this.takeBack();
    try {
      body();
    } finally {
      this.redo();
    }
  }

  /** Whether the change is still to be written. */
  has(change: Change): boolean {
    return this.#changes.has(change);
  }

  /** The log has these, the first of them. */
  written(done: readonly Change[]): void {
    for (const change of done) this.#changes.delete(change);
    const open = new Set([...this.#changes].map(({ trialId }) => trialId));
    for (const trialId of new Set(done.map((change) => change.trialId))) {
      const base = this.#bases.get(trialId)!;
      this.#bases.delete(trialId);
      const own = done.filter((change) => change.trialId === trialId);
      if (open.has(trialId)) this.#bases.set(trialId, after(base, own));
    }
    for (const { trialId, param } of done) {
      if (param === undefined) continue;
      const { studyId } = this.#state.place(trialId);
      const names = this.#names.get(studyId);
      names?.delete(param);
      if (names?.size === 0) this.#names.delete(studyId);
    }
  }

  /** The log will not have these: they are taken back for good. */
  refused(gone: readonly Change[], error: unknown): void {
    this.takeBack();
    for (const change of gone) {
      this.#changes.delete(change);
      change.reject(error);
    }
    this.redo();
  }
}

/** What the changes make of a trial. */
function after(base: FrozenTrial, changes: readonly Change[]): FrozenTrial {
  const table = new TrialTable();
  table.replace(base);
  for (const change of changes) change.apply(table, base.number);
  return snapshotOf(table.trials[base.number]!);
}
