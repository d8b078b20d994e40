import { setImmediate } from 'node:timers/promises';
import { AbortError, InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  GridSampler,
  NopPruner,
  RandomSampler,
  type Sampler,
  TPESampler,
} from '../../src/optuna/index.js';
import { version } from '../../src/version.js';
import type { Settings, StartProgress } from '../command.js';
import { median } from '../statistics.js';
import { type TestFunction, testFunctions } from './functions.js';

interface Method {
  readonly name: MethodName;
  readonly sampler: (seed: number, { grid }: TestFunction) => Sampler;
  /** Trials that are chosen before the values of any of them are known. */
  readonly together: number;
}

export const methodNames = ['random', 'grid', 'TPE v4', 'TPE v5', 'TPE v5, batches of 8'] as const;
export type MethodName = (typeof methodNames)[number];

const methods: readonly Method[] = [
  { name: 'random', sampler: (seed) => new RandomSampler({ seed }), together: 1 },
  { name: 'grid', sampler: (seed, { grid }) => new GridSampler(grid, { seed }), together: 1 },
  { name: 'TPE v4', sampler: (seed) => new TPESampler({ seed, version: 'v4' }), together: 1 },
  { name: 'TPE v5', sampler: (seed) => new TPESampler({ seed }), together: 1 },
  {
    name: 'TPE v5, batches of 8',
    sampler: (seed) => new TPESampler({ seed }),
    together: 8,
  },
];

const trials = 100;

/** Of the best values of all seeds. */
export interface Summary {
  readonly median: number;
  readonly mean: number;
  /** How much of the way from random search's mean to the minimum the mean has come. */
  readonly gain: number;
}

export interface FunctionResult {
  readonly name: string;
  readonly dimensions: number;
  readonly minimum: number;
  readonly methods: Readonly<Record<MethodName, Summary>>;
}

export interface QualityResults {
  readonly subject: 'quality';
  readonly trialforge: string;
  readonly trials: number;
  readonly seeds: number;
  readonly functions: readonly FunctionResult[];
  /** The mean of the gains over the functions. */
  readonly gains: Readonly<Record<MethodName, number>>;
  /** The share of its gain that TPE loses when it chooses eight trials at a time. */
  readonly batchLoss: number;
}

/** The best values of studies with the seeds 0, 1, ...: the same ones on every machine. */
export async function measureQuality(
  { only = '' }: Settings,
  seeds: number,
  signal: AbortSignal,
  startProgress: StartProgress,
): Promise<QualityResults> {
  const functions = testFunctions.filter(({ name }) => name.includes(only));
  if (functions.length === 0) {
    throw new InvalidArgumentError(`quality has no function with '${only}' in its name`);
  }
  const progress = startProgress(functions.length);
  const results: FunctionResult[] = [];
  try {
    for (const [i, f] of functions.entries()) {
      progress.line(f.name);
      const best = new Map<MethodName, number[]>(methods.map(({ name }) => [name, []]));
      for (let seed = 0; seed < seeds; seed++) {
        for (const method of methods) {
          // Ctrl-C is noticed.
          await setImmediate();
          if (signal.aborted) throw new AbortError('the benchmark was interrupted');
          best.get(method.name)!.push(await bestOf(f, method, seed));
        }
        progress.advance(i + (seed + 1) / seeds, f.name);
      }
      results.push(summarize(f, best));
    }
  } finally {
    progress.stop();
  }
  const gains = byMethod((name) => mean(results.map(({ methods }) => methods[name].gain)));
  return {
    ...{ subject: 'quality', trialforge: version, trials, seeds, functions: results, gains },
    batchLoss: 1 - gains['TPE v5, batches of 8'] / gains['TPE v5'],
  };
}

async function bestOf(f: TestFunction, method: Method, seed: number): Promise<number> {
  const study = await createStudy({
    sampler: method.sampler(seed, f),
    pruner: new NopPruner(),
  });
  await study.optimize((batch) => batch.map((trial) => f.evaluate(trial)), {
    nTrials: trials,
    trialArray: method.together,
  });
  return study.bestValue();
}

function summarize(f: TestFunction, best: ReadonlyMap<MethodName, number[]>): FunctionResult {
  const { name, dimensions, minimum } = f;
  const random = mean(best.get('random')!);
  return {
    ...{ name, dimensions, minimum },
    methods: byMethod((method) => {
      const values = best.get(method)!;
      const average = mean(values);
      return {
        median: median(values),
        mean: average,
        gain: (random - average) / (random - minimum),
      };
    }),
  };
}

function byMethod<T>(make: (name: MethodName) => T): Record<MethodName, T> {
  return Object.fromEntries(methodNames.map((name) => [name, make(name)])) as Record<MethodName, T>;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
