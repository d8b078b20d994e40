import type { RandomState } from '../../../numpy/random-state.js';
import {
  type ParamValue,
  type SearchSpace,
  sameDistribution,
} from '../../distributions/distributions.js';
import type { StudyView } from '../../study/study-context.js';
import type { FrozenTrial } from '../../trial/frozen-trial.js';
import type { RandomSampler } from '../random.js';

/**
 * What the draws of a trial may cost on the event loop, in nanoseconds by estimate; dearer ones are made on
 * a thread before the trial starts. By sizes, not by the clock, so that the order of events, on which
 * parallel trials depend, is the same in every run. Tests change it.
 */
export const drawAhead = { from: 2e6 };

/** Random numbers; those of start-up trials are a stream of their own, with the same seed. */
export interface Stream {
  readonly rng: RandomState;
  readonly startUp: RandomSampler;
  /** Draws from `rng` so far. */
  draws: number;
}

/** A draw that was made before it was asked for. */
interface DrawnAhead {
  space: SearchSpace;
  values: ReadonlyMap<string, ParamValue>;
  /** The stream before the draw. */
  rng: RandomState;
}

/** Those of one trial, in the order in which they are expected to be asked for. */
interface Waiting {
  list: DrawnAhead[];
  /** How many draws there were after the last one; NaN if others have drawn between them. */
  draws: number;
}

/** What is drawn from a stream, and the draws that were made before they were asked for. */
export class DrawsAhead {
  readonly stream: Stream;
  /** Whether the stream is that of one trial alone, so that nothing hangs on the order of its draws. */
  readonly inAnyOrder: boolean;
  /** By the storage and the trial's id, since storages replace the objects of running trials. */
  readonly #waiting = new WeakMap<object, Map<number, Waiting>>();

  constructor(stream: Stream, inAnyOrder: boolean) {
    this.stream = stream;
    this.inAnyOrder = inAnyOrder;
  }

  /** A draw that was just made, the stream's `nDraws` latest. */
  add({ storageKey }: StudyView, { id }: FrozenTrial, drawn: DrawnAhead, nDraws: number): void {
    let trials = this.#waiting.get(storageKey);
    if (trials === undefined) {
      trials = new Map();
      this.#waiting.set(storageKey, trials);
    }
    const { draws } = this.stream;
    const known = trials.get(id);
    if (known === undefined) {
      trials.set(id, { list: [drawn], draws });
      return;
    }
    known.list.push(drawn);
    known.draws = known.draws === draws - nDraws ? draws : Number.NaN;
  }

  /**
   * The values of the trial's next draw if it is from that space; if not, all that is left is taken back. In
   * any order: of whichever draw is from that space.
   */
  take(
    study: StudyView,
    trial: FrozenTrial,
    space: SearchSpace,
  ): ReadonlyMap<string, ParamValue> | undefined {
    const list = this.#waiting.get(study.storageKey)?.get(trial.id)?.list;
    if (list === undefined || list.length === 0) return undefined;
    if (isSame(list[0]!.space, space)) return list.shift()!.values;
    if (this.inAnyOrder) {
      const i = list.findIndex((drawn) => isSame(drawn.space, space));
      return i < 0 ? undefined : list.splice(i, 1)[0]!.values;
    }
    this.takeBack(study, trial);
    return undefined;
  }

  /** As if what has not been taken had not been drawn, unless others have drawn since. */
  takeBack({ storageKey }: StudyView, { id }: FrozenTrial): void {
    const trials = this.#waiting.get(storageKey);
    const waiting = trials?.get(id);
    trials?.delete(id);
    const first = waiting?.list[0];
    if (first && waiting.draws === this.stream.draws) this.stream.rng.restore(first.rng);
  }
}

function isSame(a: SearchSpace, b: SearchSpace): boolean {
  if (a.size !== b.size) return false;
  for (const [name, distribution] of a) {
    const other = b.get(name);
    if (other === undefined || !sameDistribution(distribution, other)) return false;
  }
  return true;
}
