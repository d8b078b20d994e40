import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './paths.js';

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line in a folder. `watch` sees what it has written to stderr so far. */
export function trialforge(
  args: readonly string[],
  cwd: string,
  watch?: (stderr: string, child: ChildProcess) => void,
  program = join(root, 'dist/src/cli/main.js'),
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
      watch?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
