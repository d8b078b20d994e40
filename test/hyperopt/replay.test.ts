// The trials that Hyperopt 0.3.0 proposed (test/fixtures/hyperopt/, each with its source and seed),
// proposed again: call by call with the recorded seeds, and by a whole fmin.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  type Algorithm,
  Domain,
  fmin,
  hp,
  JOB_STATE_DONE,
  type LabelValues,
  rand,
  Trials,
  tpe,
} from '../../src/hyperopt/index.js';
import { checkValues } from '../helpers/hyperopt.js';
import { fixture, root } from '../helpers/paths.js';

interface Trace {
  algo: 'rand' | 'tpe' | 'tpe-tuned';
  algo_args: {
    n_startup_jobs?: number;
    n_EI_candidates?: number;
    gamma?: number;
    prior_weight?: number;
  };
  rstate: string;
  trials: { tid: number; suggest_seed: number; vals: LabelValues; loss: number }[];
}

const { log } = Math;

const spaces: Record<string, unknown> = {
  choice: {
    act: hp.choice('act', ['relu', 'tanh', 'elu']),
    bs: hp.choice('bs', [32, 64, 128]),
    pc: hp.pchoice('pc', [
      [0.2, 'a'],
      [0.5, 'b'],
      [0.3, 'c'],
    ]),
  },
  cnn: {
    batch_size: hp.choice('batch_size', [32, 64, 128]),
    filters: hp.choice('filters', [32, 64]),
    kernel_size: hp.choice('kernel_size', [3, 5]),
    activation: hp.choice('activation', ['relu', 'tanh', 'elu']),
    dropout_rate: hp.uniform('dropout_rate', 0.2, 0.6),
    hidden_size: hp.quniform('hidden_size', 64, 512, 64),
    learning_rate: hp.loguniform('learning_rate', log(1e-4), log(1e-2)),
  },
  conditional: hp.choice('kind', [
    { filters: hp.qloguniform('filters', log(8), log(64), 8), depth: hp.randint('depth', 3) },
    {
      units: hp.uniform('units', 10, 100),
      inner: hp.choice('inner', [0, { z: hp.uniform('z', 0, 1) }]),
    },
  ]),
  discrete: {
    qu: hp.quniform('qu', 0, 31, 2),
    ui: hp.uniformint('ui', 1, 9),
    ri: hp.randint('ri', 7),
    ri2: hp.randint('ri2', 3, 12),
  },
  log: {
    lr: hp.loguniform('lr', log(1e-5), log(1e-1)),
    q: hp.qloguniform('q', log(1), log(200), 5),
  },
  normal: {
    n: hp.normal('n', 1, 2),
    ln: hp.lognormal('ln', 0, 1),
    qn: hp.qnormal('qn', 5, 3, 1),
    qln: hp.qlognormal('qln', 2, 1, 2),
  },
  uniform2: { x: hp.uniform('x', -5, 5), y: hp.uniform('y', 0, 1) },
};

function algorithm({ algo, algo_args: args }: Trace): Algorithm {
  if (algo === 'rand') return rand.suggest;
  return tpe.with({
    nStartupJobs: args.n_startup_jobs,
    nEICandidates: args.n_EI_candidates,
    gamma: args.gamma,
    priorWeight: args.prior_weight,
  });
}

const names = readdirSync(join(root, 'test/fixtures/hyperopt')).filter((name) =>
  /^(rand|tpe)-/.test(name),
);

test('there are traces of every algorithm, space and seed', (t) => t.is(names.length, 3 * 7 * 2));

for (const name of names) {
  const trace = fixture<Trace>(`hyperopt/${name}`);
  const space = spaces[/-([a-z0-9]+)-seed\d+\.json$/.exec(name)![1]!];
  const lossOf = new Map(trace.trials.map(({ tid, loss }) => [tid, loss]));

  test(`${name}, call by call`, async (t) => {
    const algo = algorithm(trace);
    const domain = new Domain(() => 0, space);
    const trials = new Trials();
    for (const expected of trace.trials) {
      const ids = trials.newTrialIds(1);
      trials.refresh();
      const [doc] = await algo(ids, domain, trials, expected.suggest_seed);
      t.is(doc!.tid, expected.tid);
      checkValues(t, expected.tid, doc!.misc.vals, expected.vals);
      doc!.state = JOB_STATE_DONE;
      doc!.result = { status: 'ok', loss: expected.loss };
      trials.insertTrialDocs([doc!]);
      trials.refresh();
    }
  });

  test(`${name}, by fmin`, async (t) => {
    const trials = new Trials();
    await fmin({
      fn: (_, { trial }) => lossOf.get(trial.tid)!,
      space,
      algo: algorithm(trace),
      maxEvals: trace.trials.length,
      trials,
      rstate: Number(/default_rng\((\d+)\)/.exec(trace.rstate)![1]),
      verbose: false,
    });
    for (const expected of trace.trials) {
      checkValues(t, expected.tid, trials.trials[expected.tid]!.misc.vals, expected.vals);
    }
  });
}

test('fmin with seed 42: known trials', async (t) => {
  const trials = new Trials();
  await fmin({
    fn: ({ x, y }) => (x - 2) ** 2 + y,
    space: { x: hp.uniform('x', -10, 10), y: hp.loguniform('y', log(1e-3), 0) },
    algo: tpe.suggest,
    maxEvals: 22,
    trials,
    rstate: 42,
    verbose: false,
  });
  const known: [tid: number, x: number, y: number][] = [
    [0, 2.4023799535328205, 0.27603631617338287],
    [20, -3.2419773663282285, 0.058168206255533116],
    [21, 1.963154559723461, 0.06572325899280655],
  ];
  for (const [tid, x, y] of known) {
    checkValues(t, tid, trials.trials[tid]!.misc.vals, { x: [x], y: [y] });
  }
});
