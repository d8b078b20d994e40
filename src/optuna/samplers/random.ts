import { RandomState } from '../../numpy/random-state.js';
import { clamp, nextBelow, roundHalfEven } from '../../numpy/rounding.js';
import { checkOptionNames } from '../../options.js';
import type { Distribution, ParamValue } from '../distributions/distributions.js';
import type { StudyView } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import type { Sampler } from './sampler.js';
import { ownSeed, seedOfTrial } from './trial-seed.js';

/** Options of RandomSampler. */
export interface RandomSamplerOptions {
  /** An integer in 0..2^32-1; from the operating system if left out. */
  seed?: number;
}

/** Draws every parameter by itself, uniformly or uniformly in its logarithm. */
export class RandomSampler implements Sampler {
  readonly #rng: RandomState;
  #seed: number | undefined;

  /** Throws InvalidArgumentError for a seed out of range. */
  constructor(options: RandomSamplerOptions = {}) {
    checkOptionNames('RandomSampler', options, ['seed']);
    const { seed } = options;
    this.#rng = new RandomState(seed);
    this.#seed = seed;
  }

  /** A sampler whose random numbers depend on this one's seed and the trial's number alone. */
  forTrial(number: number): RandomSampler {
    this.#seed ??= ownSeed();
    return new RandomSampler({ seed: seedOfTrial(this.#seed, number) });
  }

  sampleIndependent(
    _study: StudyView,
    _trial: FrozenTrial,
    _name: string,
    distribution: Distribution,
  ): ParamValue {
    return drawUniform(this.#rng, distribution);
  }
}

function drawUniform(rng: RandomState, distribution: Distribution): ParamValue {
  if (distribution.kind === 'categorical') {
    // One number a choice, the largest wins: a draw on the cube of one-hot codes.
    const scores = distribution.choices.map(() => rng.random());
    return distribution.choices[scores.indexOf(Math.max(...scores))]!;
  }
  const { low, high, log } = distribution;
  if (distribution.kind === 'int') {
    if (log) {
      const x = Math.exp(rng.uniform(Math.log(low - 0.5), Math.log(high + 0.5)));
      return clamp(roundHalfEven(x), low, high);
    }
    const { step } = distribution;
    const x = rng.uniform(low - step / 2, high + step / 2);
    return clamp(Math.floor((x - low) / step + 0.5) * step + low, low, high);
  }
  if (distribution.step !== null) {
    const { step } = distribution;
    const x = rng.uniform(low - step / 2, high + step / 2);
    return clamp(roundHalfEven((x - low) / step) * step + low, low, high);
  }
  const x = log ? Math.exp(rng.uniform(Math.log(low), Math.log(high))) : rng.uniform(low, high);
  // The upper end is open, unless the range is too far out for that.
  return Math.min(x, high - 1 < high ? nextBelow(high) : high);
}
