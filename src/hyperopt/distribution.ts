import type { Generator } from '../numpy/generator.js';
import { rint } from '../numpy/rint.js';

/** What a labelled node draws from. Bounds, mu and sigma of the log kinds are those of the logarithm. */
export type Distribution =
  | { kind: 'uniform' | 'loguniform'; low: number; high: number }
  | { kind: 'quniform' | 'qloguniform'; low: number; high: number; q: number }
  | { kind: 'normal' | 'lognormal'; mu: number; sigma: number }
  | { kind: 'qnormal' | 'qlognormal'; mu: number; sigma: number; q: number }
  | { kind: 'randint'; low: number; high: number }
  | { kind: 'categorical'; p: readonly number[] };

export type DiscreteDistribution = Extract<Distribution, { kind: 'randint' | 'categorical' }>;
export type NumericDistribution = Exclude<Distribution, DiscreteDistribution>;

export function isDiscrete(distribution: Distribution): distribution is DiscreteDistribution {
  return distribution.kind === 'randint' || distribution.kind === 'categorical';
}

/** Whether the distribution is one of the logarithm, its values therefore not negative. */
export function isLog({ kind }: NumericDistribution): boolean {
  return (
    kind === 'loguniform' || kind === 'qloguniform' || kind === 'lognormal' || kind === 'qlognormal'
  );
}

/** The step of a quantised distribution. */
export function stepOf(distribution: NumericDistribution): number | undefined {
  return 'q' in distribution ? distribution.q : undefined;
}

/** From the scale that is drawn on to the scale of values: exponential, then rounding to the step. */
export function valueFrom(distribution: NumericDistribution, drawn: number): number {
  const value = isLog(distribution) ? Math.exp(drawn) : drawn;
  const q = stepOf(distribution);
  return q === undefined ? value : rint(value / q) * q;
}

/** One draw from the prior. */
export function draw(distribution: Distribution, rng: Generator): number {
  switch (distribution.kind) {
    case 'randint':
      return rng.integers(distribution.low, distribution.high);
    case 'categorical':
      return rng.categorical(distribution.p);
    case 'uniform':
    case 'loguniform':
    case 'quniform':
    case 'qloguniform':
      return valueFrom(distribution, rng.uniform(distribution.low, distribution.high));
    default:
      return valueFrom(distribution, rng.normal(distribution.mu, distribution.sigma));
  }
}

/** Says what values of the distribution look like, if `value` is none; undefined if it is one. */
export function expectedValue(distribution: Distribution, value: unknown): string | undefined {
  if (isDiscrete(distribution)) {
    const [low, high] =
      distribution.kind === 'randint'
        ? [distribution.low, distribution.high]
        : [0, distribution.p.length];
    const valid = Number.isInteger(value) && (value as number) >= low && (value as number) < high;
    return valid ? undefined : `an integer in ${low}..${high - 1}`;
  }
  if (!Number.isFinite(value)) return 'a finite number';
  if (!isLog(distribution)) return undefined;
  const x = value as number;
  if (stepOf(distribution) === undefined) return x > 0 ? undefined : 'a positive number';
  return x >= 0 ? undefined : 'a number not below 0';
}
