import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { AbortError, BusyError, invalidArgument, invalidInteger, show } from '../errors.js';
import { defaultRng } from '../numpy/generator.js';
import { checkOptionNames } from '../options.js';
import { type Algorithm, proposal } from './algorithm.js';
import {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_RUNNING,
  type TrialDocument,
} from './documents.js';
import { Domain, type Objective } from './domain.js';
import type { EarlyStopFunction } from './early-stop.js';
import { InvalidSpace } from './errors.js';
import type { Evaluated } from './node.js';
import { searchProgress } from './progress.js';
import type { Assignment } from './space.js';
import * as tpe from './tpe/index.js';
import { Trials } from './trials.js';

/** Where the seeds of the search algorithm come from: NumPy's Generator, or anything like it. */
export interface SeedSource {
  /** An integer in [0, high). */
  integers(high: number): number;
}

/** Of `fmin`, under the names of Hyperopt's in camel case. */
export interface FminOptions<Space> {
  /** The objective: from a configuration to its loss, or to an object with `status` and `loss`. */
  fn: Objective<Evaluated<Space>>;
  /** The search space: objects, arrays, nodes of `hp` and plain values, nested at will. */
  space: Space;
  /** The search algorithm. Default: `tpe.suggest`. */
  algo?: Algorithm;
  /** Trials in `trials` at the end, those there before included. Default: no limit. */
  maxEvals?: number;
  /** Seconds after which no further round begins. Default: no limit. */
  timeout?: number;
  /** No further round begins once a loss is below this. Default: none. */
  lossThreshold?: number;
  /** The history to go on with. Default: an empty one. */
  trials?: Trials;
  /**
   * A seed, or a generator of seeds, of which every call of `algo` takes one. A seed starts its
   * sequence anew at each fmin; to go on with it, pass one generator to all. Default: the
   * environment's HYPEROPT_FMIN_SEED, else a seed from the operating system.
   */
  rstate?: number | bigint | SeedSource;
  /**
   * Assignments to evaluate first, in addition to `maxEvals`: a value for every active label, of
   * choices the index.
   */
  pointsToEvaluate?: readonly Readonly<Partial<Assignment>>[];
  /** Trials proposed before they are evaluated, one after the other. Default: 1. */
  maxQueueLen?: number;
  /** Whether a trial whose objective throws is recorded and passed over. Default: false. */
  catchEvalExceptions?: boolean;
  /**
   * Whether to resolve to the best assignment. If false: to its configuration, or to null if no
   * trial was evaluated. Default: true.
   */
  returnArgmin?: boolean;
  /** Called after every round; see `noProgressLoss`. */
  earlyStopFn?: EarlyStopFunction;
  /** Whether progress is shown on stderr. Default: true. */
  showProgressbar?: boolean;
  /** False silences everything. Default: true. */
  verbose?: boolean;
  /** Ends the search: the trial under way is marked as cancelled, and fmin rejects with AbortError. */
  signal?: AbortSignal;
}

const defaults = {
  algo: tpe.suggest as Algorithm,
  maxEvals: Number.POSITIVE_INFINITY,
  timeout: Number.POSITIVE_INFINITY,
  lossThreshold: Number.NEGATIVE_INFINITY,
  maxQueueLen: 1,
  catchEvalExceptions: false,
  returnArgmin: true,
  showProgressbar: true,
  verbose: true,
};
const withoutDefault = [
  'fn',
  'space',
  'trials',
  'rstate',
  'pointsToEvaluate',
  'earlyStopFn',
  'signal',
] as const satisfies readonly (keyof FminOptions<unknown>)[];

type Settings = typeof defaults &
  Pick<FminOptions<unknown>, 'trials' | 'rstate' | 'earlyStopFn' | 'signal' | 'pointsToEvaluate'>;

const mostSeeds = 2 ** 31 - 1;

/**
 * Minimises `fn` over `space` and resolves to the best trial's assignment: a number for every label
 * active in it, of choices the option's index (`spaceEval` makes it a configuration).
 *
 * Rejects with InvalidArgumentError for impossible options, before anything is evaluated; with what
 * the objective throws, InvalidLoss and InvalidResultStatus included, unless exceptions are caught;
 * with AllTrialsFailed when no trial has a loss in the end; with AbortError when `signal` fires; and
 * with BusyError while another fmin uses the same trials. `trials` keeps everything up to then, and
 * another fmin can go on with it.
 *
 * Source: Bergstra, Bardenet, Bengio and Kégl (2011), Algorithms for Hyper-Parameter Optimization.
 */
export async function fmin<const Space>(
  options: FminOptions<Space> & { returnArgmin: false },
): Promise<Evaluated<Space> | null>;
export async function fmin<const Space>(options: FminOptions<Space>): Promise<Assignment>;
export async function fmin<const Space>(options: FminOptions<Space>): Promise<unknown> {
  const settings = checked(options);
  const domain = new Domain(options.fn, options.space);
  const trials = settings.trials ?? new Trials();
  const search = new Search(domain, trials, settings);
  await search.run();
  if (settings.returnArgmin) return trials.argmin;
  return trials.length > 0 ? domain.space.evaluate(trials.argmin) : null;
}

function checked<Space>(options: FminOptions<Space>): Settings {
  checkOptionNames('fmin', options, [...withoutDefault, ...Object.keys(defaults)]);
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  const settings: Settings = { ...defaults, ...Object.fromEntries(given) };
  const { maxEvals, timeout, lossThreshold, maxQueueLen, pointsToEvaluate, trials } = settings;
  if (!Object.hasOwn(options, 'space')) throw invalidArgument('space', 'given', undefined);
  const { space } = options;
  if (typeof space !== 'object' || space === null || space instanceof Map) {
    throw new InvalidSpace(`space must be an object, an array or an hp node, not ${show(space)}`);
  }
  for (const name of ['algo', 'earlyStopFn'] as const) {
    if (settings[name] !== undefined && typeof settings[name] !== 'function') {
      throw invalidArgument(name, 'a function', settings[name]);
    }
  }
  for (const name of [
    'catchEvalExceptions',
    'returnArgmin',
    'showProgressbar',
    'verbose',
  ] as const) {
    if (typeof settings[name] !== 'boolean') {
      throw invalidArgument(name, 'true or false', settings[name]);
    }
  }
  if (!(Number.isSafeInteger(maxEvals) || maxEvals === Number.POSITIVE_INFINITY) || maxEvals < 0) {
    throw invalidInteger('maxEvals', 'a non-negative integer', maxEvals);
  }
  if (!(typeof timeout === 'number' && timeout > 0)) {
    throw invalidArgument('timeout', 'a positive number of seconds', timeout);
  }
  if (typeof lossThreshold !== 'number' || Number.isNaN(lossThreshold)) {
    throw invalidArgument('lossThreshold', 'a number', lossThreshold);
  }
  if (!Number.isSafeInteger(maxQueueLen) || maxQueueLen < 1) {
    throw invalidInteger('maxQueueLen', 'a positive integer', maxQueueLen);
  }
  if (trials !== undefined && !(trials instanceof Trials)) {
    throw invalidArgument('trials', 'a Trials', trials);
  }
  if (settings.signal !== undefined && !(settings.signal instanceof AbortSignal)) {
    throw invalidArgument('signal', 'an AbortSignal', settings.signal);
  }
  if (pointsToEvaluate !== undefined) {
    const isObject = (point: unknown) => typeof point === 'object' && point !== null;
    if (!Array.isArray(pointsToEvaluate) || !pointsToEvaluate.every(isObject)) {
      throw invalidArgument('pointsToEvaluate', 'an array of assignments', pointsToEvaluate);
    }
  }
  return settings;
}

function seedSource(rstate: number | bigint | SeedSource | undefined): SeedSource {
  if (typeof rstate === 'object' && typeof rstate?.integers === 'function') return rstate;
  if (typeof rstate === 'number' || typeof rstate === 'bigint') return defaultRng(rstate);
  if (rstate !== undefined) {
    throw invalidArgument('rstate', 'a seed or an object with integers(high)', rstate);
  }
  const seed = process.env['HYPEROPT_FMIN_SEED'];
  if (!seed) return defaultRng();
  if (!/^\d+$/.test(seed)) {
    throw invalidArgument('HYPEROPT_FMIN_SEED', 'a non-negative integer', seed);
  }
  return defaultRng(BigInt(seed));
}

const busy = new WeakSet<Trials>();

/** One run of fmin over its trials. */
class Search {
  readonly #domain: Domain;
  readonly #trials: Trials;
  readonly #settings: Settings;
  readonly #seeds: SeedSource;
  readonly #points: TrialDocument[];

  constructor(domain: Domain, trials: Trials, settings: Settings) {
    this.#domain = domain;
    this.#trials = trials;
    this.#settings = settings;
    this.#seeds = seedSource(settings.rstate);
    const values = (settings.pointsToEvaluate ?? []).map((point) => domain.space.valuesOf(point));
    this.#throwIfAborted();
    if (busy.has(trials)) throw new BusyError('trials are in use by another fmin');
    trials.refresh();
    const tids = trials.newTrialIds(values.length);
    this.#points = values.map((vals, i) => proposal(tids[i]!, vals, domain, trials));
  }

  async run(): Promise<void> {
    busy.add(this.#trials);
    try {
      await this.#rounds();
    } finally {
      this.#trials.refresh();
      busy.delete(this.#trials);
    }
  }

  async #rounds(): Promise<void> {
    const trials = this.#trials;
    const { maxEvals, timeout, lossThreshold, earlyStopFn, showProgressbar, verbose } =
      this.#settings;
    const deadline = performance.now() + timeout * 1000;
    const toPropose = maxEvals - trials.length;
    trials.insertTrialDocs(this.#points);
    const progress = searchProgress(
      showProgressbar && verbose,
      trials.countByStateSynced(JOB_STATE_DONE),
      maxEvals + this.#points.length,
    );
    let proposed = 0;
    let bestLoss = Number.POSITIVE_INFINITY;
    let stopState: unknown[] = [];
    let stopped = false;
    try {
      while (
        !stopped &&
        (proposed < toPropose || trials.queued().length > 0) &&
        performance.now() < deadline &&
        bestLoss >= lossThreshold
      ) {
        const added = await this.#fillQueue(toPropose - proposed);
        proposed += added.proposed;
        stopped = added.ended;
        await this.#evaluateQueue();
        trials.refresh();
        if (earlyStopFn !== undefined) {
          const verdict = await earlyStopFn(trials, ...stopState);
          if (!Array.isArray(verdict) || !Array.isArray(verdict[1])) {
            throw invalidArgument('what earlyStopFn returns', '[stop, state]', verdict);
          }
          stopped ||= Boolean(verdict[0]);
          stopState = verdict[1];
        }
        bestLoss = smallest(trials.losses());
        progress.update(trials.countByStateSynced(JOB_STATE_DONE), bestLoss);
        // Objectives that never wait would otherwise keep timers and signals from being heard.
        await setImmediate();
        this.#throwIfAborted();
      }
    } finally {
      progress.stop();
    }
  }

  /** Proposes trials until the queue is full; `ended` says that the algorithm has no more. */
  async #fillQueue(atMost: number): Promise<{ proposed: number; ended: boolean }> {
    const trials = this.#trials;
    const { algo, maxQueueLen } = this.#settings;
    let proposed = 0;
    for (;;) {
      const room = Math.min(maxQueueLen - trials.queued().length, atMost - proposed);
      if (room <= 0) return { proposed, ended: false };
      const newIds = trials.newTrialIds(room);
      trials.refresh();
      const documents = await algo(newIds, this.#domain, trials, this.#seeds.integers(mostSeeds));
      if (!Array.isArray(documents) || documents.length > newIds.length) {
        throw invalidArgument('what algo returns', `at most ${room} trial documents`, documents);
      }
      if (documents.length === 0) return { proposed, ended: true };
      trials.insertTrialDocs(documents);
      trials.refresh();
      proposed += documents.length;
    }
  }

  async #evaluateQueue(): Promise<void> {
    for (const trial of this.#trials.queued()) await this.#evaluate(trial);
  }

  async #evaluate(trial: TrialDocument): Promise<void> {
    const { signal, catchEvalExceptions } = this.#settings;
    this.#throwIfAborted();
    trial.state = JOB_STATE_RUNNING;
    trial.bookTime = new Date();
    trial.refreshTime = trial.bookTime;
    try {
      const result = this.#domain.evaluate(assignmentOf(trial), {
        trial,
        trials: this.#trials,
        attachments: this.#trials.trialAttachments(trial),
        signal,
      });
      trial.result = await unlessAborted(result, signal);
      trial.state = JOB_STATE_DONE;
    } catch (thrown) {
      const error = signal?.aborted
        ? new AbortError(`fmin was aborted during trial ${trial.tid}`, { cause: signal.reason })
        : thrown;
      trial.state = signal?.aborted ? JOB_STATE_CANCEL : JOB_STATE_ERROR;
      trial.misc.error = error instanceof Error ? [error.name, error.message] : ['', show(error)];
      if (signal?.aborted || !catchEvalExceptions) throw error;
    } finally {
      trial.refreshTime = new Date();
    }
  }

  #throwIfAborted(): void {
    const { signal } = this.#settings;
    if (signal?.aborted) throw new AbortError('fmin was aborted', { cause: signal.reason });
  }
}

function smallest(losses: readonly (number | undefined)[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const loss of losses) if (loss !== undefined && loss < best) best = loss;
  return best;
}

function assignmentOf({ misc }: TrialDocument): Assignment {
  const active = Object.entries(misc.vals).filter(([, values]) => values.length > 0);
  return Object.fromEntries(active.map(([label, values]) => [label, values[0]!]));
}

/** `result`, or a rejection as soon as the signal fires, whatever becomes of `result`. */
async function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
