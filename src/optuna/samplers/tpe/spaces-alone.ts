// Which parameters a trial is likely to draw one by one: those of the trial before.
import {
  type Distribution,
  isSingle,
  type SearchSpace,
} from '../../distributions/distributions.js';
import { type FrozenTrial, isFinished } from '../../trial/frozen-trial.js';
import { nanosecondsOf } from './joint-density.js';
import type { TrialHistory } from './trial-history.js';

/** The last of `trials` that is complete or pruned. */
export function lastFinished(trials: readonly FrozenTrial[]): FrozenTrial | undefined {
  for (let i = trials.length - 1; i >= 0; i -= 1) {
    const trial = trials[i]!;
    if (isFinished(trial.state) && trial.state !== 'fail') return trial;
  }
  return undefined;
}

const spaces = new WeakMap<Distribution, Map<string, SearchSpace>>();

/** The space of that parameter; the same one for the same distribution. */
export function spaceAlone(name: string, distribution: Distribution): SearchSpace {
  let known = spaces.get(distribution);
  if (known === undefined) {
    known = new Map();
    spaces.set(distribution, known);
  }
  let space = known.get(name);
  if (space === undefined) {
    space = new Map([[name, distribution]]);
    known.set(name, space);
  }
  return space;
}

/** Spaces of one parameter each, and what an observation costs in all of them: see nanosecondsOf. */
export interface SpacesAlone {
  readonly spaces: readonly SearchSpace[];
  readonly nanoseconds: number;
}

export const noneAlone: SpacesAlone = { spaces: [], nanoseconds: 0 };

/** Parameters that any trial has had, each with its latest distribution. */
export class KnownParams {
  readonly #distributions = new Map<string, Distribution>();
  #generation = 0;
  #seen = 0;
  #last: FrozenTrial['distributions'] | undefined;

  /** Takes over what is new in the history. */
  look({ changes, generation }: TrialHistory): void {
    if (generation !== this.#generation) this.#seen = 0;
    this.#generation = generation;
    for (; this.#seen < changes.length; this.#seen += 1) {
      const { kind, trial } = changes[this.#seen]!;
      if (kind === 'running' || kind === 'gone' || trial.distributions === this.#last) continue;
      this.#last = trial.distributions;
      for (const [name, distribution] of Object.entries(trial.distributions)) {
        this.#distributions.set(name, distribution);
      }
    }
  }

  /** Those besides the joint space. */
  alone(joint: SearchSpace): SpacesAlone {
    const spaces: SearchSpace[] = [];
    for (const [name, distribution] of this.#distributions) {
      if (!joint.has(name) && !isSingle(distribution)) spaces.push(spaceAlone(name, distribution));
    }
    return { spaces, nanoseconds: sumOfNanoseconds(spaces) };
  }
}

function sumOfNanoseconds(spaces: readonly SearchSpace[]): number {
  return spaces.reduce((sum, space) => sum + nanosecondsOf(space), 0);
}

const known = new WeakMap<object, { joint: SearchSpace; alone: SpacesAlone }>();

/** Those that the trial had to draw besides those of the joint space, in its order. */
export function spacesAlone({ distributions }: FrozenTrial, joint: SearchSpace): SpacesAlone {
  const before = known.get(distributions);
  if (before?.joint === joint) return before.alone;
  const spaces = Object.entries(distributions)
    .filter(([name, distribution]) => !joint.has(name) && !isSingle(distribution))
    .map(([name, distribution]) => spaceAlone(name, distribution));
  const alone = { spaces, nanoseconds: sumOfNanoseconds(spaces) };
  known.set(distributions, { joint, alone });
  return alone;
}
