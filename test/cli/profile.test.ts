import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { ProfileRow } from '../../src/profile/index.js';
import { trialforge } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const quick = ['--device', 'cpu', '--threads', '1', '--steps', '2'];
const small = ['--batch-size', '4', '--conv-depth-1', '2', '--conv-depth-2', '3'];

test.serial("profile tells the passes of the paper's network and writes a trace", async (t) => {
  const folder = await temporaryFolder(t);
  const args = ['profile', ...quick, ...small, '--hidden-size', '8', '--trace', 'out.json'];
  const { code, stdout, stderr } = await trialforge(args, folder);
  t.is(code, 0, stderr);
  t.is(stderr, '');
  t.regex(
    stdout,
    /^cpu \(.*\), 1 threads, \w+; ceilings of this run: \d.* GFLOP\/s .* GB\/s copy\n/,
  );
  for (const name of ['step', ' {2}backward', ' {4}conv2d_2 \\+ max_pool2d_1 forward']) {
    t.regex(stdout, new RegExp(`^${name} +1 +\\d+\\.\\d{4} +\\d+\\.\\d`, 'm'));
  }
  const { traceEvents } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
  const steps = traceEvents.filter((event: { name: string }) => event.name === 'step');
  t.is(steps.length, 2);
  t.true(steps[1].ts >= steps[0].ts + steps[0].dur);
});

test.serial('profile of one operation in JSON has its sizes, ceilings and rates', async (t) => {
  const folder = await temporaryFolder(t);
  const shape = 'batch=2,in=8x8x4,kernel=3,filters=5';
  const { code, stdout, stderr } = await trialforge(
    ['profile', 'conv2d', '--shape', shape, ...quick, '--json'],
    folder,
  );
  t.is(code, 0, stderr);
  const { operation, sizes, ceilings, rows, device, steps } = JSON.parse(stdout);
  t.is(operation, 'conv2d');
  t.like(sizes, { batch: 2, kernelWidth: 3, filters: 5 });
  t.is(device, 'cpu');
  t.is(steps, 2);
  t.deepEqual(
    rows.map(({ name }: ProfileRow) => name),
    ['conv2d forward', 'conv2d backward filter', 'conv2d backward input'],
  );
  for (const { calls, seconds, flopsPerSecond, shareOfPeak } of rows as ProfileRow[]) {
    t.is(calls, 1);
    t.true(seconds > 0);
    t.is(shareOfPeak, flopsPerSecond! / ceilings.float32FlopsPerSecond);
  }
  t.deepEqual(await readdir(folder), []);
});

const wrong: [string[], RegExp][] = [
  [['conv3d'], /'conv3d' is invalid.*conv2d, depthwise_conv2d/],
  [['--shape', 'batch=3'], /--shape is for an operation/],
  [['dense', '--batch-size', '3'], /--batch-size is for the network; the sizes of dense/],
  [['dense', '--shape', 'rows=3'], /^error: --shape: 'rows=3' is no size of dense/],
  [['dense', '--shape', 'units=0'], /^error: --shape: dense: units must be N with N from 1 up/],
  [
    ['conv2d', ...quick, '--shape', 'in=2x2x1'],
    /^error: --shape: .*window of height 3 does not fit/,
  ],
  [['--steps', '0'], /--steps.*whole number from 1 up/],
  [['--kernel-size', '99'], /--kernel-size: the kernel of the first convolution/],
  [['--trace', 'nowhere/out.json'], /--trace nowhere\/out\.json: the folder/],
  [['dense', '--precision', 'half'], /'half' is invalid.*float32, tf32, bfloat16/],
  [['dense', ...quick, '--precision', 'tf32'], /^error: --precision tf32 needs a CUDA device/],
  [[...quick, '--precision', 'bfloat16'], /^error: --precision bfloat16 needs a CUDA device/],
  [['dense', '--device', 'tpu'], /'--device <device>' argument 'tpu' is invalid/],
  [['--device', 'cuda:1000'], /'--device <device>' argument 'cuda:1000' is invalid/],
];
for (const [args, message] of wrong) {
  test.serial(`profile ${args.join(' ')} is refused with exit code 2`, async (t) => {
    const folder = await temporaryFolder(t);
    const { code, stdout, stderr } = await trialforge(['profile', ...args], folder);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /, 'no stack');
    t.deepEqual(await readdir(folder), []);
  });
}
