import { readdirSync } from 'node:fs';
import { access, mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { readResults } from '../../src/compare/results.js';
import { type Finished, trialforge } from '../helpers/cli.js';
import { withoutTimes } from '../helpers/comparison.js';
import { root } from '../helpers/paths.js';
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

test.serial('installed in a project, it says how to go on there', async (t) => {
  const folder = await temporaryFolder(t);
  const bin = join(folder, 'node_modules/.bin/trialforge');
  await mkdir(dirname(bin), { recursive: true });
  await symlink(join(root, 'dist/src/cli/main.js'), bin);
  const { stderr } = await trialforge(
    [...tiny, '--out', 'report'],
    folder,
    (text, child) => {
      if (!child.killed && /^manual 1/m.test(text)) child.kill('SIGINT');
    },
    bin,
  );
  t.regex(stderr, /^ {2}npx trialforge compare --resume report$/m);
});

test.serial('with --json, an interruption is an error in JSON, the last line', async (t) => {
  const folder = await temporaryFolder(t);
  const args = [...tiny, '--json', '--out', 'report'];
  const { code, stdout, stderr } = await trialforge(args, folder, (text, child) => {
    if (!child.killed && /^manual 1/m.test(text)) child.kill('SIGINT');
  });
  t.is(code, 130);
  t.is(stdout, '');
  const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1)!);
  t.is(error.name, 'AbortError');
  t.regex(error.message, /interrupted; go on with: .* compare --resume report$/);
});

test.serial('two comparisons at once: one folder each, and never the same', async (t) => {
  const folder = await temporaryFolder(t);
  const others: Promise<Finished>[] = [];
  // Long enough for the others to find it running.
  const long = [...tiny, '--epochs', '12'];
  const first = await trialforge(long, folder, (stderr) => {
    if (others.length > 0 || !/^manual 1/m.test(stderr)) return;
    const [running] = readdirSync(join(folder, 'reports'));
    others.push(
      trialforge([...long, '--out', `reports/${running}`], folder),
      trialforge(long, folder),
    );
  });
  t.is(first.code, 0, first.stderr);
  const [same, own] = await Promise.all(others);
  t.is(same!.code, 1);
  t.regex(
    same!.stderr,
    /^error: another comparison \(process \d+ on .*\) writes to reports\/quick-/,
  );
  t.is(own!.code, 0, own!.stderr);
  t.notRegex(own!.stderr, /Going on/);
  t.is((await readdir(join(folder, 'reports'))).length, 2);
});

test.serial('a report folder with other settings is refused with exit code 2', async (t) => {
  const folder = await temporaryFolder(t);
  const args = [...tiny, '--strategies', 'manual', '--out', 'report'];
  t.is((await trialforge(args, folder)).code, 0);
  const { code, stderr } = await trialforge([...args, '--seed', '9'], folder);
  t.is(code, 2);
  t.regex(stderr, /report holds the results of a comparison with other settings/);
});
