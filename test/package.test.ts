import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { root } from './helpers/paths.js';
import { temporaryFolder } from './helpers/temporary-folder.js';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const examples = readdirSync(join(root, 'examples'));

/** A project that depends on the package as it is published, and on nothing else. */
async function project(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    stdio: 'pipe',
  });
  const [tarball] = readdirSync(folder);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'trialforge'), { recursive: true });
  execFileSync(
    'tar',
    ['xzf', tarball!, '-C', join(modules, 'trialforge'), '--strip-components=1'],
    {
      cwd: folder,
    },
  );
  for (const name of readdirSync(join(root, 'node_modules'))) {
    // Without Node's types, as projects are that do not ask for them.
    if (name.startsWith('.') || name === '@types') continue;
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'));
  const imports = entries.map((name) => `import 'trialforge${name.slice(1)}';\n`);
  writeFileSync(join(folder, 'entries.ts'), imports.join(''));
  for (const name of examples) copyFileSync(join(root, 'examples', name), join(folder, name));
  return folder;
}

test('the examples compile and run in a project of their own', async (t) => {
  const folder = await project(t);
  const run = (script: string, ...args: string[]) => {
    try {
      return execFileSync(process.execPath, [script, ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return t.fail(`${stdout}${stderr}`);
    }
  };
  const strict = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', ''];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const withTfjs = examples.filter((name) => name.includes('tfjs'));
  const others = examples.filter((name) => !withTfjs.includes(name));
  run(tsc, ...strict, ...others, 'entries.ts');
  // The declarations of WebGPU that tfjs brings are not those of today's TypeScript.
  run(tsc, ...strict, '--skipLibCheck', ...withTfjs);
  run('entries.js');
  t.regex(String(run('search-as-in-optuna.js')), /x: \d/);
  t.regex(String(run('search-as-in-hyperopt.js')), /activation: 'relu'/);
  const doctor = String(run('node_modules/trialforge/dist/src/cli/main.js', 'doctor'));
  t.regex(doctor, /^code path /m);
});

test('without its addon, the package says how to build it, and builds it alone', async (t) => {
  const installed = join(await project(t), 'node_modules', 'trialforge');
  rmSync(join(installed, 'build'), { recursive: true });
  const failing = (script: string, env?: NodeJS.ProcessEnv) => {
    const args = script.split(' ');
    return spawnSync(process.execPath, args, { cwd: installed, encoding: 'utf8', env }).stderr;
  };
  const message = failing('dist/src/cli/main.js doctor');
  t.true(message.includes(`npm run setup --prefix ${realpathSync(installed)}`), message);
  // Nothing to install and no TypeScript to compile: the first thing it misses is the compiler.
  t.regex(failing('scripts/setup.mjs', { PATH: '' }), /addon cannot be built here.*CMake/s);
});
