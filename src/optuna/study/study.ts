import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusyError, invalidArgument, show } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { type Distribution, type ParamValue, sameChoice } from '../distributions/distributions.js';
import { MultiObjectiveError, NotOptimizingError, TrialNotFoundError } from '../errors.js';
import {
  type ArrayObjective,
  type ArrayOptimizeOptions,
  type Objective,
  type OptimizeOptions,
  runOptimize,
} from '../optimize/optimize.js';
import { PinnedTrials } from '../optimize/pinned-view.js';
import { unitOf } from '../optimize/stop-unit.js';
import { checkedPruner, type Pruner } from '../pruners/pruner.js';
import { toJson } from '../python-json.js';
import { checkedSampler, type Sampler } from '../samplers/sampler.js';
import type { Storage, StudyRecord } from '../storages/storage.js';
import { snapshotOf } from '../storages/trial-table.js';
import {
  type Attrs,
  checkTemplate,
  type Direction,
  type FrozenTrial,
  isFinished,
  type TrialState,
  type TrialTemplate,
  trialStates,
} from '../trial/frozen-trial.js';
import { Trial } from '../trial/trial.js';
import { askBatch } from './ask-batch.js';
import { bestTrial, paretoFront } from './best.js';
import { StudyContext, samplerView } from './study-context.js';
import { checkRunning, outcomeOf, type ToldState } from './tell.js';
import { type TrialsTable, type TrialsTableOptions, tableOf } from './trials-table.js';
import { addInOrder } from './write-study.js';

/** Options of study.enqueueTrial. */
export interface EnqueueOptions {
  /** Attributes of the trial: what JSON can hold, by key. Default none. */
  userAttrs?: Readonly<Record<string, unknown>>;
  /** Enqueue nothing if a trial has (or waits for) the same parameters. Default false. */
  skipIfExists?: boolean;
}

/** So many trials are looked at before the event loop has its turn. */
const trialsATurn = 5000;

interface BeginOptions {
  /** Whether the trial gives a sign of life, where the storage takes them, before anything is drawn. */
  isAlive?: boolean;
}

/** Options of study.tell. */
export interface TellOptions {
  /** How the trial ended; from the values if left out: complete, or failed if they are none. */
  state?: ToldState;
  /** Do nothing, instead of throwing, if the trial is finished already. Default false. */
  skipIfFinished?: boolean;
}

const metricNamesKey = 'study:metric_names';

/** A series of trials of one objective, or of several. Made by createStudy and loadStudy. */
export class Study {
  readonly #context: StudyContext;
  #sampler: Sampler;
  #pruner: Pruner;
  /** No trial of a smaller number waits. */
  #firstWaiting = 0;
  #optimizing = false;
  #stopped = false;

  /** @internal */
  constructor(
    storage: Storage,
    record: StudyRecord,
    sampler: Sampler,
    pruner: Pruner,
    growingCategoricals = false,
  ) {
    this.#context = new StudyContext(storage, record, () => this.#stop(), growingCategoricals);
    this.#sampler = sampler;
    this.#pruner = pruner;
  }

  /** Chooses the parameters of trials asked for from now on. Setting it to none throws InvalidArgumentError. */
  get sampler(): Sampler {
    return this.#sampler;
  }

  set sampler(sampler: Sampler) {
    this.#sampler = checkedSampler(sampler);
  }

  /** Judges the trials asked for from now on. Setting it to none throws InvalidArgumentError. */
  get pruner(): Pruner {
    return this.#pruner;
  }

  set pruner(pruner: Pruner) {
    this.#pruner = checkedPruner(pruner);
  }

  /** @internal */
  get context(): StudyContext {
    return this.#context;
  }

  /** Unique within the storage. */
  get studyName(): string {
    return this.#context.studyName;
  }

  /** One an objective. */
  get directions(): readonly Direction[] {
    return this.#context.directions;
  }

  /** Throws MultiObjectiveError if there are several. */
  get direction(): Direction {
    this.#checkSingleObjective('study.direction', 'use study.directions');
    return this.directions[0]!;
  }

  /** All trials by number; with `states` those in one of them. */
  async trials(options: { states?: readonly TrialState[] } = {}): Promise<FrozenTrial[]> {
    checkOptionNames('trials', options, ['states']);
    const { states } = options;
    if (states !== undefined) {
      if (!Array.isArray(states)) throw invalidArgument('states', 'an array', states);
      const wrong = states.find((state) => !trialStates.includes(state));
      if (wrong !== undefined) {
        throw invalidArgument('states', `some of ${trialStates.join(', ')}`, wrong);
      }
    }
    await this.#sync();
    return this.#context.trials({ states }).map(snapshotOf);
  }

  /**
   * The complete trial with the best value, the first of equal ones; with constraints the best that
   * keeps them. Rejects with NoBestTrialError, MultiObjectiveError.
   */
  async bestTrial(): Promise<FrozenTrial> {
    this.#checkSingleObjective('study.bestTrial', 'use study.bestTrials');
    return bestTrial(await this.trials(), this.direction);
  }

  /** The parameters of the best trial, yours to change. */
  async bestParams(): Promise<Record<string, ParamValue>> {
    return { ...(await this.bestTrial()).params };
  }

  /** The value of the best trial. */
  async bestValue(): Promise<number> {
    return (await this.bestTrial()).values![0]!;
  }

  /** The complete trials that no other dominates: the Pareto front. */
  async bestTrials(): Promise<FrozenTrial[]> {
    return paretoFront(await this.trials(), this.directions);
  }

  /**
   * Starts a trial: the first one that waits, or a new one. With `fixedDistributions` these
   * parameters are suggested at once. Finish it with `tell`. Rejects with
   * IncompatibleDistributionError, and as the sampler does; the trial has failed then.
   */
  async ask(fixedDistributions: Readonly<Record<string, Distribution>> = {}): Promise<Trial> {
    if (typeof fixedDistributions !== 'object' || fixedDistributions === null) {
      throw invalidArgument('fixedDistributions', 'an object', fixedDistributions);
    }
    await this.#sync();
    const fixed = Object.entries(fixedDistributions);
    for (const [name, distribution] of fixed) this.#context.checkKnown(name, distribution);
    return this.#begin(this.sampler, (trial) => {
      for (const [name, distribution] of fixed) trial.suggest(name, distribution);
    });
  }

  /**
   * Starts `size` trials to be run side by side: those that wait first, then new ones. What the sampler
   * chooses jointly is drawn at once, each trial counting as a bad one for the next, so that they spread.
   * Otherwise as many calls of `ask`. Rejects with InvalidArgumentError; no trial is left running then.
   */
  async askBatch(size: number): Promise<Trial[]> {
    return this.#askBatch(size);
  }

  #askBatch(size: number, options?: BeginOptions): Promise<Trial[]> {
    const sampler = this.sampler.forBatch?.() ?? this.sampler;
    const ask = async () => {
      await this.#sync();
      return this.#begin(sampler, (trial) => trial.drawJointly(), options);
    };
    return this.#askAll(size, ask);
  }

  #askAll(size: number, ask: () => Promise<Trial>): Promise<Trial[]> {
    return askBatch(size, ask, (trial) => this.tell(trial, undefined, { state: 'fail' }));
  }

  /** Starts a trial; `prepare` is called before its writes are awaited. */
  async #begin(
    sampler: Sampler,
    prepare: (trial: Trial) => void,
    { isAlive = false }: BeginOptions = {},
  ): Promise<Trial> {
    const frozen = await this.#start();
    return this.#orFail(frozen, async () => {
      if (isAlive) await this.#context.storage.heartbeat?.beat(frozen.id);
      const trial = new Trial(this.#context, sampler, this.pruner, frozen);
      await sampler.beforeTrial?.(samplerView(this.#context, frozen, this.pruner), frozen);
      prepare(trial);
      await this.#context.flush(frozen.id);
      return trial;
    });
  }

  /**
   * Finishes a trial (or the trial of that number) with its value, or one value an objective.
   * Values that are no numbers fail it, unless a state is given. A pruned trial takes its last
   * report as its value. Resolves to the finished trial. Rejects, and changes nothing, with
   * TrialNotFoundError, TrialStateError, InvalidArgumentError.
   */
  async tell(
    trial: Trial | number,
    values?: number | readonly number[] | null,
    options: TellOptions = {},
  ): Promise<FrozenTrial> {
    checkOptionNames('tell', options, ['state', 'skipIfFinished']);
    const { state, skipIfFinished = false } = options;
    await this.#sync();
    this.#context.forget();
    const frozen = this.#find(trial);
    if (skipIfFinished && isFinished(frozen.state)) return frozen;
    checkRunning(frozen);
    const outcome = outcomeOf(frozen, values, state, this.directions.length);
    try {
      await this.#context.flush(frozen.id);
      const pinned = trial instanceof Trial ? trial.pinned : undefined;
      const { sampler, view } = pinned ?? { sampler: this.sampler, view: this.#context };
      await sampler.afterTrial?.(
        samplerView(view, frozen, this.pruner),
        frozen,
        outcome.state,
        outcome.values,
      );
      await this.#context.flush(frozen.id);
    } finally {
      await this.#context.storage.setTrialState(frozen.id, outcome.state, outcome.values);
    }
    return this.#context.trial(frozen.id);
  }

  /**
   * Runs trials of `objective` until `nTrials`, `timeout`, `signal` or `stop()` ends it. What the
   * objective returns is told; TrialPruned prunes the trial; any other error fails the trial and is
   * thrown on, unless it is one of `catch`. A value that is NaN or no number fails the trial, not
   * the study. Rejects with AbortError if `signal` fires, after marking the running trials failed,
   * and with BusyError if the study is optimizing already.
   *
   * With `trialArray: k` the objective gets k trials at once and returns an outcome for each.
   */
  async optimize(objective: ArrayObjective, options: ArrayOptimizeOptions): Promise<void>;
  async optimize(objective: Objective, options?: OptimizeOptions): Promise<void>;
  async optimize(
    objective: Objective | ArrayObjective,
    options: Partial<ArrayOptimizeOptions> = {},
  ): Promise<void> {
    if (this.#optimizing)
      throw new BusyError('the study is optimizing already; wait for it to end');
    this.#optimizing = true;
    this.#stopped = false;
    const pinned = new PinnedTrials(this.#context);
    try {
      await runOptimize(this, objective, options, {
        isStopped: () => this.#stopped,
        ask: async () => {
          await this.#sync();
          return [await this.#begin(this.sampler, () => {}, { isAlive: true })];
        },
        askBatch: (size) => this.#askBatch(size, { isAlive: true }),
        askPinned: (size, samplerOf) =>
          this.#askAll(size, () => this.#askPinned(pinned, samplerOf)),
        conclude: ({ number }) => pinned.conclude(number),
      });
    } finally {
      this.#optimizing = false;
    }
  }

  /** Ends `optimize` after the trials that run. Throws NotOptimizingError outside of it. */
  stop(): void {
    if (!this.#optimizing) throw new NotOptimizingError();
    this.#stop();
  }

  /**
   * Lets a later trial take these parameters; what is missing is sampled. Values out of range are
   * taken too. Rejects with InvalidArgumentError, StorageError.
   */
  async enqueueTrial(
    params: Readonly<Record<string, ParamValue>>,
    options: EnqueueOptions = {},
  ): Promise<void> {
    checkOptionNames('enqueueTrial', options, ['userAttrs', 'skipIfExists']);
    const { userAttrs = {}, skipIfExists = false } = options;
    if (typeof params !== 'object' || params === null || Array.isArray(params)) {
      throw invalidArgument('params', 'an object of values by name', params);
    }
    for (const [name, value] of Object.entries(params)) {
      if (value !== null && !['boolean', 'number', 'string'].includes(typeof value)) {
        throw invalidArgument(`params['${name}']`, 'null, a boolean, a number or a string', value);
      }
    }
    const attrs = toJson('userAttrs', userAttrs) as Attrs;
    const fixed = toJson('params', params) as Readonly<Record<string, ParamValue>>;
    if (skipIfExists) {
      await this.#sync();
      if (this.#context.trials().some((trial) => sameParams(enqueuedOrOwn(trial), fixed))) return;
    }
    await this.addTrial({
      state: 'waiting',
      values: null,
      params: {},
      distributions: {},
      intermediateValues: new Map(),
      userAttrs: attrs,
      systemAttrs: { fixed_params: fixed },
      datetimeStart: null,
      datetimeComplete: null,
    });
  }

  /**
   * Adds a trial made elsewhere; see createTrial. Its number is new. Rejects with
   * InvalidArgumentError, IncompatibleDistributionError, StorageError.
   */
  addTrial(trial: TrialTemplate): Promise<void> {
    return this.addTrials([trial]);
  }

  /**
   * Adds several, in order, many of them in one transaction; none if one of them cannot be added to
   * the study. See addTrial.
   */
  async addTrials(trials: Iterable<TrialTemplate>): Promise<void> {
    const checked = Array.from(trials, (trial) => this.#checked(trial));
    const known = new Map<string, Distribution>();
    for (const { distributions } of checked) {
      for (const [name, distribution] of Object.entries(distributions)) {
        const other = known.get(name);
        if (other) this.#context.checkCompatible(name, other, distribution);
        else this.#context.checkKnown(name, distribution);
        known.set(name, distribution);
      }
    }
    await addInOrder(this.#context.storage, this.#context.studyId, checked);
  }

  /** A copy that nobody else can change. Throws InvalidArgumentError. */
  #checked(trial: TrialTemplate): TrialTemplate {
    checkTemplate(trial);
    if (trial.values !== null && trial.values.length !== this.directions.length) {
      throw invalidArgument('values', `${this.directions.length}, one an objective`, trial.values);
    }
    return {
      state: trial.state,
      values: trial.values && [...trial.values],
      params: { ...trial.params },
      distributions: { ...trial.distributions },
      intermediateValues: new Map(trial.intermediateValues),
      userAttrs: toJson('userAttrs', trial.userAttrs) as Attrs,
      systemAttrs: toJson('systemAttrs', trial.systemAttrs) as Attrs,
      datetimeStart: trial.datetimeStart,
      datetimeComplete: trial.datetimeComplete,
    };
  }

  /**
   * The trials as a data frame, with the columns of Optuna's `trials_dataframe`. Rejects with
   * InvalidArgumentError for attributes that trials do not have.
   */
  async trialsTable(options: TrialsTableOptions = {}): Promise<TrialsTable> {
    const metricNames = await this.metricNames();
    return tableOf(await this.trials(), options, {
      nObjectives: this.directions.length,
      metricNames,
    });
  }

  /**
   * What setUserAttr noted, here and in other processes. Rejects with StudyNotFoundError,
   * StorageError.
   */
  async userAttrs(): Promise<Attrs> {
    return (await this.#record()).userAttrs;
  }

  /**
   * Notes of the library, such as the metric names. Rejects with StudyNotFoundError, StorageError.
   */
  async systemAttrs(): Promise<Attrs> {
    return (await this.#record()).systemAttrs;
  }

  /**
   * Notes something about the study; `value` is anything that JSON can hold. Rejects with
   * InvalidArgumentError, StorageError.
   */
  async setUserAttr(key: string, value: unknown): Promise<void> {
    if (typeof key !== 'string') throw invalidArgument('key', 'a string', key);
    const { storage, studyId } = this.#context;
    await storage.setStudyUserAttr(studyId, key, toJson('value', value));
  }

  /** The names of the objective values, one an objective; null if they have none. */
  async metricNames(): Promise<readonly string[] | null> {
    const names = (await this.systemAttrs())[metricNamesKey];
    return (names as readonly string[] | undefined) ?? null;
  }

  /** Names the objective values. Rejects with InvalidArgumentError unless there is one an objective. */
  async setMetricNames(names: readonly string[]): Promise<void> {
    const n = this.directions.length;
    const valid =
      Array.isArray(names) && names.length === n && names.every((name) => typeof name === 'string');
    if (!valid) throw invalidArgument('names', `${n} strings, one an objective`, names);
    const { storage, studyId } = this.#context;
    await storage.setStudySystemAttr(studyId, metricNamesKey, toJson('names', names));
  }

  /**
   * Waits for the writes under way and lets go of the storage's files and connections; no study in it
   * can be used any more. Idempotent. Rejects with StorageError.
   */
  close(): Promise<void> {
    return this.#context.storage.close();
  }

  #stop(): void {
    const unit = unitOf(this);
    if (unit) unit.stops = true;
    else this.#stopped = true;
  }

  /** Starts a trial that sees the others as they are now, with all drawn that is drawn jointly. */
  async #askPinned(pinned: PinnedTrials, samplerOf: (number: number) => Sampler): Promise<Trial> {
    await this.#sync();
    const frozen = await this.#start();
    return this.#orFail(frozen, async () => {
      await this.#context.storage.heartbeat?.beat(frozen.id);
      const sampler = samplerOf(frozen.number);
      const view = pinned.view(frozen);
      const pruner = this.pruner.forTrial?.() ?? this.pruner;
      const trial = new Trial(this.#context, sampler, pruner, frozen, view);
      await sampler.beforeTrial?.(samplerView(view, frozen, pruner), frozen);
      trial.drawJointly();
      await this.#context.flush(frozen.id);
      pinned.pin(this.#context.trial(frozen.id));
      view.settle();
      return trial;
    });
  }

  /** What `prepare` makes of a trial that was started; nobody would finish one that it rejects. */
  async #orFail({ id }: FrozenTrial, prepare: () => Promise<Trial>): Promise<Trial> {
    try {
      return await prepare();
    } catch (error) {
      // What is wrong with the storage as well is not worth more than the first error.
      await this.#context.storage.setTrialState(id, 'fail').catch(() => {});
      throw error;
    }
  }

  /** The first trial that waits, or else a new one, running. */
  async #start(): Promise<FrozenTrial> {
    this.#context.forget();
    return (await this.#popWaiting()) ?? (await this.#createTrial());
  }

  #record(): Promise<StudyRecord> {
    return this.#context.storage.study(this.#context.studyId);
  }

  #sync(): Promise<void> {
    return this.#context.storage.sync(this.#context.studyId);
  }

  #createTrial(): Promise<FrozenTrial> {
    return this.#context.storage.createTrial(this.#context.studyId);
  }

  async #popWaiting(): Promise<FrozenTrial | undefined> {
    const { storage, studyId } = this.#context;
    for (;;) {
      const trials = storage.peekTrials(studyId);
      // What does not wait never waits again.
      while (trials[this.#firstWaiting] && trials[this.#firstWaiting]!.state !== 'waiting') {
        this.#firstWaiting += 1;
        // At first all trials of a long study are gone through.
        if (this.#firstWaiting % trialsATurn === 0) await nextTurn();
      }
      const first = trials[this.#firstWaiting];
      if (!first) return undefined;
      if (await storage.setTrialState(first.id, 'running')) return this.#context.trial(first.id);
    }
  }

  #find(trial: Trial | number): FrozenTrial {
    if (trial instanceof Trial) {
      if (trial.isOf(this.#context)) return this.#context.trial(trial.id);
      throw new TrialNotFoundError(
        `trial ${trial.number} is of another study than ${show(this.studyName)}`,
      );
    }
    if (!Number.isInteger(trial)) throw invalidArgument('trial', 'a Trial or its number', trial);
    const found = this.#context.trials()[trial];
    if (!found) {
      throw new TrialNotFoundError(`study ${show(this.studyName)} has no trial ${trial}`);
    }
    return found;
  }

  #checkSingleObjective(what: string, instead: string): void {
    if (this.directions.length > 1) throw new MultiObjectiveError(what, instead);
  }
}

function enqueuedOrOwn(trial: FrozenTrial): Readonly<Record<string, ParamValue>> {
  const fixed = trial.systemAttrs['fixed_params'];
  return (fixed as Readonly<Record<string, ParamValue>> | undefined) ?? trial.params;
}

/** Whether the names are the same, and the values: numbers to 1e-5 of the first. */
function sameParams(
  a: Readonly<Record<string, ParamValue>>,
  b: Readonly<Record<string, ParamValue>>,
): boolean {
  const names = Object.keys(b);
  return (
    Object.keys(a).length === names.length &&
    names.every((name) => {
      if (!Object.hasOwn(a, name)) return false;
      const [x, y] = [a[name], b[name]];
      if (typeof x !== typeof y) return false;
      if (typeof x !== 'number' || typeof y !== 'number') return x === y;
      return sameChoice(x, y) || (Number.isFinite(x) && Math.abs(x - y) <= 1e-5 * Math.abs(x));
    })
  );
}
