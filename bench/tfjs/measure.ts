import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../../src/errors.js';
import type { Settings, StartProgress } from '../command.js';
import { runJsonLines } from '../json-lines.js';
import { describeMachine, type Machine } from '../machine.js';
import { median } from '../statistics.js';
import { type BackendName, backendNames } from './backends.js';
import { kernelBenchmarks } from './kernels.js';
import { networkBenchmarks } from './network.js';

/** The first line of a backend's program. */
export interface BackendDescription {
  readonly backend: BackendName;
  readonly threads: number;
  /** The version of tfjs-core. */
  readonly tfjs: string;
}

/** A further line: times of one run. */
export interface TfjsMeasurement {
  readonly name: string;
  readonly pass: string;
  /** That one run takes; 0 for a kernel. */
  readonly images: number;
  readonly seconds: number;
  readonly minSeconds: number;
}

export interface BackendTimes {
  /** Of one run: the median and the least over the rounds. */
  readonly seconds: number;
  readonly minSeconds: number;
  readonly images: number | null;
  readonly imagesPerSecond: number | null;
}

export interface TfjsCase {
  readonly case: { readonly name: string; readonly pass: string };
  /** null: the backend has no such kernel, or was left out. */
  readonly backends: Readonly<Record<BackendName, BackendTimes | null>>;
  /** How often trialforge does in the time of the other backend what that one does once. */
  readonly speedup: Readonly<Record<Exclude<BackendName, 'trialforge-cpu'>, number | null>>;
}

export interface TfjsResults {
  readonly subject: 'tfjs';
  readonly settings: Settings;
  readonly machine: Machine;
  readonly backends: readonly BackendDescription[];
  readonly cases: readonly TfjsCase[];
}

const program = fileURLToPath(new URL('backend-program.js', import.meta.url));
const key = ({ name, pass }: { name: string; pass: string }) => `${name}, ${pass}`;

/** Longest timing on tfjs-backend-cpu, which takes long enough for one call. */
const slowSeconds = 0.05;

/** Measures the backends by turns, so that all see the same machine; the slow one once. */
export async function measureTfjs(
  settings: Settings,
  { cpu }: { cpu: boolean },
  signal: AbortSignal,
  startProgress: StartProgress,
): Promise<TfjsResults> {
  const { threads, rounds, seconds, repeats, quick, only = '' } = settings;
  const machine = describeMachine();
  const cases = [...kernelBenchmarks, ...networkBenchmarks].filter((one) =>
    key(one).includes(only),
  );
  if (cases.length === 0) {
    throw new InvalidArgumentError(`tfjs has no case with '${only}' in name or pass`);
  }
  const turns = Array.from({ length: rounds }, (_, round) =>
    backendNames
      .filter((backend) => backend !== 'cpu' || (cpu && round === 0))
      .map((backend) => ({ backend, round })),
  ).flat();
  const descriptions = new Map<string, BackendDescription>();
  const found = new Map<string, TfjsMeasurement[]>();
  const progress = startProgress(turns.length);
  try {
    for (const [turn, { backend, round }] of turns.entries()) {
      progress.line(`round ${round + 1} of ${rounds}: ${backend}`);
      const isSlow = backend === 'cpu';
      let seen = 0;
      await runJsonLines(process.execPath, {
        args: [
          ...[program, '--backend', backend, '--threads', `${threads}`, '--only', only],
          ...['--seconds', `${isSlow ? Math.min(seconds, slowSeconds) : seconds}`],
          ...['--repeats', `${isSlow ? 1 : repeats}`, ...(quick ? ['--quick'] : [])],
        ],
        signal,
        onLine(line) {
          const measured = line as TfjsMeasurement | BackendDescription;
          if ('backend' in measured) {
            descriptions.set(backend, measured);
            return;
          }
          const of = `${backend}: ${key(measured)}`;
          found.set(of, [...(found.get(of) ?? []), measured]);
          seen++;
          progress.advance(turn + Math.min(1, seen / cases.length), key(measured));
        },
      });
      progress.advance(turn + 1, '');
    }
  } finally {
    progress.stop();
  }
  return {
    subject: 'tfjs',
    settings,
    machine,
    backends: [...descriptions.values()],
    cases: cases.map((one) =>
      summarize(one, (backend) => found.get(`${backend}: ${key(one)}`) ?? []),
    ),
  };
}

function summarize(
  { name, pass }: { name: string; pass: string },
  of: (backend: BackendName) => readonly TfjsMeasurement[],
): TfjsCase {
  const times = (backend: BackendName): BackendTimes | null => {
    const measurements = of(backend);
    if (measurements.length === 0) return null;
    const seconds = median(measurements.map((one) => one.seconds));
    const images = measurements[0]!.images || null;
    return {
      seconds,
      minSeconds: Math.min(...measurements.map((one) => one.minSeconds)),
      images,
      imagesPerSecond: images && images / seconds,
    };
  };
  const ours = times('trialforge-cpu');
  const [wasm, cpu] = [times('wasm'), times('cpu')];
  const speedup = (theirs: BackendTimes | null) =>
    ours && theirs && perUnit(theirs) / perUnit(ours);
  return {
    case: { name, pass },
    backends: { 'trialforge-cpu': ours, wasm, cpu },
    speedup: { wasm: speedup(wasm), cpu: speedup(cpu) },
  };
}

/** Seconds of an image, or of a run. */
function perUnit({ seconds, images }: BackendTimes): number {
  return seconds / (images ?? 1);
}
