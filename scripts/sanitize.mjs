// Builds the native test programs with AddressSanitizer and UndefinedBehaviorSanitizer, without CUDA
// (the kernels run in the emulation), and runs them.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'build', 'sanitize');
const { positionals } = scriptOptions(
  `Usage: npm run test:sanitize [-- FILTER]

  FILTER   only the cases whose name contains it`,
  {},
  true,
);
const programs = ['trialforge_native_tests', 'trialforge_native_tests_emulated'];

function fail(message) {
  console.error(`\ntrialforge sanitize stopped: ${message}`);
  process.exit(1);
}

function cmake(...args) {
  const result = spawnSync('cmake', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error) fail(`cmake could not be started: ${result.error.message}`);
  if (result.status !== 0) fail(`cmake ${args.join(' ')} failed; the messages above say why.`);
}

cmake(
  ...['-S', 'native', '-B', build, '-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DTRIALFORGE_CUDA=OFF'],
  ...['-DTRIALFORGE_NATIVE_TESTS=ON', '-DTRIALFORGE_SANITIZE=address,undefined'],
);
cmake('--build', build, '--parallel', String(availableParallelism()));

let passed = 0;
let failed = 0;
for (const program of programs) {
  console.log(`\n${program}`);
  const result = spawnSync(join(build, 'test', program), positionals, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { UBSAN_OPTIONS: 'print_stacktrace=1', ...process.env },
  });
  if (result.error) fail(`${program} could not be started: ${result.error.message}`);
  process.stdout.write(result.stdout);
  const counts = [...result.stdout.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1);
  passed += Number(counts?.[1] ?? 0);
  failed += Number(counts?.[2] ?? 0);
  // A sanitizer ends the program, before or after the counts.
  if (result.status !== 0 && !Number(counts?.[2])) failed += 1;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
