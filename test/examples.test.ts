import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from './helpers/paths.js';

test('the README shows the examples as they are', (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const examples = readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'examples', name), 'utf8'));
  t.deepEqual([...shown].sort(), [...examples].sort());
});

for (const [name, output] of [
  ['train-side-by-side', /^0\.01 (\[ 0\.\d+, 0\.\d+, 0\.\d+ \])$/m],
  ['train-with-tfjs', /^trialforge-cpu Float32Array\(1\) \[ 0\.[89]\d* \]$/m],
  ['fit-a-tfjs-model', /^\[ 0\.\d+, 0\.\d+, 0\.[789]\d* \]\nFloat32Array\(1\) \[ 0\.[789]\d* \]$/m],
  ['search-as-in-optuna', /x: \d/],
  ['search-as-in-hyperopt', /activation: 'relu'/],
] as const) {
  test(`${name} runs`, (t) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(root, 'dist/examples', `${name}.js`)],
      { encoding: 'utf8', timeout: 120_000 },
    );
    t.is(status, 0, stderr);
    t.regex(stdout, output);
  });
}
