import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { InvalidArgumentError, TrialforgeError } from '../errors.js';
import { version } from '../version.js';
import { exitCodes, exitCodesHelp } from './exit-codes.js';

/**
 * Runs the program with these commands and resolves to its exit code. Errors go to stderr: those of
 * the user's making as one line, faults of the program with their stack.
 */
export async function runProgram(
  commands: readonly ((program: Command) => void)[],
  argv: readonly string[],
): Promise<number> {
  const program = new Command('trialforge')
    .description('Trains convolutional networks and chooses their hyperparameters.')
    .version(version)
    .addHelpText('after', exitCodesHelp)
    .showHelpAfterError('(--help tells what there is)')
    .exitOverride();
  for (const add of commands) add(program);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (!(error instanceof TrialforgeError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return error instanceof InvalidArgumentError ? exitCodes.usage : exitCodes.failed;
  }
}
