import { checkNumber } from './check.js';

/** A penalty l1 * sum |w| + l2 * sum w^2, added to the loss. */
export interface Regularizer {
  /** Factor of sum |w|, 0 or more. */
  readonly l1: number;
  /** Factor of sum w^2, 0 or more. */
  readonly l2: number;
}

/** Keras's factor when none is given. */
const defaultFactor = 0.01;

/**
 * Both penalties. Factors are 0 or more; default: 0.01 each.
 * @throws InvalidArgumentError if a factor is negative or not finite
 */
export function l1l2({
  l1 = defaultFactor,
  l2 = defaultFactor,
}: Partial<Regularizer> = {}): Regularizer {
  const isFactor = (value: number) => value >= 0;
  return {
    l1: checkNumber('l1', l1, 'a finite number of 0 or more', isFactor),
    l2: checkNumber('l2', l2, 'a finite number of 0 or more', isFactor),
  };
}

/** The penalty factor * sum(|w|). The factor is 0 or more; default: 0.01. */
export function l1(factor = defaultFactor): Regularizer {
  return l1l2({ l1: factor, l2: 0 });
}

/** The penalty factor * sum(w^2). The factor is 0 or more; default: 0.01. */
export function l2(factor = defaultFactor): Regularizer {
  return l1l2({ l1: 0, l2: factor });
}
