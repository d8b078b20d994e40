// Runs all tests after the set-up: the native programs, tfjs-core's own suite, then the compiled
// TypeScript ones. The last line is "N passed, N failed" over everything.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Usage: npm test [-- --native | --tfjs | --typescript] [-- ava arguments]

  --native       only the native test programs
  --tfjs         only tfjs-core's own suite, on the backends of trialforge
  --typescript   only the TypeScript tests; what follows goes to ava, for example
                 npm test -- --typescript dist/test/optuna/*.test.js --match='*prune*'`;

const programs = [
  ['native', 'build/native/test/trialforge_native_tests'],
  ['native, CUDA emulated', 'build/native/test/trialforge_native_tests_emulated'],
];
const total = { passed: 0, failed: 0, skipped: 0 };

function lines(command, args, onLine, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/** A program whose last line is "N passed, N failed[, N skipped]". */
async function runProgram(name, program, { args = [], environment = {} } = {}) {
  console.log(`== ${name}`);
  let counted = false;
  const status = await lines(
    program,
    args,
    (line) => {
      console.log(line);
      const match = line.match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/);
      if (!match) return;
      counted = true;
      total.passed += Number(match[1]);
      total.failed += Number(match[2]);
      total.skipped += Number(match[3] ?? 0);
    },
    environment,
  );
  if (status !== 0 && !(counted && total.failed > 0)) {
    console.error(`${name}: ended with status ${status}`);
    total.failed++;
  }
}

/** ava, by the Test Anything Protocol: a line a test, and the report of each failure. */
async function runTypescript(args) {
  console.log('== TypeScript');
  const failedBefore = total.failed;
  const status = await lines(`${root}/node_modules/.bin/ava`, ['--tap', ...args], (line) => {
    const match = line.match(/^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/);
    if (!match) {
      if (!/^(TAP version|\d+\.\.\d+|# (?!.*(error|exception|fail)))/i.test(line))
        console.log(line);
      return;
    }
    const [, not, name, directive] = match;
    if (directive) total.skipped++;
    else if (not) total.failed++;
    else total.passed++;
    console.log(`${directive ? 'skipped' : not ? 'FAILED ' : 'ok     '} ${name}`);
  });
  if (status !== 0 && total.failed === failedBefore) {
    console.error(`ava ended with status ${status}`);
    total.failed++;
  }
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const only = ['--native', '--tfjs', '--typescript'].find((option) => args.includes(option));
if ((only ?? '--native') === '--native') {
  for (const [name, program] of programs) await runProgram(name, program);
  for (const set of ['avx2', 'portable']) {
    const environment = { TRIALFORGE_INSTRUCTION_SET: set };
    await runProgram(`native, ${set}`, programs[0][1], { environment });
  }
  await runProgram('CUDA kernels', process.execPath, {
    args: ['scripts/kernel-table.mjs', '--check'],
  });
}
if ((only ?? '--tfjs') === '--tfjs') {
  for (const backend of ['trialforge-cpu', 'trialforge-cuda']) {
    const args = ['scripts/test-tfjs.mjs', '--backend', backend];
    await runProgram(`tfjs-core on ${backend}`, process.execPath, { args });
  }
}
if ((only ?? '--typescript') === '--typescript') {
  await runTypescript(args.filter((arg) => arg !== '--typescript'));
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
