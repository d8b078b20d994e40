// TPE's options next to the real Optuna: spaces that change, constraints, queued and abandoned trials.
import test, { type ExecutionContext } from 'ava';
import { distributionFromJson } from '../../src/optuna/distributions/distribution-json.js';
import {
  createStudy,
  type Direction,
  type Distribution,
  NopPruner,
  type ParamValue,
  TPESampler,
  type TPESamplerOptions,
  type Trial,
} from '../../src/optuna/index.js';
import type { GammaFunction } from '../../src/optuna/samplers/tpe/trial-history.js';
import type { WeightsFunction } from '../../src/optuna/samplers/tpe/weights.js';
import { camelCase } from '../helpers/camel-case.js';
import { fixture } from '../helpers/paths.js';

interface TracedTrial {
  /** In the order of the suggestions. */
  params: ParamValue[];
  /** Put into the queue before the trial. */
  queued?: Record<string, ParamValue>;
  constraints?: Record<string, number>;
  reports?: [step: number, value: number][];
  /** Numbers, or infinities by name. */
  values?: (number | string)[];
  /** Of those without values; a running one never finishes. */
  state?: 'running' | 'pruned' | 'fail';
}

interface Trace {
  name: string;
  seed: number;
  /** The sampler's arguments by Optuna's names. */
  args: Record<string, number | boolean>;
  gamma?: keyof typeof gammas;
  weights?: keyof typeof weights;
  /** With the parameters of Hyperopt. */
  hyperopt?: boolean;
  directions: Direction[];
  /** In the order of the suggestions: in trials from..to - 1, and only if another parameter has a value. */
  space: {
    name: string;
    from?: number;
    to?: number;
    when?: [name: string, value: ParamValue];
    distribution: unknown;
  }[];
  trials: TracedTrial[];
}

const gammas = {
  half: (n) => Math.ceil(n / 2),
  two: () => 2,
  all: (n) => n,
} satisfies Record<string, GammaFunction>;

const weights = {
  ramp: (n) => Float64Array.from({ length: n }, (_, i) => (i + 1) / n),
  latest: (n) => Float64Array.from({ length: n }, (_, i) => (i === n - 1 ? 1 : 0)),
  alternating: (n) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : 3)),
} satisfies Record<string, WeightsFunction>;

function samplerOf({ seed, args, gamma, weights: kind, hyperopt }: Trace): TPESampler {
  const options: TPESamplerOptions = hyperopt ? TPESampler.hyperoptParameters() : {};
  return new TPESampler({
    ...options,
    ...(camelCase(args) as TPESamplerOptions),
    seed,
    ...(gamma && { gamma: gammas[gamma] }),
    ...(kind && { weights: weights[kind] }),
  });
}

function suggestAll(trial: Trial, space: Trace['space']): ParamValue[] {
  const params = new Map<string, ParamValue>();
  for (const { name, from = 0, to = Number.POSITIVE_INFINITY, when, distribution } of space) {
    if (trial.number < from || trial.number >= to) continue;
    if (when && !(params.has(when[0]) && params.get(when[0]) === when[1])) continue;
    params.set(name, trial.suggest(name, distributionFromJson(JSON.stringify(distribution))));
  }
  return [...params.values()];
}

function same(actual: ParamValue | undefined, expected: ParamValue, distribution: Distribution) {
  if (distribution.kind !== 'float') return Object.is(actual, expected);
  const [a, e] = [actual as number, expected as number];
  return Math.abs(a - e) <= 1e-9 * Math.abs(e);
}

async function replay(t: ExecutionContext, trace: Trace): Promise<void> {
  const { directions, space, trials } = trace;
  const study = await createStudy({
    sampler: samplerOf(trace),
    pruner: new NopPruner(),
    directions,
  });
  for (const [k, expected] of trials.entries()) {
    if (expected.queued) await study.enqueueTrial(expected.queued);
    const trial = await study.ask();
    const params = suggestAll(trial, space);
    t.is(params.length, expected.params.length, `trial ${k}`);
    for (const [i, [name, distribution]] of Object.entries(trial.distributions).entries()) {
      if (same(params[i], expected.params[i]!, distribution)) continue;
      t.fail(`trial ${k}, ${name}: ${String(params[i])}, not ${String(expected.params[i])}`);
      return;
    }
    for (const [key, value] of Object.entries(expected.constraints ?? {})) {
      await trial.setConstraint(key, value);
    }
    for (const [step, value] of expected.reports ?? []) await trial.report(value, step);
    if (expected.values) await study.tell(trial, expected.values.map(numberOf));
    else if (expected.state !== 'running') {
      await study.tell(trial, undefined, { state: expected.state! });
    }
  }
}

function numberOf(value: number | string): number {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  return value === '-inf' ? Number.NEGATIVE_INFINITY : (value as number);
}

const { cases } = fixture<{ cases: Trace[] }>('optuna/tpe-options.json');
for (const trace of cases) {
  test(`suggests what Optuna suggested: ${trace.name}, seed ${trace.seed}`, async (t) => {
    await replay(t, trace);
  });
}
