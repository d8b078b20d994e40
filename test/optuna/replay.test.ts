import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { distributionFromJson } from '../../src/optuna/distributions/distribution-json.js';
import {
  createStudy,
  type Direction,
  type Distribution,
  NopPruner,
  type ParamValue,
  RandomSampler,
  type Sampler,
  TPESampler,
  type Trial,
} from '../../src/optuna/index.js';
import { fixture, root } from '../helpers/paths.js';

interface TracedTrial {
  number: number;
  params: Record<string, ParamValue>;
  asked_while_running?: number[];
  values?: number[];
  intermediate?: [step: number, value: number][];
  state: 'COMPLETE' | 'PRUNED' | 'FAIL';
}

interface Trace {
  sampler: 'TPESampler' | 'RandomSampler';
  sampler_args: {
    multivariate?: boolean;
    constant_liar?: boolean;
    group?: boolean;
    n_startup_trials?: number;
    n_ei_candidates?: number;
  };
  seed: number;
  directions: Direction[];
  parallel: number;
  space: 'conditional' | Record<string, unknown>;
  trials: TracedTrial[];
}

function samplerOf({ sampler, sampler_args, seed }: Trace, version: 'v4' | 'v5'): Sampler {
  if (sampler === 'RandomSampler') return new RandomSampler({ seed });
  const { group, n_startup_trials, n_ei_candidates } = sampler_args;
  const options = { seed, group, nStartupTrials: n_startup_trials, nEiCandidates: n_ei_candidates };
  if (version === 'v4') return new TPESampler({ ...options, version });
  const { multivariate, constant_liar } = sampler_args;
  return new TPESampler({ ...options, multivariate, constantLiar: constant_liar });
}

/** Suggests what the traced trial suggested, and returns what came out. */
function suggestAll(trial: Trial, space: Trace['space']): Record<string, ParamValue> {
  if (space !== 'conditional') {
    for (const [name, json] of Object.entries(space)) {
      trial.suggest(name, distributions(json));
    }
  } else if (trial.suggestCategorical('kind', ['conv', 'dense']) === 'conv') {
    const depth = trial.suggestInt('depth', 1, 3);
    for (let i = 0; i < depth; i += 1) trial.suggestInt(`filters${i}`, 8, 64, { log: true });
  } else {
    trial.suggestFloat('units', 10, 100);
  }
  return trial.params;
}

function distributions(json: unknown): Distribution {
  return distributionFromJson(JSON.stringify(json));
}

function same(actual: ParamValue | undefined, expected: ParamValue, distribution: Distribution) {
  if (distribution.kind !== 'float') return Object.is(actual, expected);
  const [a, e] = [actual as number, expected as number];
  return Math.abs(a - e) <= 1e-9 * Math.abs(e);
}

const traces = readdirSync(join(root, 'test/fixtures/optuna')).filter((name) =>
  /^v[45]-/.test(name),
);

for (const name of traces) {
  test(`suggests what Optuna suggested: ${name}`, async (t) => {
    const trace = fixture<Trace>(`optuna/${name}`);
    const sampler = samplerOf(trace, name.slice(0, 2) as 'v4' | 'v5');
    const study = await createStudy({
      sampler,
      pruner: new NopPruner(),
      directions: trace.directions,
    });
    const running: TracedTrial[] = [];
    const finishOldest = async (): Promise<void> => {
      const { number, values, intermediate = [], state } = running.shift()!;
      const trial = asked.get(number)!;
      for (const [step, value] of intermediate) await trial.report(value, step);
      if (state === 'COMPLETE') await study.tell(trial, values);
      else await study.tell(trial, undefined, { state: state === 'PRUNED' ? 'pruned' : 'fail' });
    };
    const asked = new Map<number, Trial>();
    for (const expected of trace.trials) {
      if (running.length === (trace.parallel ?? 1)) await finishOldest();
      if (expected.asked_while_running) {
        t.deepEqual(
          running.map(({ number }) => number),
          expected.asked_while_running,
        );
      }
      const trial = await study.ask();
      asked.set(trial.number, trial);
      t.is(trial.number, expected.number);
      const params = suggestAll(trial, trace.space);
      t.deepEqual(Object.keys(params).sort(), Object.keys(expected.params).sort());
      for (const [param, value] of Object.entries(expected.params)) {
        if (!same(params[param], value, trial.distributions[param]!)) {
          t.fail(`trial ${trial.number}, ${param}: ${String(params[param])}, not ${String(value)}`);
          return;
        }
      }
      running.push(expected);
    }
    while (running.length > 0) await finishOldest();
    t.is((await study.trials()).length, trace.trials.length);
  });
}
