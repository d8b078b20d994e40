import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { root } from '../helpers/paths.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** What run.sh starts, in a bundle that has been unpacked and built on a machine without a GPU. */
const programs: Record<string, string> = {
  'bin/cmake': '',
  'bin/node': '',
  'bin/nvidia-smi': 'exit 1',
  'build/native/test/trialforge_native_tests': '',
  'build/native/bench/trialforge_bench': 'printf "Subjects:\\n  conv  convolutions\\n\\n"',
};

async function writePrograms(folder: string, changed: typeof programs = {}) {
  for (const [name, body] of Object.entries({ ...programs, ...changed })) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
}

function run(folder: string, args: string[]) {
  return spawnSync('sh', [join(folder, 'run.sh'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, OUT: '', TRIALFORGE_BENCH_PYTHON: 'false' },
  });
}

async function bundleFolder(t: ExecutionContext) {
  const folder = await temporaryFolder(t);
  await copyFile(join(root, 'scripts/bundle/run.sh'), join(folder, 'run.sh'));
  return folder;
}

async function runBundle(t: ExecutionContext, args: string[], changed: typeof programs = {}) {
  const folder = await bundleFolder(t);
  const unpacked = join(folder, 'work/trialforge');
  await writePrograms(unpacked, changed);
  await writeFile(join(unpacked, '.unpacked'), '');
  await writeFile(join(folder, 'work/.bundle'), '');
  const { status, stdout } = run(folder, args);
  t.is(await readFile(join(folder, 'results/summary.txt'), 'utf8'), stdout);
  const lines = stdout.trimEnd().split('\n');
  return { status, lines, last: lines.at(-1)!.replace(/\d+ s in all$/, 'N s in all') };
}

test('run.sh of the bundle tells which stages passed, failed and were left out', async (t) => {
  const { status, lines, last } = await runBundle(t, [], {
    'build/native/test/trialforge_native_tests': 'echo FAILED conv2d; exit 3',
  });
  t.is(
    last,
    'stages: 5 passed (build, bench-native, profile, typescript, kernels), 1 failed (native), ' +
      '4 left out (goals, sanitizer, bench-torch, ncu); N s in all',
  );
  t.is(status, 1);
  t.regex(lines.join('\n'), /^FAILED +native: status 3 after \d+ s: FAILED conv2d$/m);
  t.regex(lines.join('\n'), /^left out +bench-torch: false has no PyTorch$/m);
});

test('run.sh of the bundle ends with 0 where nothing failed', async (t) => {
  const { status, last } = await runBundle(t, ['--only', 'build,bench-torch']);
  t.is(last, 'stages: 1 passed (build), 0 failed, 1 left out (bench-torch); N s in all');
  t.is(status, 0);
});

test('run.sh of the bundle counts what there is no time for, and fails if that is all', async (t) => {
  const { status, last } = await runBundle(t, ['--budget', '1', '--only', 'build,native']);
  t.is(last, 'stages: 0 passed, 0 failed, 2 left out (build, native); N s in all');
  t.is(status, 1);
});

test('run.sh of the bundle fails a stage of which nothing can be run', async (t) => {
  const { status, last } = await runBundle(t, ['--only', 'bench-native'], {
    'build/native/bench/trialforge_bench': 'exit 1',
  });
  t.is(last, 'stages: 0 passed, 1 failed (bench-native), 0 left out; N s in all');
  t.is(status, 1);
});

test('run.sh of the bundle unpacks archives that are others than the last time', async (t) => {
  const folder = await bundleFolder(t);
  const packed = join(folder, 'packed');
  const built = join(folder, 'work/trialforge/built');
  const pack = async (status: number) => {
    await writePrograms(join(packed, 'trialforge'), {
      'build/native/test/trialforge_native_tests': `exit ${status}`,
    });
    const archive = join(folder, 'sources.tar.xz');
    t.is(spawnSync('tar', ['-cJf', archive, '-C', packed, 'trialforge']).status, 0);
  };
  const last = () => run(folder, ['--only', 'native']).stdout.trimEnd().split('\n').at(-1)!;
  await pack(1);
  t.regex(last(), /1 failed \(native\)/);
  await writeFile(built, '');
  t.regex(last(), /1 failed \(native\)/);
  t.true(existsSync(built));
  await pack(0);
  t.regex(last(), /1 passed \(native\)/);
  t.false(existsSync(built));
  await rm(join(folder, 'sources.tar.xz'));
  t.regex(last(), /1 passed \(native\)/);
});

test('run.sh of the bundle refuses wrong arguments before it does anything', async (t) => {
  const folder = await bundleFolder(t);
  for (const args of [
    ['--only', ''],
    ['--only', ','],
    ['--only', ' \n'],
    ['--work', ''],
    ['--out', ''],
    ['--only', 'nothing'],
    ['--budget', '1e3'],
    ['--budget', '010'],
    ['--budget', '99999999999999999999'],
    ['--jobs', '0'],
    ['--jobs'],
    ['build'],
  ]) {
    const { status, stderr } = run(folder, args);
    t.is(status, 2, args.join(' '));
    t.not(stderr, '');
  }
  t.false(existsSync(join(folder, 'work')));
});

test('run.sh of the bundle deletes nothing that it has not made', async (t) => {
  const folder = await bundleFolder(t);
  for (const name of ['home/trialforge', 'home/results']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'mine'), 'precious');
  }
  const refused = run(folder, ['--work', join(folder, 'home'), '--only', 'kernels']);
  t.is(refused.status, 2);
  t.regex(refused.stderr, /home has other files; --work takes a new or empty folder/);
  t.is(await readFile(join(folder, 'home/trialforge/mine'), 'utf8'), 'precious');
  t.is(await readFile(join(folder, 'home/results/mine'), 'utf8'), 'precious');
  for (const out of ['results', 'results/deep', 'trialforge/out']) {
    const inside = run(folder, [
      '--out',
      join(folder, 'work', out),
      '--work',
      join(folder, 'work'),
    ]);
    t.is(inside.status, 2);
    t.regex(inside.stderr, /--out must not lie in/);
    await rm(join(folder, 'work'), { recursive: true });
  }
});

test('run.sh of the bundle takes stages apart by commas and blanks', async (t) => {
  const { last } = await runBundle(t, ['--only', 'native,\tkernels\nbuild']);
  t.is(last, 'stages: 3 passed (build, native, kernels), 0 failed, 0 left out; N s in all');
});
