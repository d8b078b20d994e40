// The vocabulary of spaces of Bergstra, Yamins and Cox (2013), Making a Science of Model Search.
// Every function takes a label first: a string that is unique in its space.

import { invalidArgument, invalidInteger } from '../errors.js';
import { ChoiceNode, ParameterNode } from './node.js';

function checkLabel(label: unknown): void {
  if (typeof label !== 'string') throw invalidArgument('label', 'a string', label);
}

function checkFinite(label: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) {
    throw invalidArgument(`${name} of '${label}'`, 'a finite number', value);
  }
}

function checkPositive(label: string, name: string, value: unknown): void {
  if (!(Number.isFinite(value) && (value as number) > 0)) {
    throw invalidArgument(`${name} of '${label}'`, 'a positive number', value);
  }
}

function checkRange(label: string, low: number, high: number): void {
  checkLabel(label);
  checkFinite(label, 'low', low);
  checkFinite(label, 'high', high);
  if (low >= high) throw invalidArgument(`high of '${label}'`, `greater than low = ${low}`, high);
  checkFinite(label, 'high - low', high - low);
}

/** Bounds of a logarithm are refused where the value itself would overflow. */
function checkLogRange(label: string, low: number, high: number): void {
  checkRange(label, low, high);
  if (!Number.isFinite(Math.exp(high))) {
    throw invalidArgument(`high of '${label}'`, 'a natural logarithm below 709.78', high);
  }
}

function checkNormal(label: string, mu: number, sigma: number): void {
  checkLabel(label);
  checkFinite(label, 'mu', mu);
  checkPositive(label, 'sigma', sigma);
}

/** A number uniform in [low, high). Throws InvalidArgumentError unless low < high, both finite. */
export function uniform(label: string, low: number, high: number): ParameterNode {
  checkRange(label, low, high);
  return new ParameterNode(label, { kind: 'uniform', low, high });
}

/**
 * exp(uniform(low, high)): `low` and `high` are natural logarithms of the bounds.
 * Throws InvalidArgumentError unless low < high, both finite and exp(high) too.
 */
export function loguniform(label: string, low: number, high: number): ParameterNode {
  checkLogRange(label, low, high);
  return new ParameterNode(label, { kind: 'loguniform', low, high });
}

/**
 * round(uniform(low, high) / q) * q, halves to even: multiples of q, which may lie up to q / 2
 * outside of the bounds. Throws InvalidArgumentError unless low < high and q > 0.
 */
export function quniform(label: string, low: number, high: number, q: number): ParameterNode {
  checkRange(label, low, high);
  checkPositive(label, 'q', q);
  return new ParameterNode(label, { kind: 'quniform', low, high, q });
}

/**
 * round(exp(uniform(low, high)) / q) * q, halves to even; may be 0. `low` and `high` are natural
 * logarithms. Throws InvalidArgumentError unless low < high and q > 0.
 */
export function qloguniform(label: string, low: number, high: number, q: number): ParameterNode {
  checkLogRange(label, low, high);
  checkPositive(label, 'q', q);
  return new ParameterNode(label, { kind: 'qloguniform', low, high, q });
}

/** A normal number, unbounded. Throws InvalidArgumentError unless sigma > 0. */
export function normal(label: string, mu: number, sigma: number): ParameterNode {
  checkNormal(label, mu, sigma);
  return new ParameterNode(label, { kind: 'normal', mu, sigma });
}

/** round(normal(mu, sigma) / q) * q, halves to even. Throws InvalidArgumentError unless sigma, q > 0. */
export function qnormal(label: string, mu: number, sigma: number, q: number): ParameterNode {
  checkNormal(label, mu, sigma);
  checkPositive(label, 'q', q);
  return new ParameterNode(label, { kind: 'qnormal', mu, sigma, q });
}

/** exp(normal(mu, sigma)). Throws InvalidArgumentError unless sigma > 0. */
export function lognormal(label: string, mu: number, sigma: number): ParameterNode {
  checkNormal(label, mu, sigma);
  return new ParameterNode(label, { kind: 'lognormal', mu, sigma });
}

/** round(exp(normal(mu, sigma)) / q) * q, halves to even. Throws InvalidArgumentError unless sigma, q > 0. */
export function qlognormal(label: string, mu: number, sigma: number, q: number): ParameterNode {
  checkNormal(label, mu, sigma);
  checkPositive(label, 'q', q);
  return new ParameterNode(label, { kind: 'qlognormal', mu, sigma, q });
}

/**
 * An integer in [0, upper), or in [low, high). Neighbours are not taken to be alike: for that, see
 * `uniformint`. Throws InvalidArgumentError unless the bounds are integers and the range not empty.
 */
export function randint(label: string, upper: number): ParameterNode;
export function randint(label: string, low: number, high: number): ParameterNode;
export function randint(label: string, first: number, second?: number): ParameterNode {
  checkLabel(label);
  const [low, high] = second === undefined ? [0, first] : [first, second];
  if (!Number.isSafeInteger(low)) throw invalidInteger(`low of '${label}'`, 'an integer', low);
  if (!Number.isSafeInteger(high)) {
    throw invalidInteger(
      `${second === undefined ? 'upper' : 'high'} of '${label}'`,
      'an integer',
      high,
    );
  }
  if (low >= high) {
    throw second === undefined
      ? invalidArgument(`upper of '${label}'`, 'positive', high)
      : invalidArgument(`high of '${label}'`, `greater than low = ${low}`, high);
  }
  return new ParameterNode(label, { kind: 'randint', low, high });
}

/**
 * quniform(low, high, 1): an integer of which neighbours are alike. The two ends have half the
 * weight of the others. Bounds may be fractions, as in Hyperopt: what is drawn between them is
 * rounded, halves to even, and so may lie up to 1/2 outside. Throws InvalidArgumentError unless
 * low < high.
 */
export function uniformint(label: string, low: number, high: number): ParameterNode {
  return quniform(label, low, high, 1);
}

/**
 * One of `options`, all equally likely. An option may be a value, an object, an array or another
 * node; what is below it is active only when it is chosen. Trials hold the option's index.
 * Throws InvalidArgumentError unless `options` is an array that is not empty.
 */
export function choice<const Options extends readonly unknown[]>(
  label: string,
  options: Options,
): ChoiceNode<Options> {
  checkLabel(label);
  if (!Array.isArray(options) || options.length === 0) {
    throw invalidArgument(`options of '${label}'`, 'an array of at least one option', options);
  }
  const distribution = { kind: 'randint', low: 0, high: options.length } as const;
  return new ChoiceNode(label, distribution, [...options] as readonly unknown[] as Options);
}

/** The options of [probability, option] pairs. */
type OptionsOf<Pairs extends readonly (readonly [number, unknown])[]> = {
  readonly [Index in keyof Pairs]: Pairs[Index][1];
};

/**
 * One of the options of `pairs`, each [probability, option]. The probabilities are not normalised:
 * the last option takes whatever the others leave.
 * Throws InvalidArgumentError unless they are in 0..1 and, without the last, sum to at most 1.
 */
export function pchoice<const Pairs extends readonly (readonly [number, unknown])[]>(
  label: string,
  pairs: Pairs,
): ChoiceNode<OptionsOf<Pairs>> {
  checkLabel(label);
  if (
    !Array.isArray(pairs) ||
    pairs.length === 0 ||
    !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)
  ) {
    throw invalidArgument(
      `options of '${label}'`,
      'an array of [probability, option] pairs',
      pairs,
    );
  }
  const p = pairs.map(([probability]) => probability);
  for (const probability of p) {
    if (!(typeof probability === 'number' && probability >= 0 && probability <= 1)) {
      throw invalidArgument(`a probability of '${label}'`, 'in 0..1', probability);
    }
  }
  const sum = p.slice(0, -1).reduce((a, b) => a + b, 0);
  if (sum > 1 + 1e-12) throw invalidArgument(`the probabilities of '${label}'`, 'of sum 1', p);
  const options = pairs.map(([, option]) => option) as readonly unknown[] as OptionsOf<Pairs>;
  return new ChoiceNode(label, { kind: 'categorical', p }, options);
}
