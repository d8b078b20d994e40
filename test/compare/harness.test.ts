import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import {
  type ComparisonOptions,
  type ProgressEvent,
  runComparison,
} from '../../src/compare/harness.js';
import { isInUse } from '../../src/compare/lock.js';
import { type Objective, TrialStopped } from '../../src/compare/objective.js';
import { makePlan } from '../../src/compare/plan.js';
import { presets } from '../../src/compare/presets/index.js';
import { readResults, resultsFile, writeResults } from '../../src/compare/results.js';
import {
  AbortError,
  BusyError,
  DataError,
  InvalidArgumentError,
  OutOfMemoryError,
} from '../../src/errors.js';
import { analyticObjective } from '../helpers/analytic-objective.js';
import { analyticComparison, withoutTimes } from '../helpers/comparison.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

test('every strategy runs its trials; the file says what the function returns', async (t) => {
  const folder = await temporaryFolder(t);
  const events: ProgressEvent['type'][] = [];
  const results = await runComparison({
    ...analyticComparison(folder),
    onProgress: ({ type }) => events.push(type),
  });
  t.deepEqual(await readResults(folder), JSON.parse(JSON.stringify(results)));
  t.is(results.status, 'complete');
  t.deepEqual(
    results.strategies.map(({ name, trials }) => [name, trials.length]),
    [
      ['manual', 1],
      ['random', 6],
      ['grid', 6],
      ['optuna-tpe', 6],
      ['hyperopt-tpe', 6],
    ],
  );
  for (const { name, trials } of results.strategies) {
    for (const [number, trial] of trials.entries()) {
      const id = `${name} ${number}: ${trial.state} ${trial.reason}`;
      t.is(trial.number, number);
      t.deepEqual(Object.keys(trial.params), Object.keys(presets.quick.space), id);
      if (trial.state === 'complete') {
        t.is(trial.epochs.length, 4, id);
        t.is(trial.value, trial.epochs.at(-1)!.testAccuracy);
        t.is(trial.reason, undefined);
      } else {
        t.is(trial.value, undefined);
        t.truthy(trial.reason, id);
      }
      t.is(results.times.trials[name]![number]!.epochs.length, trial.epochs.length, id);
    }
  }
  t.is(events.filter((type) => type === 'trial-start').length, 25);
  t.is(events.filter((type) => type === 'trial-end').length, 25);
  t.true(events.includes('batch') && events.includes('epoch'));
  const partial = (await readdir(folder)).filter((name) => name.endsWith('.partial'));
  t.deepEqual(partial, [], 'nothing is left over');
});

test('the same seed gives the same results but for times, another seed others', async (t) => {
  const run = async (seed: number) => {
    const options = analyticComparison(await temporaryFolder(t));
    return withoutTimes(await runComparison({ ...options, plan: { ...options.plan, seed } }));
  };
  const first = await run(3);
  t.true((await run(3)) === first);
  t.true((await run(4)) !== first);
});

test('a diverging trial fails, and the comparison goes on', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const plan = makePlan(presets.quick, {
    strategies: ['random', 'hyperopt-tpe'],
    trials: 50,
    epochs: 3,
  });
  const { strategies } = await runComparison({ ...options, plan });
  for (const { name, trials } of strategies) {
    const failed = trials.filter(({ state }) => state === 'failed');
    t.true(failed.length > 0, `${name} draws a learning rate above 3e-2`);
    for (const trial of failed) {
      t.true((trial.params['learning_rate'] as number) > 3e-2);
      t.is(trial.reason, 'loss is NaN after epoch 2');
      t.is(trial.epochs.length, 1);
    }
    t.is(trials.length, 50);
  }
});

test('shapes that do not fit are pruned with a reason', async (t) => {
  const { strategies } = await runComparison({
    ...analyticComparison(await temporaryFolder(t)),
    objective: analyticObjective([11, 11, 1]),
  });
  const pruned = strategies
    .flatMap(({ trials }) => trials)
    .filter(({ epochs }) => epochs.length === 0);
  t.true(pruned.length > 0);
  for (const trial of pruned) {
    t.is(trial.state, 'pruned');
    t.regex(trial.reason!, /does not fit its input of \d+ x \d+/);
  }
});

test('a comparison in which every trial fails still ends, with all of them recorded', async (t) => {
  const objective: Objective = async () => {
    throw new TrialStopped('failed', 'by decree');
  };
  const results = await runComparison({
    ...analyticComparison(await temporaryFolder(t)),
    objective,
  });
  t.is(results.status, 'complete');
  for (const { name, trials } of results.strategies) {
    t.is(trials.length, name === 'manual' ? 1 : 6, name);
    t.true(trials.every(({ state, reason }) => state === 'failed' && reason === 'by decree'));
  }
});

test('running out of memory fails the trial alone', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const objective: Objective = async (params, context) => {
    if (params['conv_depth_2'] === 128) throw new OutOfMemoryError('out of memory: 1 GiB');
    return options.objective(params, context);
  };
  const { strategies } = await runComparison({ ...options, objective });
  const random = strategies.find(({ name }) => name === 'random')!.trials;
  t.true(
    random.some(({ state, reason }) => state === 'failed' && reason === 'out of memory: 1 GiB'),
  );
  t.true(random.some(({ state }) => state === 'complete'));
});

test('Optuna prunes trials that fall below the median', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const plan = makePlan(presets.quick, { strategies: ['optuna-tpe'], trials: 20, epochs: 4 });
  const { strategies } = await runComparison({ ...options, plan });
  const pruned = strategies[0]!.trials.filter(({ state }) => state === 'pruned');
  t.true(pruned.length > 0);
  for (const trial of pruned) {
    t.regex(
      trial.reason!,
      /^test accuracy 0\.\d{4} is below the median of earlier trials after epoch \d$/,
    );
    t.true(trial.epochs.length >= 1 && trial.epochs.length <= 4);
  }
});

for (const stopAt of [1, 7, 30, 64]) {
  test(`interrupted in epoch ${stopAt} and resumed, it ends as if it had not been`, async (t) => {
    const whole = withoutTimes(await runComparison(analyticComparison(await temporaryFolder(t))));
    const options = analyticComparison(await temporaryFolder(t));
    const controller = new AbortController();
    let epochs = 0;
    const started: string[] = [];
    const onProgress = (event: ProgressEvent) => {
      if (event.type === 'trial-start') started.push(`${event.strategy} ${event.trial.number}`);
      if (event.type === 'epoch' && ++epochs === stopAt) controller.abort();
    };
    await t.throwsAsync(runComparison({ ...options, onProgress, signal: controller.signal }), {
      instanceOf: AbortError,
    });
    const stopped = (await readResults(options.folder))!;
    t.is(stopped.status, 'interrupted');
    const trials = stopped.strategies.flatMap(({ trials }) => trials);
    t.is(trials.filter(({ state }) => state === 'running').length, 0);
    t.true(trials.filter(({ state }) => state === 'interrupted').length <= 1);

    const finished = trials.filter(({ state }) => state !== 'interrupted').length;
    started.length = 0;
    const resumed = await runComparison({ ...options, onProgress });
    t.true(withoutTimes(resumed) === whole);
    t.is(started.length, 25 - finished, 'finished trials are not repeated');
  });
}

/** Optuna's searches in arrays of four trials. */
function inArrays(options: ComparisonOptions, sizes: number[] = []): ComparisonOptions {
  return {
    ...options,
    plan: { ...options.plan, trialArray: 4 },
    arrayObjective: (trials) => {
      sizes.push(trials.length);
      return Promise.allSettled(trials.map((run) => options.objective(run.params, run.context)));
    },
  };
}

test('with a trialArray, searches by Optuna train several trials together', async (t) => {
  const sizes: number[] = [];
  const apart = await runComparison(analyticComparison(await temporaryFolder(t)));
  const options = inArrays(analyticComparison(await temporaryFolder(t)), sizes);
  const together = await runComparison(options);
  t.deepEqual(sizes, [4, 2, 4, 2, 4, 2]);
  for (const [i, { name, trials }] of together.strategies.entries()) {
    t.is(trials.length, name === 'manual' ? 1 : 6);
    t.false(trials.some(({ state }) => state === 'running' || state === 'interrupted'));
    // What they choose does not depend on results.
    if (name === 'random' || name === 'grid') t.deepEqual(trials, apart.strategies[i]!.trials);
  }
  const { arrayObjective: _, ...inTurn } = inArrays(analyticComparison(await temporaryFolder(t)));
  t.is(withoutTimes(await runComparison(inTurn)), withoutTimes(together));
});

test('a trial that trains with others is told its share of their time', async (t) => {
  const options = inArrays(analyticComparison(await temporaryFolder(t)));
  const { arrayObjective } = options;
  const started = performance.now();
  const { times } = await runComparison({
    ...options,
    arrayObjective: async (trials) => {
      await setTimeout(50);
      return arrayObjective!(trials);
    },
  });
  const wall = (performance.now() - started) / 1000;
  const all = Object.values(times.trials).flatMap((trials) => trials!);
  const seconds = all.reduce((sum, trial) => sum + trial.seconds, 0);
  t.true(seconds > 6 * 0.049 && seconds <= wall, `${seconds} s of ${wall} s`);
  for (const trial of all) {
    t.true(trial.epochs.reduce((sum, epoch) => sum + epoch, 0) <= trial.seconds);
  }
});

for (const stopAt of [7, 26, 40]) {
  test(`interrupted in epoch ${stopAt} of arrays and resumed, it ends as if it had not been`, async (t) => {
    const whole = await runComparison(inArrays(analyticComparison(await temporaryFolder(t))));
    const options = inArrays(analyticComparison(await temporaryFolder(t)));
    const controller = new AbortController();
    let epochs = 0;
    const onProgress = ({ type }: ProgressEvent) => {
      if (type === 'epoch' && ++epochs === stopAt) controller.abort();
    };
    const { signal } = controller;
    await t.throwsAsync(runComparison({ ...options, onProgress, signal }), {
      instanceOf: AbortError,
    });
    const stopped = (await readResults(options.folder))!;
    t.false(
      stopped.strategies.some(({ trials }) => trials.some(({ state }) => state === 'running')),
    );
    t.is(withoutTimes(await runComparison(options)), withoutTimes(whole));
  });
}

test('a fault of the program ends the comparison; it can be resumed', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  let trials = 0;
  const objective: Objective = async (params, context) => {
    if (++trials === 4) throw new TypeError('a fault');
    return options.objective(params, context);
  };
  await t.throwsAsync(runComparison({ ...options, objective }), { instanceOf: TypeError });
  t.is((await readResults(options.folder))!.status, 'interrupted');
  t.is((await runComparison(options)).status, 'complete');
});

test('a finished comparison is read, not run again', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const first = await runComparison(options);
  const objective: Objective = () => {
    throw new Error('not to be called');
  };
  t.true(withoutTimes(await runComparison({ ...options, objective })) === withoutTimes(first));
});

test('a folder with other results is refused and left as it is', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  await runComparison(options);
  const before = await readFile(join(options.folder, resultsFile), 'utf8');
  await t.throwsAsync(runComparison({ ...options, plan: { ...options.plan, seed: 99 } }), {
    instanceOf: InvalidArgumentError,
    message: /holds the results of a comparison with other settings/,
  });
  t.is(await readFile(join(options.folder, resultsFile), 'utf8'), before);
});

test('of two comparisons in one folder at once, the second is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = await Promise.allSettled([
    runComparison(analyticComparison(folder)),
    runComparison(analyticComparison(`${folder}/.`)),
  ]);
  const refused = [first, second].filter(({ status }) => status === 'rejected');
  t.is(refused.length, 1);
  const { reason } = refused[0] as PromiseRejectedResult;
  t.true(reason instanceof BusyError);
  t.regex(reason.message, new RegExp(`process ${process.pid} on .*results\\.lock`));
  t.is((await readResults(folder))!.status, 'complete');
  t.deepEqual(await readdir(folder), [resultsFile]);
});

test('a lock is kept by a running process, and forgotten with one that is gone', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const lock = join(options.folder, 'results.lock');
  for (const content of [`${process.ppid} ${hostname()}\n`, '1 elsewhere\n', '']) {
    await writeFile(lock, content);
    t.true(await isInUse(options.folder));
    await t.throwsAsync(runComparison(options), { instanceOf: BusyError });
    t.is(await readFile(lock, 'utf8'), content);
  }
  const { pid } = spawnSync(process.execPath, ['--version']);
  // The second as after a restart of its container, where all have the same numbers.
  for (const gone of [pid, process.pid]) {
    await writeFile(lock, `${gone} ${hostname()}\n`);
    t.false(await isInUse(options.folder));
    t.is((await runComparison(options)).status, 'complete');
    await rm(options.folder, { recursive: true });
    await mkdir(options.folder);
  }
});

test('results that cannot be written leave nothing half written', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const results = await runComparison(options);
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, resultsFile));
  await t.throwsAsync(writeResults(folder, results), {
    instanceOf: DataError,
    message: /results\.json could not be written/,
  });
  t.deepEqual(await readdir(folder), [resultsFile]);
});

const damaged: [string, (text: string) => string, RegExp][] = [
  [
    'half a file',
    (text) => text.slice(0, text.length / 2),
    /results\.json does not hold the results of a comparison: it is not JSON$/,
  ],
  ['nothing in them', () => '', /results\.json does not hold .*: it is empty$/],
  ['another document', () => '{"name": "x"}', /does not hold the results of a comparison/],
  [
    'a later version',
    (text) => text.replace('"version": 1', '"version": 2'),
    /has version 2; this trialforge reads version 1/,
  ],
  [
    'a missing part',
    (text) => text.replace('"strategies"', '"strategems"'),
    /results\.json is damaged: .*strateg/s,
  ],
  ['a state that is none', (text) => text.replace('"complete"', '"done"'), /is damaged/],
];
for (const [title, damage, message] of damaged) {
  test(`refuses results with ${title}`, async (t) => {
    const options = analyticComparison(await temporaryFolder(t));
    options.plan = makePlan(presets.quick, { strategies: ['manual'], epochs: 1 });
    await runComparison(options);
    const path = join(options.folder, resultsFile);
    const text = damage(await readFile(path, 'utf8'));
    await writeFile(path, text);
    await t.throwsAsync(runComparison(options), { instanceOf: DataError, message });
    t.is(await readFile(path, 'utf8'), text, 'what is stored stays');
  });
}
