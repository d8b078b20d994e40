import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { invalidArgument } from '../../src/errors.js';

/** An interpreter that has Optuna. */
export interface Optuna {
  readonly version: string;
  readonly python: string;
}

/**
 * Looks for Optuna in the interpreter that `--python` or TRIALFORGE_PYTHON names, or in python3.
 * Returns why there is none as text.
 * @throws InvalidArgumentError if a named interpreter cannot be started
 */
export function findOptuna(given: string | undefined): Optuna | string {
  const named = given ?? process.env['TRIALFORGE_PYTHON'];
  const python = named ?? 'python3';
  const { status, stdout, error } = spawnSync(
    python,
    ['-c', 'import optuna; print(optuna.__version__)'],
    { encoding: 'utf8' },
  );
  if (error && named !== undefined) {
    const from = given === undefined ? 'TRIALFORGE_PYTHON' : '--python';
    throw invalidArgument(from, 'a Python interpreter', named);
  }
  if (status === 0) return { version: stdout.trim(), python };
  return `No ratios: ${python} has no Optuna (pip install optuna, 5.0 or newer, and --python or TRIALFORGE_PYTHON for another interpreter).`;
}
