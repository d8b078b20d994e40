import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { invalidArgument } from '../src/errors.js';
import { runJsonLines } from './json-lines.js';
import { type Case, root, type Target, type Timings } from './native-program.js';
import type { Subject } from './subjects.js';

/** An interpreter that has PyTorch. */
export interface Peer {
  readonly name: 'PyTorch';
  readonly version: string;
  readonly python: string;
  /** Only modes with this in their name. */
  readonly modes: string;
}

/** One mode of a peer in one case: times of one run, or why there are none. */
export interface PeerMeasurement {
  readonly name: string;
  readonly pass: string;
  readonly mode: string;
  readonly seconds?: number;
  readonly minSeconds?: number;
  /** Images of one run; 0: the same work as a run of the native program. */
  readonly images?: number;
  readonly error?: string;
}

/**
 * Looks for PyTorch in the interpreter that `--python` or TRIALFORGE_BENCH_PYTHON names, or in
 * python3. Returns why there is none as text.
 * @throws InvalidArgumentError if a named interpreter cannot be started
 */
export function findPeer(given: string | undefined, modes = ''): Peer | string {
  const named = given ?? process.env['TRIALFORGE_BENCH_PYTHON'];
  const python = named ?? 'python3';
  const { status, stdout, error } = spawnSync(
    python,
    ['-c', 'import torch; print(torch.__version__)'],
    { encoding: 'utf8' },
  );
  if (error && named !== undefined) {
    const from = given === undefined ? 'TRIALFORGE_BENCH_PYTHON' : '--python';
    throw invalidArgument(from, 'a Python interpreter', named);
  }
  if (status === 0) return { name: 'PyTorch', version: stdout.trim(), python, modes };
  return `No ratios: ${python} has no PyTorch (pip install torch, 2.13 or newer, and --python or TRIALFORGE_BENCH_PYTHON for another interpreter).`;
}

export async function measurePeer(
  { python, modes }: Peer,
  { peerScript }: Subject,
  { device, precision }: Target,
  { threads, seconds, repeats, quick }: Timings & { quick: boolean },
  cases: readonly Case[],
  signal: AbortSignal,
  onMeasurement: (measurement: PeerMeasurement) => void,
): Promise<void> {
  let first = true;
  await runJsonLines(python, {
    args: [
      ...[join(root, 'bench', 'peers', peerScript), '--threads', `${threads}`],
      ...['--device', device, '--precision', precision],
      ...['--seconds', `${seconds}`, '--repeats', `${repeats}`, ...(quick ? ['--quick'] : [])],
      ...(modes === '' ? [] : ['--modes', modes]),
    ],
    input: cases.map((one) => `${JSON.stringify(one)}\n`).join(''),
    signal,
    onLine(line) {
      if (!first) onMeasurement(line as PeerMeasurement);
      first = false;
    },
  });
}
