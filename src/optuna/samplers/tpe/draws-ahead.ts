import type { RandomState } from '../../../numpy/random-state.js';
import {
  type ParamValue,
  type SearchSpace,
  sameDistribution,
} from '../../distributions/distributions.js';
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

/** The draws of trials that were made before they were asked for, in the order in which they are expected. */
export class DrawsAhead {
  readonly #stream: Stream;
  /** By trial; with how many draws there were after the last one. */
  readonly #waiting = new WeakMap<FrozenTrial, { list: DrawnAhead[]; draws: number }>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** The latest draw of the stream. */
  add(trial: FrozenTrial, drawn: DrawnAhead): void {
    const list = this.#waiting.get(trial)?.list ?? [];
    list.push(drawn);
    this.#waiting.set(trial, { list, draws: this.#stream.draws });
  }

  /** The values of the trial's next draw if it is from that space; if not, all that is left is taken back. */
  take(trial: FrozenTrial, space: SearchSpace): ReadonlyMap<string, ParamValue> | undefined {
    const list = this.#waiting.get(trial)?.list;
    if (list === undefined || list.length === 0) return undefined;
    if (isSame(list[0]!.space, space)) return list.shift()!.values;
    this.takeBack(trial);
    return undefined;
  }

  /** As if what has not been taken had not been drawn, unless others have drawn since. */
  takeBack(trial: FrozenTrial): void {
    const waiting = this.#waiting.get(trial);
    this.#waiting.delete(trial);
    const first = waiting?.list[0];
    if (first && waiting.draws === this.#stream.draws) this.#stream.rng.restore(first.rng);
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
