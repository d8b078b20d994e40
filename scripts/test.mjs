// Runs all tests after the set-up: the native programs and tfjs-core's own suite, some at a time, then
// the compiled TypeScript ones. The last line is "N passed, N failed" over everything.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Usage: npm test [-- --native | --tfjs | --typescript] [-- ava arguments]

  --native       only the native test programs
  --tfjs         only tfjs-core's own suite, on the backends of trialforge
  --typescript   only the TypeScript tests; what follows goes to ava, for example
                 npm test -- --typescript dist/test/optuna/*.test.js --match='*prune*'`;

const native = 'build/native/test/trialforge_native_tests';
const node = process.execPath;
const programs = {
  '--native': [
    { name: 'native', program: native },
    { name: 'native, CUDA emulated', program: `${native}_emulated` },
    ...['avx2', 'portable'].map((set) => ({
      ...{ name: `native, ${set}`, program: native },
      environment: { TRIALFORGE_INSTRUCTION_SET: set },
    })),
    { name: 'CUDA kernels', program: node, args: ['scripts/kernel-table.mjs', '--check'] },
  ],
  '--tfjs': ['trialforge-cpu', 'trialforge-cuda'].map((backend) => ({
    ...{ name: `tfjs-core on ${backend}`, program: node },
    args: ['scripts/test-tfjs.mjs', '--backend', backend],
  })),
};
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

/** A program whose last line is "N passed, N failed[, N skipped]"; `print` gets its lines. */
async function runProgram({ name, program, args = [], environment = {} }, print) {
  print(`== ${name}`);
  let failed = 0;
  const status = await lines(
    program,
    args,
    (line) => {
      print(line);
      const match = line.match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/);
      if (!match) return;
      failed = Number(match[2]);
      total.passed += Number(match[1]);
      total.failed += failed;
      total.skipped += Number(match[3] ?? 0);
    },
    environment,
  );
  if (status !== 0 && failed === 0) {
    print(`${name}: ended with status ${status}`);
    total.failed++;
  }
}

/** As many at a time as there are processors, each of which keeps one busy; told one after the other. */
async function runPrograms(programs) {
  const waiting = programs.map((program) => ({ program, lines: [], isOver: false }));
  const told = [...waiting];
  const tell = () => {
    while (told.length > 0) {
      for (const line of told[0].lines.splice(0)) console.log(line);
      if (!told[0].isOver) return;
      told.shift();
    }
  };
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { program, lines } = next;
      await runProgram(program, (line) => {
        lines.push(line);
        tell();
      });
      next.isOver = true;
      tell();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
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
await runPrograms(
  Object.entries(programs).flatMap(([option, ones]) => ((only ?? option) === option ? ones : [])),
);
if ((only ?? '--typescript') === '--typescript') {
  await runTypescript(args.filter((arg) => arg !== '--typescript'));
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
