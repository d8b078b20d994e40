import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readResults } from '../../src/compare/results.js';
import { trialforge } from '../helpers/cli.js';
import { withoutTimes } from '../helpers/comparison.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** Real training, as small as it can be. */
const tiny = [
  'compare',
  '--trials',
  '2',
  '--epochs',
  '2',
  '--train-size',
  '64',
  '--test-size',
  '50',
  '--threads',
  '1',
];

test.serial('compare prints a table and the path of a report that is there', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stdout, stderr } = await trialforge(tiny, folder);
  t.is(code, 0, stderr);
  for (const title of ['Manual', 'Random', 'Grid', 'Optuna TPE', 'Hyperopt TPE']) {
    t.regex(stdout, new RegExp(`^${title} +\\d+\\.\\d\\d % `, 'm'));
  }
  const report = stdout.match(/^Report: (reports\/quick-.*\/report\.html)$/m)![1]!;
  await t.notThrowsAsync(access(join(folder, report)));
  t.regex(stderr, /^manual 1\/1: complete, test accuracy/m);
  t.regex(stderr, /^hyperopt-tpe 2\/2: /m);
});

test.serial('the same seed gives the same results, on one thread and on three', async (t) => {
  const folder = await temporaryFolder(t);
  const results: string[] = [];
  for (const threads of ['1', '3']) {
    const args = [...tiny, '--threads', threads, '--seed', '5', '--out', threads, '--json'];
    const { code, stdout } = await trialforge(args, folder);
    t.is(code, 0);
    const summary = JSON.parse(stdout);
    t.is(summary.status, 'complete');
    t.is(summary.results, `${threads}/results.json`);
    t.is(summary.strategies.length, 5);
    const read = (await readResults(join(folder, threads)))!;
    t.is(read.environment.threads, Number(threads));
    read.environment.threads = 0;
    results.push(withoutTimes(read));
  }
  t.true(results[0] === results[1]);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test.serial(`${signal} leaves whole results; the next start goes on with them`, async (t) => {
    const folder = await temporaryFolder(t);
    const whole = await trialforge([...tiny, '--out', 'whole'], folder);
    t.is(whole.code, 0);
    const stopped = await trialforge(tiny, folder, (stderr, child) => {
      if (!child.killed && /^random 1/m.test(stderr)) child.kill(signal);
    });
    t.is(stopped.code, 130);
    const [name] = await readdir(join(folder, 'reports'));
    t.regex(stopped.stderr, new RegExp(`compare --resume reports/${name}\n$`));
    const interrupted = (await readResults(join(folder, 'reports', name!)))!;
    t.is(interrupted.status, 'interrupted');

    const resumed =
      signal === 'SIGINT'
        ? await trialforge(tiny, folder)
        : await trialforge(['compare', '--resume', `reports/${name}`], folder);
    t.is(resumed.code, 0, resumed.stderr);
    t.regex(resumed.stderr, /^manual 1\/1: complete earlier/m);
    t.deepEqual(await readdir(join(folder, 'reports')), [name]);
    const results = (await readResults(join(folder, 'reports', name!)))!;
    t.true(withoutTimes(results) === withoutTimes((await readResults(join(folder, 'whole')))!));

    await trialforge([...tiny, '--strategies', 'manual', '--fresh'], folder);
    t.is(
      (await readdir(join(folder, 'reports'))).length,
      2,
      'a finished comparison is not gone on with',
    );
  });
}

test.serial('a report folder with other settings is refused with exit code 2', async (t) => {
  const folder = await temporaryFolder(t);
  const args = [...tiny, '--strategies', 'manual', '--out', 'report'];
  t.is((await trialforge(args, folder)).code, 0);
  const { code, stderr } = await trialforge([...args, '--seed', '9'], folder);
  t.is(code, 2);
  t.regex(stderr, /report holds the results of a comparison with other settings/);
});
