import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from '../helpers/paths.js';

const module = JSON.stringify(join(root, 'dist/src/hyperopt/index.js'));

/** What a search writes when its stderr is no terminal. */
function written(options: string): { stdout: string; stderr: string } {
  const script = `import { fmin, hp } from ${module};
    await fmin({ fn: (x) => (x > 0 ? 1.5 : 2), space: hp.uniform('x', -1, 1), maxEvals: 12, rstate: 0, ${options} });`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

test('without a terminal, progress is plain lines on stderr', (t) => {
  const { stdout, stderr } = written('');
  t.is(stdout, '');
  t.is(stderr, 'fmin: 12/12 trials, best loss 1.5\n');
});

test('silent when asked to be', (t) => {
  t.is(written('verbose: false').stderr, '');
  t.is(written('showProgressbar: false').stderr, '');
});

test('progress says so when nothing has been found', (t) => {
  const { stderr } = written(`catchEvalExceptions: true, returnArgmin: false,
    fn: () => { throw new Error('x'); }`);
  t.is(stderr, 'fmin: 0/12 trials, best loss none yet\n');
});
