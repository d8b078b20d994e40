import { spawn, spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import type { PausesResults } from '../../bench/pauses/measure.js';
import { testFunctions } from '../../bench/quality/functions.js';
import type { QualityResults } from '../../bench/quality/measure.js';
import { tpeCases } from '../../bench/tpe/cases.js';
import type { TpeResults } from '../../bench/tpe/measure.js';
import { createStudy, GridSampler, RandomSampler } from '../../src/optuna/index.js';
import { trialforge } from '../helpers/cli.js';
import { root } from '../helpers/paths.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const program = join(root, 'dist/bench/main.js');

test.serial('tpe runs a study of every kind and storage', async (t) => {
  for (const [only, cases] of [
    ['100 trials x 10 floats, 2 objectives', 1],
    ['20 trials', 3],
  ] as const) {
    const args = ['tpe', '--quick', '--no-peer', '--only', only, '--json'];
    const { code, stdout, stderr } = await trialforge(
      args,
      await temporaryFolder(t),
      undefined,
      program,
    );
    t.is(code, 0, stderr);
    const results: TpeResults = JSON.parse(stdout);
    t.is(results.peer, null);
    t.is(results.cases.length, cases);
    for (const { case: one, ours, error, peer, speedup } of results.cases) {
      t.is(error, null, one.pass);
      t.true(ours!.seconds > 0 && ours!.lastSeconds > 0);
      t.true(ours!.peakBytes > 1e7 && ours!.peakBytes < 1e9);
      t.deepEqual([peer, speedup], [null, null]);
    }
  }
});

test.serial('a table of tpe has a line a study', async (t) => {
  const args = ['tpe', '--quick', '--no-peer', '--only', 'memory, random'];
  const { code, stdout } = await trialforge(args, await temporaryFolder(t), undefined, program);
  t.is(code, 0);
  t.regex(stdout, /\n20 trials x 10 floats, memory, random +\d+\.\d{3} +\d+ +\d+\.\d{3} +\d+$/m);
  t.notRegex(stdout, /speed-up/);
});

const python = process.env['TRIALFORGE_PYTHON'] ?? 'python3';
const hasOptuna = spawnSync(python, ['-c', 'import optuna']).status === 0;
(hasOptuna ? test.serial : test.serial.skip)('Optuna runs the studies of tpe', async (t) => {
  const args = ['tpe', '--quick', '--rounds', '1', '--only', '20 trials', '--json'];
  const { code, stdout, stderr } = await trialforge(
    [...args, '--python', python],
    await temporaryFolder(t),
    undefined,
    program,
  );
  t.is(code, 0, stderr);
  const { peer, cases }: TpeResults = JSON.parse(stdout);
  t.is(peer?.name, 'Optuna');
  t.is(cases.length, 3);
  for (const one of cases) t.is(one.speedup, one.peer!.seconds / one.ours!.seconds);
});

test('the cases of tpe are distinct, and Optuna is spared the long ones', (t) => {
  const cases = tpeCases(false);
  t.is(new Set(cases.map(({ name, pass }) => `${name}, ${pass}`)).size, cases.length);
  t.deepEqual(
    cases.filter(({ peer }) => !peer).map(({ trials }) => trials),
    [10_000, 100_000],
  );
});

test.serial('quality gives the same values whenever it runs', async (t) => {
  const run = async () => {
    const args = ['quality', '--seeds', '2', '--only', 'Branin', '--json'];
    const finished = await trialforge(args, await temporaryFolder(t), undefined, program);
    t.is(finished.code, 0, finished.stderr);
    return JSON.parse(finished.stdout) as QualityResults;
  };
  const results = await run();
  t.deepEqual(await run(), results);
  const [{ methods }] = results.functions as [QualityResults['functions'][0]];
  t.is(methods.random.gain, 0);
  t.is(results.batchLoss, 1 - results.gains['TPE v5, batches of 8'] / results.gains['TPE v5']);
});

test.serial('quality tells whether batches lose less than a tenth', async (t) => {
  const args = ['quality', '--seeds', '1', '--only', 'steps'];
  const { stdout } = await trialforge(args, await temporaryFolder(t), undefined, program);
  t.regex(stdout, /\nbatches of 8 lose -?\d+\.\d % .*: (NOT )?less than 10 %\n$/);
});

test('there are twelve test functions of 2 to 20 dimensions, none below its minimum', async (t) => {
  t.is(new Set(testFunctions.map(({ name }) => name)).size, 12);
  const dimensions = testFunctions.map((f) => f.dimensions);
  t.deepEqual([Math.min(...dimensions), Math.max(...dimensions)], [2, 20]);
  for (const { name, minimum, grid, evaluate } of testFunctions) {
    const points = Object.values(grid).reduce((product, values) => product * values.length, 1);
    t.true(points >= 50 && points <= 100, `${name}: ${points} points`);
    for (const sampler of [new RandomSampler({ seed: 0 }), new GridSampler(grid)]) {
      const study = await createStudy({ sampler });
      await study.optimize((trial) => evaluate(trial), { nTrials: 100 });
      t.true((await study.bestValue()) >= minimum, name);
      for (const { params } of await study.trials()) {
        for (const [parameter, value] of Object.entries(params)) {
          if (sampler instanceof GridSampler) t.true(grid[parameter]!.includes(value));
        }
      }
    }
  }
});

const optima: [name: string, params: Record<string, unknown>][] = [
  ['Branin, 2', { a: Math.PI, b: 2.275 }],
  ['Rosenbrock, 4', { x0: 1, x1: 1, x2: 1, x3: 1 }],
  ['steps, 5', { a: -7, b: -10, c: 40, d: 0.7, e: 35 }],
  [
    'Hartmann, 6',
    { x0: 0.20169, x1: 0.150011, x2: 0.476874, x3: 0.275332, x4: 0.311652, x5: 0.6573 },
  ],
];
for (const [name, params] of optima) {
  test(`${name} has its minimum where it should`, async (t) => {
    const f = testFunctions.find((one) => one.name === name)!;
    const study = await createStudy();
    await study.enqueueTrial(params as Record<string, number>);
    const value = f.evaluate(await study.ask());
    t.true(Math.abs(value - f.minimum) < 1e-6, `${value}`);
  });
}

const wrong: [string[], RegExp][] = [
  [['tpe', '--only', 'no such case'], /tpe has no case with 'no such case'/],
  [['tpe', '--python', '/nowhere/python'], /--python must be a Python interpreter/],
  [['tpe', '--python', 'python3', '--no-peer'], /cannot be used with/],
  [['quality', '--seeds', '0'], /--seeds.*whole number from 1 up/],
  [['quality', '--only', 'none'], /quality has no function with 'none' in its name/],
];
for (const [args, message] of wrong) {
  test.serial(`refuses ${args.join(' ')} with exit code 2`, async (t) => {
    const { code, stderr } = await trialforge(args, await temporaryFolder(t), undefined, program);
    t.is(code, 2);
    t.regex(stderr, message);
  });
}

test.serial('without Optuna, tpe says how to get it', async (t) => {
  const args = ['tpe', '--quick', '--only', 'memory, random', '--python', process.execPath];
  const { code, stderr } = await trialforge(args, await temporaryFolder(t), undefined, program);
  t.is(code, 0);
  t.regex(stderr, /^No ratios: .* has no Optuna \(pip install optuna/);
});

test.serial('Ctrl-C ends a study and its process, with exit code 130', async (t) => {
  const folder = await temporaryFolder(t);
  const args = [program, 'tpe', '--no-peer', '--only', '100000 trials'];
  const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder } });
  const closed = new Promise((resolve) => child.on('close', resolve));
  // A study runs in a folder of its own, which is removed when its process has ended.
  while ((await readdir(folder)).length === 0) await setTimeout(20);
  child.kill('SIGINT');
  t.is(await closed, 130);
  t.deepEqual(await readdir(folder), []);
});

test.serial('pauses fills a study and tells how long the event loop waited', async (t) => {
  const args = ['pauses', '--quick', '--only', '10 mixed', '--json'];
  const { code, stdout, stderr } = await trialforge(
    args,
    await temporaryFolder(t),
    undefined,
    program,
  );
  t.is(code, 0, stderr);
  const { cases }: PausesResults = JSON.parse(stdout);
  t.is(cases.length, 1);
  const { trial, medianPause, longestPause, firstPause } = cases[0]!;
  t.true(trial > 0 && firstPause > 0 && medianPause > 0 && longestPause >= medianPause);
});
