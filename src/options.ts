import { invalidArgument } from './errors.js';

/**
 * `options` must be an object with no other names than these: a misspelt option would be ignored in
 * silence.
 * @throws InvalidArgumentError naming the option
 */
export function checkOptionNames(of: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(`the options of ${of}`, 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw invalidArgument(`an option of ${of}`, `one of ${names.join(', ')}`, name);
    }
  }
}
