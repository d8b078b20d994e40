import { invalidArgument } from '../../errors.js';

/** Throws InvalidArgumentError unless `value` is an integer, `least` or more. */
export function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw invalidArgument(name, `an integer from ${least}`, value);
  }
}
