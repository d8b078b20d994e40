import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TrialforgeError } from '../src/errors.js';
import type { DeviceName, Precision } from '../src/nn/index.js';
import { runJsonLines } from './json-lines.js';

/** The repository's root; this file runs from dist/bench/. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const program = join(root, 'build', 'native', 'bench', 'trialforge_bench');

/** Where the cases run, and with which products. */
export interface Target {
  readonly device: Exclude<DeviceName, 'auto'>;
  readonly precision: Precision;
}

export interface Timings {
  threads: number;
  /** Least length of one timing. */
  seconds: number;
  repeats: number;
}

/** The first and the last line of `trialforge_bench SUBJECT --json`. */
export interface Ceilings {
  readonly device: string;
  readonly precision: string;
  readonly threads: number;
  readonly instructionSet: string;
  readonly peakFlopsPerSecond: number;
  readonly copyBytesPerSecond: number;
}

/** What a case is, with the sizes by which a peer sets up the same work. */
export interface Case {
  readonly name: string;
  readonly pass: string;
  readonly [size: string]: number | string;
}

/** A line between them: times of one run. */
export type Measurement = Case & {
  /** 0: not counted. */
  readonly flops: number;
  readonly bytes: number;
  readonly images: number;
  readonly seconds: number;
  readonly minSeconds: number;
};

function checkBuilt(): void {
  if (existsSync(program)) return;
  throw new TrialforgeError(
    'ERR_BENCHMARK',
    'trialforge_bench is not built: npm run setup -- --native-tests',
  );
}

function selection({ device, precision }: Target, only: string | undefined): string[] {
  const target = ['--device', device, '--precision', precision];
  return only === undefined ? target : [...target, '--only', only];
}

/** The cases whose name or pass contains `only`. */
export async function listCases(
  subject: string,
  target: Target,
  threads: number,
  only: string | undefined,
  signal: AbortSignal,
): Promise<Case[]> {
  checkBuilt();
  const cases: Case[] = [];
  await runJsonLines(program, {
    args: [subject, '--threads', `${threads}`, '--list-cases', ...selection(target, only)],
    signal,
    onLine: (line) => cases.push(line as Case),
  });
  return cases;
}

/** Resolves to the ceilings before and after the cases. */
export async function measureNative(
  subject: string,
  target: Target,
  { threads, seconds, repeats }: Timings,
  only: string | undefined,
  signal: AbortSignal,
  onMeasurement: (measurement: Measurement) => void,
): Promise<Ceilings[]> {
  const ceilings: Ceilings[] = [];
  await runJsonLines(program, {
    args: [
      ...[subject, '--json', '--threads', `${threads}`],
      ...['--seconds', `${seconds}`, '--repeats', `${repeats}`, ...selection(target, only)],
    ],
    signal,
    onLine(line) {
      const measured = line as Measurement | Ceilings;
      if ('name' in measured) onMeasurement(measured as Measurement);
      else ceilings.push(measured as Ceilings);
    },
  });
  return ceilings;
}
