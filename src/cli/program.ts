import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { InvalidArgumentError, TrialforgeError } from '../errors.js';
import { version } from '../version.js';
import { exitCodes, exitCodesHelp } from './exit-codes.js';
import { endWithOutput } from './output.js';
import { tellError } from './tell-error.js';

export interface ProgramOptions {
  name: string;
  description: string;
  commands: readonly ((program: Command) => void)[];
}

/**
 * Runs a program with these commands and resolves to its exit code. Errors go to stderr: those of
 * the user's making as one line, with --json one of JSON; faults of the program with their stack.
 */
export async function runProgram(
  { name, description, commands }: ProgramOptions,
  argv: readonly string[],
): Promise<number> {
  const json = argv.includes('--json');
  endWithOutput(json);
  const program = new Command(name)
    .description(description)
    .version(version)
    .addHelpText('after', exitCodesHelp)
    .showHelpAfterError('(--help tells what there is)')
    .exitOverride();
  if (json) program.configureOutput({ writeErr: () => {} });
  for (const add of commands) add(program);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok;
      // Otherwise the parser has told it.
      if (json) tellError(new InvalidArgumentError(error.message.replace(/^error: /, '')), json);
      return exitCodes.usage;
    }
    if (!(error instanceof TrialforgeError)) throw error;
    tellError(error, json);
    return error instanceof InvalidArgumentError ? exitCodes.usage : exitCodes.failed;
  }
}
