import process from 'node:process';
import { parseArgs } from 'node:util';

/** The options of a script; ends it after --help, and with 2 and its usage where they are wrong. */
export function scriptOptions(usage, options = {}, allowPositionals = false) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean', default: false } },
      allowPositionals,
    });
    if (!values.help) return { ...values, positionals };
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
