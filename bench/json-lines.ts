import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { AbortError, InvalidArgumentError, TrialforgeError } from '../src/errors.js';

export interface ProgramRun {
  args: readonly string[];
  /** The folder in which it runs; that of this process if left out. */
  cwd?: string;
  /** Written to its standard input. */
  input?: string;
  signal: AbortSignal;
  /** Called with each line of standard output, parsed. */
  onLine: (line: unknown) => void;
}

/**
 * Runs a program that prints a JSON value a line.
 * @throws InvalidArgumentError if it refuses its arguments (exit code 2), AbortError if the signal
 *   fires, TrialforgeError with the end of its standard error if it fails
 */
export async function runJsonLines(
  program: string,
  { args, cwd, input = '', signal, onLine }: ProgramRun,
): Promise<void> {
  if (signal.aborted) throw new AbortError('the benchmark was interrupted');
  // A process group of its own: Ctrl-C reaches this process alone, which then ends the whole group.
  const child = spawn(program, args, { cwd, detached: true, stdio: 'pipe' });
  const endGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  };
  signal.addEventListener('abort', endGroup);
  process.on('exit', endGroup);
  let errors = '';
  child.stderr.on('data', (data) => {
    errors = `${errors}${data}`.slice(-4000);
  });
  // A program that ends early does not read all of it, and tells so by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let unreadable: string | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      unreadable ??= line;
      return;
    }
    onLine(value);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new TrialforgeError('ERR_BENCHMARK', `${program} could not be started: ${error.message}`),
        ),
      );
      child.on('close', resolve);
    });
    if (signal.aborted) throw new AbortError('the benchmark was interrupted');
    if (code === 2) throw new InvalidArgumentError(errors.trim());
    if (code !== 0) {
      throw new TrialforgeError(
        'ERR_BENCHMARK',
        `${[program, ...args].join(' ')} ended with ${code ?? 'a signal'}\n${errors.trim()}`,
      );
    }
    if (unreadable !== undefined) {
      throw new TrialforgeError(
        'ERR_BENCHMARK',
        `${program} printed what is no JSON: ${unreadable}`,
      );
    }
  } finally {
    signal.removeEventListener('abort', endGroup);
    process.off('exit', endGroup);
  }
}
