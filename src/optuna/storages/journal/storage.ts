import { invalidArgument } from '../../../errors.js';
import type { Distribution } from '../../distributions/distributions.js';
import { DuplicatedStudyError, UpdateFinishedTrialError } from '../../errors.js';
import type { Json } from '../../python-json.js';
import {
  type Direction,
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
} from '../../trial/frozen-trial.js';
import { jsonOf, type LazyJson, type Storage, type StudyRecord } from '../storage.js';
import { runningTrial } from '../trial-table.js';
import { type Added, type AddLines, JournalFile } from './file.js';
import { JournalFileBackend } from './file-backend.js';
import { type Change, PendingChanges } from './pending.js';
import { RecordWriter } from './records.js';
import { type JournalRecord, JournalState } from './state.js';

/** What an action writes, and what it then makes of the state. Without a line, nothing is written. */
interface Plan<T> {
  readonly line?: string;
  readonly apply: () => T;
}

/** What is decided when it is its turn to be written: ids, and who was first. */
interface Action {
  /** Throws if it is not possible. */
  plan(state: JournalState): Plan<unknown>;
  /** Changes that are not written yet may depend on it. */
  readonly matters: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the promise's type is the caller's
  resolve(result: any): void;
  reject(error: unknown): void;
}

type Entry = { readonly change: Change } | { readonly action: Action };

/**
 * Keeps studies in a file that Optuna's JournalStorage reads and writes too, at the same time: one
 * JSON object a line, one line an operation. Several processes may use it, on network file systems
 * too.
 *
 * Changes are written in the order of the calls. Those that come while others are being written go out
 * together, with one lock and one flush to the disk. Waiting for the lock holds up nothing else.
 */
export class JournalStorage implements Storage {
  readonly #backend: JournalFileBackend;
  readonly #file: JournalFile;
  readonly #write = new RecordWriter();
  #state = new JournalState();
  /** Replaces the state when it has been read as a whole. */
  #next: JournalState | undefined;
  readonly #pending = new PendingChanges(this.#state);
  #queue: Entry[] = [];
  #draining: Promise<void> | undefined;
  /** The end of the last access to the file. */
  #access: Promise<unknown> = Promise.resolve();

  /** Throws InvalidArgumentError. */
  constructor(backend: JournalFileBackend) {
    if (!(backend instanceof JournalFileBackend)) {
      throw invalidArgument('backend', 'a JournalFileBackend', backend);
    }
    this.#backend = backend;
    this.#file = new JournalFile(backend.path, {
      restart: () => {
        this.#next = new JournalState();
      },
      apply: (record) => this.#follow(record),
    });
  }

  createStudy(name: string, directions: readonly Direction[]): Promise<StudyRecord> {
    return this.#act((state) => {
      if (state.find(name)) throw new DuplicatedStudyError(name);
      return {
        line: this.#write.createStudy(name, directions),
        apply: () => state.createStudy(name, directions),
      };
    });
  }

  deleteStudy(studyId: number): Promise<void> {
    return this.#act(
      (state) => {
        state.study(studyId);
        return {
          line: this.#write.deleteStudy(studyId),
          apply: () => state.deleteStudy(studyId),
        };
      },
      { matters: true },
    );
  }

  async studies(): Promise<readonly StudyRecord[]> {
    await this.#refresh();
    return this.#state.records();
  }

  async study(studyId: number): Promise<StudyRecord> {
    await this.#refresh();
    return this.#state.study(studyId).record;
  }

  async findStudy(name: string): Promise<StudyRecord | undefined> {
    await this.#refresh();
    return this.#state.find(name);
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): Promise<void> {
    const line = this.#write.setStudyUserAttr(studyId, key, value);
    return this.#setStudyAttr(studyId, 'userAttrs', key, value, line);
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): Promise<void> {
    const line = this.#write.setStudySystemAttr(studyId, key, value);
    return this.#setStudyAttr(studyId, 'systemAttrs', key, value, line);
  }

  #setStudyAttr(
    studyId: number,
    attrs: 'userAttrs' | 'systemAttrs',
    key: string,
    value: Json,
    line: string,
  ): Promise<void> {
    return this.#act((state) => {
      state.study(studyId);
      return { line, apply: () => state.setStudyAttr(studyId, attrs, key, value) };
    });
  }

  createTrial(studyId: number, template?: TrialTemplate): Promise<FrozenTrial> {
    const now = new Date();
    return this.#act(
      (state) => {
        const { table } = state.study(studyId);
        if (template) table.check(template.distributions);
        const line = template
          ? this.#write.createTrial(studyId, template)
          : this.#write.createRunningTrial(studyId, now);
        return { line, apply: () => state.createTrial(studyId, template ?? runningTrial(now)) };
      },
      { matters: template !== undefined },
    );
  }

  async setTrialParam(
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): Promise<void> {
    await this.#change({
      trialId,
      param: name,
      line: this.#write.setTrialParam(trialId, name, internal, distribution),
      apply: (table, number) => table.setParam(number, name, internal, distribution),
    });
  }

  setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
  ): Promise<boolean> {
    const now = new Date();
    const line = this.#write.setTrialState(trialId, state, values, now);
    if (state === 'running') return this.#start(trialId, line, values, now);
    return this.#change({
      trialId,
      line,
      apply: (table, number) => table.setState(number, state, values, now),
    });
  }

  #start(
    trialId: number,
    line: string,
    values: readonly number[] | null | undefined,
    now: Date,
  ): Promise<boolean> {
    return this.#act(
      (state) => {
        const { table, number } = state.place(trialId);
        const trial = table.trials[number]!;
        if (isFinished(trial.state)) throw new UpdateFinishedTrialError(number, trial.state);
        if (trial.state === 'running') return { apply: () => false };
        return { line, apply: () => table.setState(number, 'running', values, now) };
      },
      { matters: true },
    );
  }

  async setTrialIntermediateValue(trialId: number, step: number, value: number): Promise<void> {
    await this.#change({
      trialId,
      line: this.#write.setTrialIntermediateValue(trialId, step, value),
      apply: (table, number) => table.setIntermediateValue(number, step, value),
    });
  }

  async setTrialUserAttr(trialId: number, key: string, value: Json): Promise<void> {
    await this.#change({
      trialId,
      line: this.#write.setTrialUserAttr(trialId, key, value),
      apply: (table, number) => table.setUserAttr(number, key, value),
    });
  }

  async setTrialSystemAttr(trialId: number, key: string, lazy: LazyJson): Promise<void> {
    const value = jsonOf(lazy);
    await this.#change({
      trialId,
      line: this.#write.setTrialSystemAttr(trialId, key, value),
      apply: (table, number) => table.setSystemAttr(number, key, value),
    });
  }

  async sync(studyId: number): Promise<void> {
    await this.#refresh();
    this.#state.study(studyId);
  }

  peekTrials(studyId: number): readonly FrozenTrial[] {
    return this.#state.study(studyId).table.trials;
  }

  peekTrial(trialId: number): FrozenTrial {
    const { table, number } = this.#state.place(trialId);
    return table.trials[number]!;
  }

  peekDistribution(studyId: number, name: string): Distribution | undefined {
    return this.#state.study(studyId).table.distribution(name);
  }

  /** Waits for the writes under way. The file is open while it is read or written only. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#access;
  }

  /** Shows a change at once and has it written. Resolves to whether there was something to change. */
  #change(change: Pick<Change, 'trialId' | 'line' | 'param' | 'apply'>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const whole = { ...change, resolve, reject };
      if (this.#pending.add(whole)) this.#enqueue({ change: whole });
      else resolve(false);
    });
  }

  #act<T>(
    plan: (state: JournalState) => Plan<T>,
    { matters = false }: { matters?: boolean } = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ action: { plan, matters, resolve, reject } });
    });
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#commit();
    } finally {
      this.#draining = undefined;
    }
  }

  /** Writes what is queued. Never rejects: each entry learns what became of it. */
  async #commit(): Promise<void> {
    let outcomes: Outcome[] | undefined;
    try {
      // A long journal is read before others have to wait for it.
      await this.#refresh();
      await this.#backend.whileLocked(() =>
        this.#exclusive(() =>
          this.#file.append((add) => {
            this.#swap();
            outcomes = [];
            return this.#writeAll(this.#queue.splice(0), add, outcomes);
          }),
        ),
      );
    } catch (error) {
      if (!outcomes) this.#refuse(this.#queue.splice(0), error);
      for (const { reject } of outcomes ?? []) reject(error);
      return;
    }
    for (const { resolve } of outcomes ?? []) resolve();
  }

  /** Adds what the log has then to `outcomes`; the rest is refused. */
  async #writeAll(entries: readonly Entry[], add: AddLines, outcomes: Outcome[]): Promise<void> {
    for (let at = 0; at < entries.length; ) {
      const changes: Change[] = [];
      let action: Action | undefined;
      while (at < entries.length && !action) {
        const entry = entries[at++]!;
        if ('action' in entry) action = entry.action;
        else if (this.#pending.has(entry.change)) changes.push(entry.change);
      }
      const plan = action && this.#plan(action);
      const lines = changes.map(({ line }) => line);
      if (plan?.line !== undefined) lines.push(plan.line);
      const { count, error } = lines.length > 0 ? await add(lines) : nothingAdded;
      const written = changes.slice(0, count);
      this.#pending.written(written);
      for (const { resolve, reject } of written) {
        outcomes.push({ resolve: () => resolve(true), reject });
      }
      if (error) {
        const refused: Entry[] = changes.slice(count).map((change) => ({ change }));
        if (plan) refused.push({ action: action! });
        this.#refuse([...refused, ...entries.slice(at)], error);
        return;
      }
      if (plan) {
        const { resolve, reject, matters } = action!;
        let result: unknown;
        const apply = (): void => {
          result = plan.apply();
        };
        if (matters) this.#pending.behind(apply);
        else apply();
        outcomes.push({ resolve: () => resolve(result), reject });
      }
    }
  }

  #plan(action: Action): Plan<unknown> | undefined {
    try {
      return action.plan(this.#state);
    } catch (error) {
      action.reject(error);
      return undefined;
    }
  }

  #refuse(entries: readonly Entry[], error: unknown): void {
    const changes: Change[] = [];
    for (const entry of entries) {
      if ('action' in entry) entry.action.reject(error);
      else if (this.#pending.has(entry.change)) changes.push(entry.change);
    }
    this.#pending.refused(changes, error);
  }

  #refresh(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#file.read();
      this.#swap();
    });
  }

  /** Runs `body` when all accesses to the file before it have ended. */
  #exclusive<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#access.then(body);
    this.#access = result.catch(() => {});
    return result;
  }

  /** Follows a record that others wrote. */
  #follow(record: JournalRecord): void {
    if (this.#next) this.#next.apply(record);
    else if (!this.#pending.conflicts(record)) this.#state.apply(record);
    else this.#pending.behind(() => this.#state.apply(record));
  }

  /** After the file was replaced, and read from its beginning. */
  #swap(): void {
    if (!this.#next) return;
    this.#pending.takeBack();
    this.#state = this.#next;
    this.#next = undefined;
    this.#pending.redo(this.#state);
  }
}

const nothingAdded: Added = { count: 0 };

/** What is told to the caller of a method when its line is on the disk, or is not. */
interface Outcome {
  resolve(): void;
  reject(error: unknown): void;
}
