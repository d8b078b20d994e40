import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortError, InvalidArgumentError } from '../../src/errors.js';
import {
  categoricalDistribution,
  createStudy,
  createTrial,
  type Distribution,
  floatDistribution,
  intDistribution,
  RandomSampler,
  type Study,
  TPESampler,
  type TPESamplerOptions,
} from '../../src/optuna/index.js';
import { version } from '../../src/version.js';
import type { Settings, StartProgress } from '../command.js';
import { median } from '../statistics.js';

type Space = 'floats' | 'integers' | 'choices' | 'mixed';

interface Case {
  readonly name: string;
  /** Trials that have finished before. */
  readonly trials: number;
  readonly parameters: number;
  readonly space: Space;
  readonly objectives: 1 | 2;
  readonly options: TPESamplerOptions;
}

/** Milliseconds; of the pauses the longest of each trial. */
export interface PausesResult {
  readonly name: string;
  readonly trials: number;
  /** A whole trial. */
  readonly trial: number;
  /** Of the first trial, which reads all that came before. */
  readonly firstPause: number;
  readonly medianPause: number;
  readonly longestPause: number;
}

export interface PausesResults {
  readonly subject: 'pauses';
  readonly trialforge: string;
  readonly cases: readonly PausesResult[];
}

const measured = 20;

function casesOf(quick: boolean): Case[] {
  const one = { objectives: 1, options: {} } as const;
  return (quick ? [1000] : [1000, 10_000, 50_000]).flatMap((trials): Case[] => [
    { ...one, name: '10 floats', trials, parameters: 10, space: 'floats' },
    { ...one, name: '40 floats', trials, parameters: 40, space: 'floats' },
    { ...one, name: '40 integers', trials, parameters: 40, space: 'integers' },
    { ...one, name: '40 choices', trials, parameters: 40, space: 'choices' },
    {
      ...{ name: '10 mixed, independent', trials, parameters: 10, space: 'mixed' },
      ...{ objectives: 1, options: { version: 'v4' } },
    },
    {
      ...{ name: '10 floats, 2 objectives', trials, parameters: 10, space: 'floats' },
      ...{ objectives: 2, options: {} },
    },
  ]);
}

/** How long the event loop waits for its turn while trials of filled studies are suggested. */
export async function measurePauses(
  { quick, only }: Settings,
  signal: AbortSignal,
  startProgress: StartProgress,
): Promise<PausesResults> {
  const cases = casesOf(quick).filter(({ name }) => name.includes(only ?? ''));
  if (cases.length === 0) {
    throw new InvalidArgumentError(`no case has ${JSON.stringify(only)} in its name`);
  }
  const progress = startProgress(cases.length);
  const results: PausesResult[] = [];
  try {
    for (const one of cases) {
      if (signal.aborted) throw new AbortError('the benchmark was interrupted');
      results.push(await measureCase(one));
      progress.advance(results.length, one.name);
    }
  } finally {
    progress.stop();
  }
  return { subject: 'pauses', trialforge: version, cases: results };
}

async function measureCase(one: Case): Promise<PausesResult> {
  const { name, trials, objectives, options } = one;
  const space = spaceOf(one);
  const study = await createStudy({
    sampler: new TPESampler({ seed: 0, ...options }),
    directions: new Array(objectives).fill('minimize'),
  });
  await fill(study, space, trials);
  const clock = new TurnClock();
  const pauses: number[] = [];
  const times: number[] = [];
  for (let k = 0; k <= measured; k += 1) {
    await clock.reset();
    const begin = performance.now();
    const trial = await study.ask();
    const values = [...space].map(([param, distribution]) => trial.suggest(param, distribution));
    await study.tell(trial, lossesOf(values, objectives));
    times.push(performance.now() - begin);
    pauses.push(await clock.longest());
  }
  clock.stop();
  const later = pauses.slice(1);
  return {
    name,
    trials,
    trial: median(times.slice(1)),
    firstPause: pauses[0]!,
    medianPause: median(later),
    longestPause: Math.max(...later),
  };
}

function spaceOf({ space, parameters }: Case): Map<string, Distribution> {
  const kinds: Record<Exclude<Space, 'mixed'>, Distribution> = {
    floats: floatDistribution(0, 1),
    integers: intDistribution(0, 1000),
    choices: categoricalDistribution(['a', 'b', 'c', 'd', 'e']),
  };
  const all = Object.values(kinds);
  return new Map(
    Array.from({ length: parameters }, (_, i) => [
      `x${i}`,
      space === 'mixed' ? all[i % all.length]! : kinds[space],
    ]),
  );
}

/** Losses that differ, and of which none is the best in all. */
function lossesOf(values: readonly unknown[], objectives: number): number[] {
  const numbers = values.map(
    (x, i) => (typeof x === 'number' ? x : String(x).charCodeAt(0)) * (i + 1),
  );
  const sum = numbers.reduce((a, b) => a + b, 0);
  return Array.from({ length: objectives }, (_, k) => Math.abs(Math.sin(sum + 2 * k)));
}

async function fill(study: Study, space: Map<string, Distribution>, trials: number): Promise<void> {
  const random = await createStudy({ sampler: new RandomSampler({ seed: 1 }) });
  const some: ReturnType<typeof createTrial>[] = [];
  for (let i = 0; i < trials; i += 1) {
    const { params } = await random.ask(Object.fromEntries(space));
    some.push(
      createTrial({
        params,
        distributions: Object.fromEntries(space),
        values: lossesOf(Object.values(params), study.directions.length),
      }),
    );
  }
  await study.addTrials(some);
}

/** Looks at the clock whenever the event loop has its turn. */
class TurnClock {
  #last = performance.now();
  #longest = 0;
  #runs = true;

  constructor() {
    const look = (): void => {
      const now = performance.now();
      this.#longest = Math.max(this.#longest, now - this.#last);
      this.#last = now;
      if (this.#runs) setImmediate(look);
    };
    setImmediate(look);
  }

  async reset(): Promise<void> {
    await nextTurn();
    this.#last = performance.now();
    this.#longest = 0;
  }

  /** Milliseconds, since the last reset. */
  async longest(): Promise<number> {
    await nextTurn();
    await nextTurn();
    return this.#longest;
  }

  stop(): void {
    this.#runs = false;
  }
}
