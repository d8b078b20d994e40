import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from './helpers/paths.js';

const folders = ['docs/reference/node_modules/typedoc', 'node_modules/typedoc'];
const isInstalled = folders.some((folder) => existsSync(join(root, folder)));

(isInstalled ? test : test.skip)('every public symbol has a docstring', (t) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/docs.mjs'), '--check'],
    { encoding: 'utf8', timeout: 400_000 },
  );
  t.is(status, 0, stdout + stderr);
});
