// Traces of the real Optuna: what it suggested, reported and pruned, trial by trial.
import type { ExecutionContext } from 'ava';
import {
  BruteForceSampler,
  type Choice,
  createStudy,
  type Direction,
  GridSampler,
  HyperbandPruner,
  NopPruner,
  type ParamValue,
  PartialFixedSampler,
  RandomSampler,
  type Sampler,
  type Study,
  TPESampler,
  type Trial,
  TrialPruned,
} from '../../src/optuna/index.js';
import { camelCase } from './camel-case.js';

interface TracedTrial {
  params: Record<string, ParamValue>;
  /** Step, value, and whether Optuna would prune then. */
  reports?: [step: number, value: number, prune: boolean][];
  state: 'complete' | 'pruned' | 'fail';
  value?: number;
}

export interface TraceCase {
  studyName: string;
  sampler: string;
  seed: number | null;
  /** The sampler's arguments by Optuna's names. */
  args?: Record<string, unknown>;
  /** HyperbandPruner's arguments; without them nothing is pruned. */
  hyperband?: Record<string, unknown>;
  direction?: Direction;
  space: string;
  /** Trials asked for; fewer are in `trials` if the sampler stopped the study. */
  nTrials: number;
  /** So many trials at once, asked for and told; without it the study is optimized. */
  parallel?: number;
  /** Which of those that run ends first: the oldest, or number 7 i modulo `parallel` before trial i. */
  order?: 'oldest' | 'any';
  enqueue?: Record<string, ParamValue>[];
  trials: TracedTrial[];
}

const spaces: Record<string, (trial: Trial) => void> = {
  flat(trial) {
    trial.suggestInt('x', 1, 3);
    trial.suggestFloat('y', 0, 0.3, { step: 0.1 });
    trial.suggestCategorical('c', ['a', null, true, 0.5]);
  },
  conditional(trial) {
    if (trial.suggestCategorical('kind', ['float', 'int']) === 'float') {
      trial.suggestFloat('x', 1, 3, { step: 0.5 });
    } else {
      trial.suggestInt('b', trial.suggestInt('a', 1, 3), 3);
    }
  },
  layers(trial) {
    const n = trial.suggestInt('n', 0, 3);
    for (let i = 0; i < n; i += 1) trial.suggestCategorical(`l${i}`, ['relu', 'tanh']);
  },
  negative(trial) {
    trial.suggestFloat('u', -0.7, 0.35, { step: 0.35 });
    trial.suggestInt('v', -4, 5, { step: 3 });
  },
  mixed(trial) {
    trial.suggestFloat('f', -3, 4);
    trial.suggestFloat('flog', 1e-6, 1e3, { log: true });
    trial.suggestFloat('fstep', -1.1, 2.3, { step: 0.17 });
    trial.suggestInt('i', -20, 37);
    trial.suggestInt('istep', -9, 100, { step: 7 });
    trial.suggestInt('ilog', 1, 50000, { log: true });
    trial.suggestInt('big', -(2 ** 40), 2 ** 40);
    trial.suggestCategorical('c', ['x', null, false, 2, 2.5, 'é']);
    trial.suggestFloat('one', 3, 3);
    trial.suggestInt('two', 0, 1);
  },
  wide(trial) {
    trial.suggestFloat('tiny', 1, 1 + 1e-12);
    trial.suggestFloat('huge', -1e300, 1e300);
    trial.suggestFloat('far', 1e17, 1e17 + 64);
    trial.suggestFloat('smallStep', 0, 1e-6, { step: 3e-8 });
    trial.suggestInt('bigStep', 0, 2 ** 45, { step: 12345 });
    trial.suggestInt('bigLog', 1, 2 ** 45, { log: true });
    trial.suggestFloat('bigFloatStep', -1e8, 1e8, { step: 0.1 });
    trial.suggestFloat('logWide', 1e-300, 1e300, { log: true });
  },
  gridded(trial) {
    trial.suggestInt('k', 1, 5);
    trial.suggestCategorical('o', ['adam', null, true]);
    trial.suggestFloat('r', 0, 1);
  },
  net(trial) {
    trial.suggestFloat('lr', 1e-5, 1e-1, { log: true });
    trial.suggestInt('units', 4, 64, { log: true });
    trial.suggestCategorical('act', ['relu', 'tanh', 'elu']);
    trial.suggestFloat('drop', 0, 0.5);
  },
};

function samplerOf({ sampler, seed, args = {} }: TraceCase): Sampler {
  const options = { ...camelCase(args), seed: seed ?? undefined };
  switch (sampler) {
    case 'random':
      return new RandomSampler(options);
    case 'bruteForce':
      return new BruteForceSampler(options);
    case 'tpe':
      return new TPESampler(options);
    case 'grid':
      return new GridSampler(args['searchSpace'] as Record<string, Choice[]>, {
        seed: seed ?? undefined,
      });
    default: {
      const { base, baseArgs, fixedParams } = args as Record<string, never>;
      const inner = { sampler: base, seed, args: baseArgs } as unknown as TraceCase;
      return new PartialFixedSampler(fixedParams!, samplerOf(inner));
    }
  }
}

/** Whether two values are equal, numbers to 1e-9 of the second. */
function same(actual: ParamValue | undefined, expected: ParamValue): boolean {
  if (typeof actual !== 'number' || typeof expected !== 'number') return actual === expected;
  return Math.abs(actual - expected) <= 1e-9 * Math.abs(expected);
}

/** Runs the trials of a trace again and compares them. */
export async function replay(t: ExecutionContext, trace: TraceCase): Promise<void> {
  const { studyName, direction, nTrials, parallel, order, enqueue = [], trials } = trace;
  const pruner = trace.hyperband
    ? new HyperbandPruner(camelCase(trace.hyperband))
    : new NopPruner();
  const study = await createStudy({ studyName, direction, sampler: samplerOf(trace), pruner });
  for (const params of enqueue) await study.enqueueTrial(params);

  const suggest = (trial: Trial): TracedTrial => {
    const expected = trials[trial.number];
    if (expected === undefined) throw new Error(`trial ${trial.number} is not in the trace`);
    spaces[trace.space]!(trial);
    const { params } = trial;
    const names = Object.keys(expected.params);
    const differs = names.find((name) => !same(params[name], expected.params[name]!));
    if (differs !== undefined || Object.keys(params).length !== names.length) {
      throw new Error(
        `trial ${trial.number}: ${JSON.stringify(params)}, not ${JSON.stringify(expected.params)}`,
      );
    }
    return expected;
  };
  const report = async (trial: Trial, { reports = [] }: TracedTrial): Promise<void> => {
    for (const [step, value, prune] of reports) {
      await trial.report(value, step);
      if ((await trial.shouldPrune()) !== prune) {
        throw new Error(`trial ${trial.number}, step ${step}: prune must be ${prune}`);
      }
    }
  };

  if (parallel === undefined) {
    await optimize(study, nTrials, async (trial) => {
      const expected = suggest(trial);
      await report(trial, expected);
      return expected;
    });
  } else {
    const running: { trial: Trial; expected: TracedTrial }[] = [];
    const finish = async (at: number): Promise<void> => {
      const [{ trial, expected }] = running.splice(at, 1) as [(typeof running)[number]];
      await report(trial, expected);
      const { state, value } = expected;
      await study.tell(trial, value, { state: state === 'complete' ? undefined : state });
    };
    for (let i = 0; i < nTrials; i += 1) {
      if (running.length === parallel) await finish(order === 'any' ? (i * 7) % parallel : 0);
      const trial = await study.ask();
      running.push({ trial, expected: suggest(trial) });
    }
    while (running.length > 0) await finish(0);
  }
  t.is((await study.trials()).length, trials.length);
}

class Failed extends Error {}

async function optimize(
  study: Study,
  nTrials: number,
  run: (trial: Trial) => Promise<TracedTrial>,
): Promise<void> {
  await study.optimize(
    async (trial) => {
      const { state, value } = await run(trial);
      if (state === 'pruned') throw new TrialPruned();
      if (state === 'fail') throw new Failed();
      return value!;
    },
    { nTrials, catch: Failed },
  );
}
