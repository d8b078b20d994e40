import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from '../helpers/paths.js';

function run(script: string, argument: string, ...flags: string[]) {
  return spawnSync(
    process.execPath,
    [...flags, join(root, 'dist/test/helpers', script), argument],
    {
      encoding: 'utf8',
      timeout: 300_000,
    },
  );
}

for (const what of ['network', 'array']) {
  test(`100 of each disposed and dropped leave the memory flat: ${what}`, (t) => {
    const { stdout, stderr, status } = run('leak.js', what, '--expose-gc');
    t.is(status, 0, stderr);
    const { disposed, dropped } = JSON.parse(stdout) as { disposed: number; dropped: number };
    // A network holds about 5 MB, an array two; 100 networks that leaked would be 500 MB.
    t.true(disposed < 20, `${disposed} MB more after 100 disposed`);
    t.true(dropped < 20, `${dropped} MB more after 100 dropped`);
  });
}

test('weights that memory has no room for are an error, not the end of the process', (t) => {
  if (process.platform !== 'linux') return t.pass('no limit of the address space');
  const script = join(root, 'dist/test/helpers/short-memory.js');
  const limited = `ulimit -v 8000000 && exec '${process.execPath}' '${script}'`;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' });
  t.is(status, 0, stderr);
  t.is(stdout, 'OutOfMemoryError, then 2 tensors\n');
});

for (const how of [
  'process.exit',
  'end of the script',
  'worker.terminate',
  'process.exit in a worker',
  'uncaught error in a worker',
  'uncaught error',
]) {
  test(`a training does not outlive its environment: ${how}`, (t) => {
    const { stdout, stderr, status, signal } = run('exit.js', how);
    t.is(signal, null, stderr);
    t.is(status, how === 'uncaught error' ? 1 : 0, stderr);
    t.regex(stdout, /training/);
  });
}
