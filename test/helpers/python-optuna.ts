import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type Json, loads } from '../../src/optuna/python-json.js';
import { root } from './paths.js';

const run = promisify(execFile);

/** Optuna itself, in a Python that has it. */
export interface PythonOptuna {
  readonly version: string;
  /** Runs a task of run_optuna.py and returns what it prints. */
  run(...args: readonly string[]): Promise<Json>;
}

/** Optuna of `TRIALFORGE_PYTHON`, or of python3 on the PATH; or why there is none. */
export async function findOptuna(): Promise<PythonOptuna | string> {
  const python = process.env['TRIALFORGE_PYTHON'] || 'python3';
  const script = join(root, 'test/helpers/run_optuna.py');
  const task = async (...args: readonly string[]): Promise<Json> => {
    const options = { maxBuffer: 1 << 28 };
    return loads((await run(python, [script, ...args], options)).stdout);
  };
  try {
    return { version: (await task('version')) as string, run: task };
  } catch (error) {
    const why = (error as Error).message.trim().split('\n').at(-1);
    return `${python} does not run Optuna (set TRIALFORGE_PYTHON): ${why}`;
  }
}
