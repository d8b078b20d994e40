import { isDeepStrictEqual } from 'node:util';
import { AbortError, InvalidArgumentError, OutOfMemoryError } from '../errors.js';
import { exclusively } from './lock.js';
import {
  type ArrayObjective,
  type EpochMetrics,
  type Objective,
  type ObjectiveContext,
  type TrialRun,
  TrialStopped,
} from './objective.js';
import type { Plan, StrategyPlan } from './plan.js';
import {
  type DataDescription,
  type Environment,
  emptyResults,
  isFinished,
  makeFolder,
  type Results,
  readResults,
  type TrialRecord,
  type TrialTime,
  writeResults,
} from './results.js';
import { strategies } from './strategies/index.js';
import type { StrategyName } from './strategies/names.js';
import type { Strategy, Watch, WatchedTrial } from './strategies/strategy.js';

/** What a running comparison tells. */
export type ProgressEvent = { strategy: StrategyName; trial: TrialRecord } & (
  | { type: 'trial-start' }
  /** `share` of the epoch that is being trained, in 0..1. */
  | { type: 'batch'; share: number }
  | { type: 'epoch'; seconds: number }
  /** `recorded`: an earlier run had finished it. */
  | { type: 'trial-end'; recorded: boolean }
);

/** What a comparison runs, on what and where. */
export interface ComparisonOptions {
  /** Of makePlan. */
  plan: Plan;
  /** Trains a network for a trial. */
  objective: Objective;
  /** For a plan with a trialArray above 1. Default: `objective`, one trial after the other. */
  arrayObjective?: ArrayObjective;
  /** Where results.json is, or will be. A folder with unfinished results of the same plan is resumed. */
  folder: string;
  /** For the record. */
  data: DataDescription;
  /** For the record. */
  environment: Environment;
  /** Interrupts it; the same plan and folder resume it. */
  signal?: AbortSignal;
  /** Called as trials start, train and end. */
  onProgress?: (event: ProgressEvent) => void;
}

/**
 * Runs the plan's strategies in turn and writes results.json at the start and end of every trial,
 * so that an interrupted comparison goes on where it stopped: its strategies make their choices
 * again, and the trials that are finished answer from the record.
 * @throws AbortError when the signal fires; the running trial is then marked as interrupted
 * @throws InvalidArgumentError if the folder holds the results of another plan
 * @throws BusyError if another comparison is writing to the folder
 * @throws DataError if the results cannot be read or written
 */
export async function runComparison(options: ComparisonOptions): Promise<Results> {
  const { folder } = options;
  await makeFolder(folder);
  const earlier = await earlierResults(options);
  if (earlier?.status === 'complete') return earlier;
  return exclusively(folder, async () => {
    // Read again: another comparison may have gone on with them in the meantime.
    const results = (await earlierResults(options)) ?? emptyResults(options);
    return results.status === 'complete' ? results : new ComparisonRun(options, results).run();
  });
}

async function earlierResults({ folder, plan }: ComparisonOptions): Promise<Results | undefined> {
  const earlier = await readResults(folder);
  if (earlier && !isDeepStrictEqual(earlier.plan, plan)) {
    throw new InvalidArgumentError(
      `${folder} holds the results of a comparison with other settings; choose another folder`,
    );
  }
  return earlier;
}

interface OpenTrial {
  trial: TrialRecord;
  time: TrialTime;
  watch: Watch | undefined;
}

class ComparisonRun {
  readonly #options: ComparisonOptions;
  readonly #results: Results;
  readonly #signal: AbortSignal;

  constructor(options: ComparisonOptions, results: Results) {
    this.#options = options;
    this.#results = results;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async run(): Promise<Results> {
    try {
      await this.#save('running');
      for (const strategy of this.#options.plan.strategies) await this.#runStrategy(strategy);
      await this.#save('complete');
    } catch (error) {
      // Whether or not this last write succeeds, the first error is the one to tell.
      await this.#save('interrupted').catch(() => undefined);
      throw error;
    }
    return this.#results;
  }

  async #runStrategy(plan: StrategyPlan): Promise<void> {
    const { seed, space } = this.#options.plan;
    const strategy: Strategy = strategies[plan.name];
    let next = 0;
    const runTrials = (runs: readonly WatchedTrial[]) => {
      const first = next;
      next += runs.length;
      return this.#runTrials(plan, first, runs);
    };
    await strategy.run({
      trials: plan.trials,
      space,
      seed,
      settings: plan.settings,
      trialArray: this.#options.plan.trialArray,
      runTrials,
      runTrial: async (params, watch) => (await runTrials([{ params, watch }]))[0]!,
    });
  }

  /** Trials `first`, `first` + 1, ... */
  async #runTrials(
    plan: StrategyPlan,
    first: number,
    runs: readonly WatchedTrial[],
  ): Promise<TrialRecord[]> {
    const { trials } = this.#results.strategies.find(({ name }) => name === plan.name)!;
    const times = this.#results.times.trials[plan.name]!;
    const open: OpenTrial[] = [];
    for (const [i, { params, watch }] of runs.entries()) {
      const number = first + i;
      const recorded = trials[number];
      if (recorded && isFinished(recorded)) {
        await this.#answerFromRecord(plan, recorded, runs[i]!);
        continue;
      }
      const trial: TrialRecord = {
        number,
        params,
        state: 'running',
        reason: undefined,
        value: undefined,
        epochs: [],
      };
      const time: TrialTime = { seconds: 0, epochs: [] };
      open.push({ trial, time, watch });
    }
    if (open.length > 0) {
      this.#throwIfAborted();
      for (const { trial, time } of open) {
        trials[trial.number] = trial;
        times[trial.number] = time;
      }
      await this.#save('running');
      await this.#train(plan, open);
      await this.#save('running');
      for (const { trial } of open) {
        this.#options.onProgress?.({
          type: 'trial-end',
          strategy: plan.name,
          trial,
          recorded: false,
        });
      }
    }
    return trials.slice(first, first + runs.length);
  }

  async #answerFromRecord(
    plan: StrategyPlan,
    trial: TrialRecord,
    { params, watch }: WatchedTrial,
  ): Promise<void> {
    if (!isDeepStrictEqual(trial.params, params)) {
      throw new InvalidArgumentError(
        `trial ${trial.number} of ${plan.name} was recorded with other hyperparameters than this version chooses; start anew in another folder`,
      );
    }
    for (const [i, epoch] of trial.epochs.entries()) await watch?.(epoch, i + 1);
    this.#options.onProgress?.({ type: 'trial-end', strategy: plan.name, trial, recorded: true });
  }

  /** Runs the objective and settles what became of each trial. */
  async #train(plan: StrategyPlan, open: readonly OpenTrial[]): Promise<void> {
    const { objective, arrayObjective, onProgress } = this.#options;
    const begin = (one: OpenTrial, atOnce: number): TrialRun => {
      onProgress?.({ type: 'trial-start', strategy: plan.name, trial: one.trial });
      return { params: one.trial.params, context: this.#context(plan, one, atOnce) };
    };
    const ended =
      arrayObjective !== undefined && open.length > 1
        ? await timed(open, () => arrayObjective(open.map((one) => begin(one, open.length))))
        : await inTurn(open, (one) =>
            timed([one], () => {
              const { params, context } = begin(one, 1);
              return objective(params, context);
            }),
          );
    let failure: { error: unknown } | undefined;
    for (const [i, result] of ended.entries()) {
      try {
        this.#settle(open[i]!.trial, result);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  #context(
    plan: StrategyPlan,
    { trial, time, watch }: OpenTrial,
    atOnce: number,
  ): ObjectiveContext {
    const { onProgress } = this.#options;
    let epochStarted = performance.now();
    return {
      epochs: plan.epochs,
      seed: this.#options.plan.seed,
      signal: this.#signal,
      onEpoch: async (metrics) => {
        const now = performance.now();
        const seconds = (now - epochStarted) / 1000 / atOnce;
        epochStarted = now;
        const { loss, accuracy, testLoss, testAccuracy } = metrics;
        const epoch = { loss, accuracy, testLoss, testAccuracy };
        checkFinite(epoch, trial.epochs.length + 1);
        trial.epochs.push(epoch);
        time.epochs.push(seconds);
        onProgress?.({ type: 'epoch', strategy: plan.name, trial, seconds });
        if (trial.epochs.length < plan.epochs) this.#throwIfAborted();
        const reason = await watch?.(metrics, trial.epochs.length);
        if (reason !== undefined) throw new TrialStopped('pruned', reason);
      },
      onEpochProgress: (share) =>
        onProgress?.({ type: 'batch', strategy: plan.name, trial, share }),
    };
  }

  /** @throws what is no end of a trial, but of the comparison */
  #settle(trial: TrialRecord, result: PromiseSettledResult<void>): void {
    if (result.status === 'fulfilled') {
      trial.value = trial.epochs.at(-1)!.testAccuracy;
      trial.state = 'complete';
      return;
    }
    const error: unknown = result.reason;
    this.#throwIfAborted(() => {
      trial.state = 'interrupted';
    });
    if (error instanceof TrialStopped) {
      trial.state = error.state;
    } else if (error instanceof OutOfMemoryError) {
      trial.state = 'failed';
    } else {
      trial.state = 'interrupted';
      throw error;
    }
    trial.reason = error.message;
  }

  async #save(status: Results['status']): Promise<void> {
    this.#results.status = status;
    this.#results.times.updated = new Date().toISOString();
    await writeResults(this.#options.folder, this.#results);
  }

  #throwIfAborted(before?: () => void): void {
    if (!this.#signal.aborted) return;
    before?.();
    throw new AbortError('the comparison was interrupted', { cause: this.#signal.reason });
  }
}

function checkFinite(metrics: EpochMetrics, epoch: number): void {
  for (const [name, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value))
      throw new TrialStopped('failed', `${name} is ${value} after epoch ${epoch}`);
  }
}

/** Notes what time `run` takes: the same share for each of the trials. */
async function timed<T>(trials: readonly OpenTrial[], run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await run();
  } finally {
    const seconds = (performance.now() - started) / 1000 / trials.length;
    for (const { time } of trials) time.seconds = seconds;
  }
}

async function inTurn<T>(
  list: readonly T[],
  run: (one: T) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  const results: PromiseSettledResult<void>[] = [];
  for (const one of list) results.push(...(await Promise.allSettled([run(one)])));
  return results;
}
