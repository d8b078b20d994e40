import { invalidArgument, show } from '../errors.js';
import type { Distribution } from './distribution.js';
import {
  STATUS_NEW,
  STATUS_OK,
  STATUS_STRINGS,
  type Status,
  type TrialDocument,
  type TrialResult,
} from './documents.js';
import { InvalidLoss, InvalidResultStatus } from './errors.js';
import type { Evaluated } from './node.js';
import { type Assignment, SearchSpace } from './space.js';
import type { TrialAttachments, Trials } from './trials.js';

/** What an objective may use beside its configuration. */
export interface Ctrl {
  /** The document of the trial under way. */
  readonly trial: TrialDocument;
  /** The history of the search. */
  readonly trials: Trials;
  /** Objects to keep beside the trial's result. */
  readonly attachments: TrialAttachments;
  /** Fires when the search is to stop. */
  readonly signal?: AbortSignal;
}

/**
 * What an objective may return: the loss, or an object with a `status`, and with a `loss` if that is
 * 'ok'. `attachments` are moved to the Trials.
 */
export type ObjectiveResult =
  | number
  | {
      status: Status;
      loss?: number;
      attachments?: Record<string, unknown>;
      [key: string]: unknown;
    };

/** A function to be minimised over configurations. */
export type Objective<Config> = (
  config: Config,
  ctrl: Ctrl,
) => ObjectiveResult | PromiseLike<ObjectiveResult>;

/** An objective together with its search space: what a search algorithm is asked about. */
export class Domain<const Space = unknown> {
  /** As it was given, taken apart. */
  readonly space: SearchSpace;
  /** What each label draws from. */
  readonly params: Readonly<Record<string, Distribution>>;
  /** Copied into documents, for Hyperopt's format. */
  readonly cmd = ['domain_attachment', 'FMinIter_Domain'] as const;
  /** Copied into documents, for Hyperopt's format. */
  readonly workdir = null;
  readonly #fn: Objective<never>;

  /**
   * Throws InvalidArgumentError when `fn` is no function, DuplicateLabel when two nodes share a
   * label, and InvalidSpace when the space contains itself.
   */
  constructor(fn: Objective<Evaluated<Space>>, space: Space) {
    if (typeof fn !== 'function') throw invalidArgument('fn', 'a function', fn);
    this.#fn = fn;
    this.space = new SearchSpace(space);
    const { labels } = this.space;
    this.params = Object.fromEntries(
      labels.map((label) => [label, this.space.distribution(label)]),
    );
  }

  /** The result of a trial that has not begun. */
  newResult(): TrialResult {
    return { status: STATUS_NEW };
  }

  /**
   * Calls the objective at `assignment`. Rejects with what it throws, with InvalidResultStatus when
   * it returns neither a number nor an object with a known status, and with InvalidLoss when the
   * status is 'ok' and the loss no number.
   */
  async evaluate(assignment: Readonly<Assignment>, ctrl: Ctrl): Promise<TrialResult> {
    const config = this.space.evaluate(assignment) as never;
    const returned: unknown = await this.#fn(config, ctrl);
    const { attachments, ...result } = checkResult(returned);
    for (const [name, value] of Object.entries(attachments ?? {}))
      ctrl.attachments.set(name, value);
    return result;
  }
}

function checkResult(returned: unknown): TrialResult & { attachments?: object } {
  if (typeof returned === 'number') return { loss: returned, status: STATUS_OK };
  if (typeof returned !== 'object' || returned === null) {
    throw new InvalidResultStatus(
      `the objective must return a number or an object with a status, not ${show(returned)}`,
    );
  }
  const { status, loss } = returned as Partial<TrialResult>;
  if (!STATUS_STRINGS.includes(status as Status)) {
    throw new InvalidResultStatus(
      `the status of the objective's result must be one of ${STATUS_STRINGS.join(', ')}, not ${show(status)}`,
    );
  }
  if (status === STATUS_OK && typeof loss !== 'number') {
    throw new InvalidLoss(
      `the loss of the objective's result must be a number when its status is 'ok', not ${show(loss)}`,
    );
  }
  return returned as TrialResult;
}
