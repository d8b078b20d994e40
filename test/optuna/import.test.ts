import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { root } from '../helpers/paths.js';

const optuna = pathToFileURL(join(root, 'dist/src/optuna/index.js')).href;
const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
/** Tells on stderr what is loaded. */
const hooks = dataUrl(
  'export const load = (url, context, next) => (process._rawDebug(url), next(url, context));',
);

/** The packages that a program loads. */
function packagesOf(program: string): string[] {
  const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
  const args = ['--import', dataUrl(register), '--input-type=module', '--eval', program];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const packages = [...stderr.matchAll(/\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//g)];
  return [...new Set(packages.map(([, name]) => name!))];
}

const drivers = ['kysely', 'libsql', 'pg'];

test('a program that opens no database loads none of its packages', (t) => {
  const loaded = packagesOf(`
    const { createStudy, RDBStorage } = await import('${optuna}');
    new RDBStorage('sqlite://');
    const study = await createStudy();
    await study.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 2 });`);
  t.deepEqual(
    drivers.filter((name) => loaded.includes(name)),
    [],
  );
});

test('a program that opens SQLite does not load the driver of PostgreSQL', (t) => {
  const loaded = packagesOf(`
    const { createStudy } = await import('${optuna}');
    await (await createStudy({ storage: 'sqlite://' })).close();`);
  t.deepEqual(
    drivers.filter((name) => loaded.includes(name)),
    ['kysely', 'libsql'],
  );
});
