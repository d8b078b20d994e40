import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from './helpers/paths.js';
import { temporaryFolder } from './helpers/temporary-folder.js';

/** For snippets that are part of a program. */
const preamble = `
import type { Objective, Study } from 'trialforge/optuna';
declare const study: Study;
declare const objective: Objective;
`;

const isProgram = (code: string) => code.startsWith('import ');

const snippets = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const text = readFileSync(join(root, 'docs', name), 'utf8');
    return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code], i) => ({
      name: `${name.slice(0, -'.md'.length)}-${i}`,
      code: code!,
    }));
  });

test('the TypeScript in docs/ compiles, and its programs run', async (t) => {
  const folder = await temporaryFolder(t);
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(root, join(modules, 'trialforge'));
  symlinkSync(join(root, 'node_modules', '@types'), join(modules, '@types'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, code } of snippets) {
    const text = isProgram(code) ? code : `${preamble}${code}`;
    writeFileSync(join(folder, `${name}.ts`), text);
  }
  const run = (script: string, ...args: string[]) => {
    try {
      const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const;
      execFileSync(process.execPath, [script, ...args], options);
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      t.fail(`${script} ${args.join(' ')}\n${stdout}${stderr}`);
    }
  };
  const strict = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run(tsc, ...strict, ...snippets.map(({ name }) => `${name}.ts`));
  for (const { name, code } of snippets) if (isProgram(code)) run(`${name}.js`);
  t.true(snippets.length > 0);
});
