// Checks (or with --write, mends) the format of TypeScript, JavaScript, C++ and CUDA, and lints.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { write } = scriptOptions(
  `Usage: npm run lint

  Checks formats and lints; npm run format mends what it can (--write).`,
  { write: { type: 'boolean', default: false } },
);

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(h|cpp|cu|cuh)$/.test(entry.name) ? [path] : [];
  });
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });

let failed = false;
const biome = run(bin('biome'), ['check', ...(write ? ['--write'] : []), '.'], {
  stdio: 'inherit',
});
if (biome.status !== 0) failed = true;

const native = [...sources('native'), ...sources('binding')];
if (write) {
  run(bin('clang-format'), ['-i', ...native], { stdio: 'inherit' });
} else {
  for (const path of native) {
    const formatted = run(bin('clang-format'), [path]).stdout;
    if (formatted === readFileSync(join(root, path), 'utf8')) continue;
    console.error(`${path}: not formatted; npm run format mends it`);
    failed = true;
  }
}
console.log(
  failed ? 'lint: failed' : `lint: ${native.length} native files and all TypeScript are clean`,
);
process.exit(failed ? 1 : 0);
