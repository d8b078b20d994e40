import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import type { Results } from '../../bench/comparison.js';
import { kernelBenchmarks } from '../../bench/tfjs/kernels.js';
import type { TfjsResults } from '../../bench/tfjs/measure.js';
import { nativeKernels } from '../../src/tfjs/register-kernels.js';
import type { Finished } from '../helpers/cli.js';
import { root } from '../helpers/paths.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

function start(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [join(root, 'dist/bench/main.js'), ...args], { cwd });
}

function bench(
  args: readonly string[],
  cwd: string,
  watch?: (stderr: string, child: ChildProcess) => void,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = start(args, cwd);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data) => {
      stdout += data;
    });
    child.stderr?.on('data', (data) => {
      stderr += data;
      watch?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const short = ['--threads', '2', '--rounds', '1', '--seconds', '0.0001', '--repeats', '1'];

const small: [subject: string, only: string, cases: number][] = [
  ['cnn', 'dense 128, batch 128, training', 1],
  ['cnn', '10, batch 32', 4],
  ['conv', 'LeNet-5', 6],
  ['dense', 'paper output', 6],
  ['pool', 'paper, max', 4],
  ['trial-array', 'dense 128', 2],
];
for (const [subject, only, cases] of small) {
  test.serial(`${subject} measures every case of '${only}'`, async (t) => {
    const folder = await temporaryFolder(t);
    const args = [subject, ...short, '--only', only, '--no-peer', '--json', '--out', 'out.json'];
    const { code, stdout, stderr } = await bench(args, folder);
    t.is(code, 0, stderr);
    t.is(stderr, 'round 1 of 1: trialforge\n');
    t.is(await readFile(join(folder, 'out.json'), 'utf8'), stdout);
    const results: Results = JSON.parse(stdout);
    t.is(results.subject, subject);
    t.is(results.peer, null);
    t.true(results.peak.flopsPerSecond > 0 && results.peak.copyBytesPerSecond > 0);
    t.is(results.cases.length, cases);
    for (const result of results.cases) {
      t.true(result.minSeconds > 0 && result.minSeconds <= result.seconds);
      t.true(result.flopsPerSecond !== null || result.bytesPerSecond !== null);
      t.is(result.speedup, null);
    }
  });
}

test('the cases of conv and dense are distinct, three passes each', async (t) => {
  for (const [subject, least] of [
    ['conv', 20],
    ['dense', 16],
  ] as const) {
    const cases = await listed(subject);
    t.is(new Set(cases.map(({ name, pass }) => `${name}, ${pass}`)).size, cases.length);
    const names = new Set(cases.map(({ name }) => name));
    t.is(cases.length, 3 * names.size);
    t.true(names.size >= least);
  }
});

async function listed(subject: string): Promise<{ name: string; pass: string }[]> {
  const child = spawn(join(root, 'build/native/bench/trialforge_bench'), [subject, '--list-cases']);
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test.serial('a table tells the gain of trials side by side', async (t) => {
  const { code, stdout } = await bench(
    ['trial-array', ...short, '--only', 'dense 128', '--no-peer'],
    await temporaryFolder(t),
  );
  t.is(code, 0);
  t.regex(stdout, /^ceilings of this run: \d+\.\d GFLOP\/s multiply-add, \d+\.\d GB\/s copy$/m);
  t.regex(stdout, /^2 trials, dense 128, batch 32: side by side \d+\.\d\dx$/m);
});

test.serial('without PyTorch, it says how to get it and measures the rest', async (t) => {
  // An interpreter that cannot import it: Node takes Python for a syntax error.
  const { code, stdout, stderr } = await bench(
    ['dense', ...short, '--only', 'paper output, 128', '--python', process.execPath],
    await temporaryFolder(t),
  );
  t.is(code, 0);
  t.regex(stderr, /^No ratios: .* has no PyTorch \(pip install torch/);
  t.notRegex(stdout, /speed-up/);
});

test.serial('tfjs measures a kernel on each of its backends', async (t) => {
  const folder = await temporaryFolder(t);
  const args = ['tfjs', ...short, '--only', 'MaxPool, 2x2', '--json', '--out', 'out.json'];
  const { code, stdout, stderr } = await bench(args, folder);
  t.is(code, 0, stderr);
  t.is(stderr, ['trialforge-cpu', 'wasm', 'cpu'].map((of) => `round 1 of 1: ${of}\n`).join(''));
  t.is(await readFile(join(folder, 'out.json'), 'utf8'), stdout);
  const { backends, cases }: TfjsResults = JSON.parse(stdout);
  t.deepEqual(
    backends.map(({ backend }) => backend),
    ['trialforge-cpu', 'wasm', 'cpu'],
  );
  t.is(backends[0]!.threads, 2);
  t.is(cases.length, 1);
  const { 'trialforge-cpu': ours, wasm, cpu } = cases[0]!.backends;
  for (const times of [ours!, wasm!, cpu!]) {
    t.true(times.minSeconds > 0 && times.minSeconds <= times.seconds);
    t.is(times.images, null);
  }
  t.is(cases[0]!.speedup.wasm, wasm!.seconds / ours!.seconds);
  t.true(cases[0]!.speedup.cpu! > 1);
});

test.serial('tfjs measures the network, and what a backend lacks is left empty', async (t) => {
  const folder = await temporaryFolder(t);
  const only = (text: string) => ['tfjs', ...short, '--quick', '--no-cpu', '--only', text];
  const network = await bench(only("the paper's network"), folder);
  t.is(network.code, 0, network.stderr);
  t.regex(network.stdout, /^the paper's network, batch 256, model\.predict +\d+ +\d+ +\d+\.\d\dx/m);
  t.regex(network.stdout, /^fitFast: \d+\.\d % of Network\.fit\nmodel\.fit: \d+\.\d % of/m);
  const filter = await bench(only('Conv2DBackpropFilter'), folder);
  t.regex(filter.stdout, /^Conv2DBackpropFilter, .* to 64 +\d+\.\d+ *$/m);
});

test('the kernels of tfjs are distinct cases, of the engine, and 30 at least', (t) => {
  const native = new Set(nativeKernels.map(({ kernelName }) => kernelName));
  const names = kernelBenchmarks.map(({ name }) => name);
  t.deepEqual(
    names.filter((name) => !native.has(name)),
    [],
  );
  t.true(new Set(names).size >= 30);
  t.is(new Set(kernelBenchmarks.map(({ name, pass }) => `${name}, ${pass}`)).size, names.length);
});

const python = process.env['TRIALFORGE_BENCH_PYTHON'];
for (const [subject, only] of [
  ['cnn', 'dense 128, batch 256, inference'],
  ['conv', 'ResNet-18 conv4_x'],
  ['dense', 'paper output, 128'],
  ['pool', 'paper, '],
  ['trial-array', 'dense 128'],
] as const) {
  (python === undefined ? test.skip : test.serial)(
    `PyTorch does the work of ${subject}`,
    async (t) => {
      const { code, stdout, stderr } = await bench(
        [subject, ...short, '--quick', '--only', only, '--json'],
        await temporaryFolder(t),
      );
      t.is(code, 0, stderr);
      const { peer, cases }: Results = JSON.parse(stdout);
      t.is(peer?.name, 'PyTorch');
      for (const { peerModes, speedup } of cases) {
        t.true(peerModes.length >= 2);
        t.deepEqual(
          peerModes.filter((mode) => 'error' in mode),
          [],
        );
        t.true(speedup !== null && speedup > 0);
      }
    },
  );
}

const wrong: [string[], RegExp][] = [
  [[], /Usage: npm run bench -- /],
  [['pooling'], /unknown command 'pooling'/],
  [['conv', '--threads', '0'], /--threads.*whole number from 1 up/],
  [['conv', '--device', 'tpu'], /--device.*'tpu' is invalid.*auto, cpu, cuda/],
  [['conv', '--precision', 'half'], /--precision.*'half' is invalid/],
  [['conv', '--precision', 'tf32'], /tf32 needs --device cuda/],
  [['tfjs', '--device', 'cuda'], /unknown option '--device'/],
  [['conv', '--seconds', '-1'], /--seconds.*positive number/],
  [['conv', '--only', 'no such case'], /conv has no case with 'no such case'/],
  [['tfjs', '--only', 'no such case'], /tfjs has no case with 'no such case'/],
  [['tfjs', '--python', 'python3'], /unknown option '--python'/],
  [['dense', '--python', '/nowhere/python'], /--python must be a Python interpreter/],
  [['dense', '--python', 'python3', '--no-peer'], /cannot be used with/],
  [['dense', '--out', 'nowhere/out.json'], /--out nowhere\/out\.json: the folder/],
  [['trial-array', '--threads', '1', '--no-peer'], /needs 2 threads or more/],
];
for (const [args, message] of wrong) {
  test.serial(`refuses ${args.join(' ') || 'no subject'} with exit code 2`, async (t) => {
    const folder = await temporaryFolder(t);
    const { code, stdout, stderr } = await bench(args, folder);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /, 'no stack');
    t.deepEqual(await readdir(folder), []);
  });
}

test.serial('a CUDA device that is not there ends it with exit code 1, saying so', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stdout, stderr } = await bench(['cnn', '--device', 'cuda:99'], folder);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^error: device 'cuda:99' is not there: /);
});

test.serial('Ctrl-C ends it and what it started, with exit code 130', async (t) => {
  const folder = await temporaryFolder(t);
  const args = ['conv', '--seconds', '60', '--no-peer', '--out', 'out.json'];
  const { code, stdout, stderr } = await bench(args, folder, (text, child) => {
    if (!child.killed && text.includes('round 1')) setTimeout(() => child.kill('SIGINT'), 100);
  });
  t.is(code, 130);
  t.is(stdout, '');
  t.regex(stderr, /Interrupted\.\n$/);
  t.deepEqual(await readdir(folder), []);
});
