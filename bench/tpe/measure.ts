import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { AbortError, InvalidArgumentError, TrialforgeError } from '../../src/errors.js';
import type { Settings, StartProgress } from '../command.js';
import { runJsonLines } from '../json-lines.js';
import { describeMachine, type Machine } from '../machine.js';
import { root } from '../native-program.js';
import { median } from '../statistics.js';
import { type TpeCase, tpeCases } from './cases.js';
import type { Optuna } from './optuna.js';

/** A line of either program. */
export interface TpeMeasurement {
  readonly name: string;
  readonly pass: string;
  /** Of the whole study. */
  readonly seconds: number;
  /** Of a trial at the end of the study, the mean over its last 100. */
  readonly lastSeconds: number;
  /** The largest resident set of the process. */
  readonly peakBytes: number;
}

type Times = Pick<TpeMeasurement, 'seconds' | 'lastSeconds' | 'peakBytes'>;

export interface TpeResult {
  readonly case: TpeCase;
  /** Medians over the rounds; null: not measured, for the reason in `error`. */
  readonly ours: Times | null;
  readonly error: string | null;
  /** Optuna's, measured once; null: left out. */
  readonly peer: Times | null;
  /** Optuna's seconds over ours. */
  readonly speedup: number | null;
}

export interface TpeResults {
  readonly subject: 'tpe';
  readonly settings: Settings;
  readonly machine: Machine;
  readonly peer: { readonly name: 'Optuna'; readonly version: string } | null;
  readonly cases: readonly TpeResult[];
}

const program = fileURLToPath(new URL('program.js', import.meta.url));
const peerProgram = join(root, 'bench', 'peers', 'optuna_tpe.py');

/** Each study in a process and a folder of its own; ours `rounds` times, Optuna's once. */
export async function measureTpe(
  settings: Settings,
  optuna: Optuna | undefined,
  signal: AbortSignal,
  startProgress: StartProgress,
): Promise<TpeResults> {
  const { rounds, quick, only = '' } = settings;
  const machine = describeMachine();
  const cases = tpeCases(quick).filter(({ name, pass }) => `${name}, ${pass}`.includes(only));
  if (cases.length === 0) {
    throw new InvalidArgumentError(`tpe has no case with '${only}' in name or pass`);
  }
  const progress = startProgress(cases.length);
  const results: TpeResult[] = [];
  try {
    for (const [i, one] of cases.entries()) {
      const title = `${one.name}, ${one.pass}`;
      const ours: Times[] = [];
      let error: string | null = null;
      let peer: Times | null = null;
      // One study that takes minutes says as much as three.
      for (let round = 0; round < (one.trials > 10_000 ? 1 : rounds) && error === null; round++) {
        progress.advance(i + round / (rounds + 1), `${title}: trialforge`);
        try {
          ours.push(await runOne(process.execPath, program, one, signal));
        } catch (failure) {
          if (failure instanceof AbortError || !(failure instanceof TrialforgeError)) throw failure;
          error =
            failure.message.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? failure.message;
        }
      }
      if (optuna && one.peer) {
        progress.advance(i + rounds / (rounds + 1), `${title}: Optuna`);
        peer = await runOne(optuna.python, peerProgram, one, signal);
      }
      const result = summarize(one, ours, error, peer);
      results.push(result);
      progress.line(`${title}: ${told(result)}`);
      progress.advance(i + 1, '');
    }
  } finally {
    progress.stop();
  }
  return {
    ...{ subject: 'tpe', settings, machine, cases: results },
    peer: optuna ? { name: 'Optuna', version: optuna.version } : null,
  };
}

function told({ ours, error, peer }: TpeResult): string {
  const times = [ours ? `${ours.seconds.toFixed(3)} s` : error];
  if (peer) times.push(`Optuna ${peer.seconds.toFixed(2)} s`);
  return times.join(', ');
}

async function runOne(
  command: string,
  script: string,
  one: TpeCase,
  signal: AbortSignal,
): Promise<Times> {
  const folder = await mkdtemp(join(tmpdir(), 'trialforge-bench-'));
  let measured: TpeMeasurement | undefined;
  try {
    await runJsonLines(command, {
      args: [script],
      cwd: folder,
      input: JSON.stringify(one),
      signal,
      onLine: (line) => {
        measured = line as TpeMeasurement;
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { seconds, lastSeconds, peakBytes } = measured!;
  return { seconds, lastSeconds, peakBytes };
}

function summarize(
  one: TpeCase,
  ours: readonly Times[],
  error: string | null,
  peer: Times | null,
): TpeResult {
  if (error !== null) return { case: one, ours: null, error, peer, speedup: null };
  const of = (name: keyof Times) => median(ours.map((times) => times[name]));
  const times = {
    seconds: of('seconds'),
    lastSeconds: of('lastSeconds'),
    peakBytes: of('peakBytes'),
  };
  return {
    ...{ case: one, ours: times, error, peer },
    speedup: peer && peer.seconds / times.seconds,
  };
}
