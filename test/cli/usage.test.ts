import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { trialforge } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

for (const args of [[], ['compare'], ['train'], ['profile'], ['doctor']].map((one) => [
  ...one,
  '--help',
])) {
  test.serial(`${args.join(' ')} explains itself and the exit codes`, async (t) => {
    const { code, stdout, stderr } = await trialforge(args, await temporaryFolder(t));
    t.is(code, 0);
    t.is(stderr, '');
    t.regex(stdout, /^Usage: trialforge/);
    t.regex(stdout, /Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}130 .*\n {2}141 /);
    if (args.length > 1) t.regex(stdout, /--json/);
  });
}

test.serial('--version prints the version alone', async (t) => {
  const { code, stdout } = await trialforge(['--version'], await temporaryFolder(t));
  t.is(code, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
});

const wrong: [string[], RegExp][] = [
  [[], /Usage: trialforge/],
  [['frobnicate'], /unknown command 'frobnicate'/],
  [['doctor', '--loud'], /unknown option '--loud'/],
  [['compare', '--preset', 'huge'], /--preset.*'huge' is invalid.*quick, paper/],
  [['compare', '--strategies', 'random,luck'], /'luck' is not one of manual, random/],
  [['compare', '--trials', '0'], /--trials.*'0' is invalid.*whole number from 1 up/],
  [['compare', '--epochs', '1.5'], /--epochs.*'1.5' is invalid/],
  [['compare', '--seed', '-1'], /--seed/],
  [['compare', '--seed', '4294967295'], /'--seed <n>'.*must be at most 4294967294/],
  [['compare', '--out', ''], /'--out <folder>'.*must be the name of a folder/],
  [['compare', '--resume', ''], /'--resume <folder>'.*must be the name of a folder/],
  [['compare', '--device', 'tpu'], /--device.*'tpu' is invalid.*auto, cpu, cuda/],
  [['compare', '--train-size', '60001'], /--train-size must be at most 60000, not 60001/],
  [['compare', '--resume', 'nowhere'], /nowhere has no results\.json/],
  [
    ['compare', '--resume', 'x', '--seed', '3'],
    /'--resume <folder>' cannot be used with option '--seed <n>'/,
  ],
  [
    ['train', '--kernel-size', '99'],
    /error: --kernel-size: the kernel of the first convolution, 99 x 99, does not fit its input/,
  ],
  [
    ['train', '--strides', '30'],
    /error: --kernel-size, --strides: the kernel of the second convolution, 3 x 3, does not fit/,
  ],
  [
    ['train', '--pool-size', '40'],
    /--kernel-size, --strides, --pool-size: the pooling window, 40 x 40, does not fit/,
  ],
  [['train', '--hidden-size', '1000000000'], /--conv-depth-2, --hidden-size: .* 2\^31 elements/],
  [['train', '--batch-size', '3000000000'], /'--batch-size <n>'.*must be at most 2147483647/],
  [['train', '--threads', '5000'], /'--threads <n>'.*must be at most 1024/],
  [['compare', '--epochs', '3000000000'], /'--epochs <n>'.*must be at most 2147483647/],
  [['train', '--learning-rate', 'Infinity'], /--learning-rate.*positive number/],
  [['train', '--dropout-rate', '1'], /--dropout-rate.*\[0, 1\)/],
  [['train', '--activation', 'swish'], /--activation.*'swish' is invalid.*relu/],
  [['train', '--device', 'cpu', '--precision', 'tf32'], /--precision tf32 needs a CUDA device/],
  [['compare', '--device', 'cpu', '--precision', 'tf32'], /--precision tf32 needs a CUDA device/],
];
for (const [args, message] of wrong) {
  test.serial(`refuses ${args.join(' ') || 'no command'} with exit code 2`, async (t) => {
    const folder = await temporaryFolder(t);
    const { code, stdout, stderr } = await trialforge(args, folder);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /, 'no stack');
    t.deepEqual(await readdir(folder), [], 'nothing is written');
  });
}

const failing: [string, string[], RegExp][] = [
  [
    'a folder that is a file',
    ['compare', '--out', 'file', '--train-size', '10'],
    /the folder file could not be made/,
  ],
  [
    'a folder that the system does not make',
    ['compare', '--out', '/proc/trialforge/report', '--train-size', '10'],
    /the folder \/proc\/trialforge\/report could not be made/,
  ],
];
for (const [title, args, message] of failing) {
  test.serial(`fails for ${title} with exit code 1`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'file'), '');
    const { code, stderr } = await trialforge(args, folder);
    t.is(code, 1);
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /, 'no stack');
  });
}

const errorsInJson: [string[], number, { name: string; message: RegExp }][] = [
  [
    ['compare', '--json', '--trials', '0'],
    2,
    { name: 'InvalidArgumentError', message: /^option '--trials <n>' argument '0' is invalid/ },
  ],
  [['doctor', '--json', '--loud'], 2, { name: 'InvalidArgumentError', message: /'--loud'/ }],
  [
    ['compare', '--json', '--resume', 'nowhere'],
    2,
    { name: 'InvalidArgumentError', message: /^nowhere has no results\.json/ },
  ],
  [
    ['compare', '--json', '--out', 'file', '--train-size', '10'],
    1,
    { name: 'DataError', message: /^the folder file could not be made/ },
  ],
];
for (const [args, exitCode, { name, message }] of errorsInJson) {
  test.serial(`${args.join(' ')} tells its error in JSON`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'file'), '');
    const { code, stdout, stderr } = await trialforge(args, folder);
    t.is(code, exitCode);
    t.is(stdout, '');
    const { error, ...rest } = JSON.parse(stderr);
    t.deepEqual(rest, {});
    t.is(error.name, name);
    t.regex(error.message, message);
  });
}

test.serial('--resume says what is wrong with what it is given', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'junk'));
  await writeFile(join(folder, 'junk', 'results.json'), 'junk');
  const junk = await trialforge(['compare', '--resume', 'junk'], folder);
  t.is(junk.code, 1);
  t.is(
    junk.stderr,
    'error: junk/results.json does not hold the results of a comparison: it is not JSON\n',
  );
  const file = await trialforge(['compare', '--resume', 'junk/results.json'], folder);
  t.is(file.code, 2);
  t.is(
    file.stderr,
    'error: junk/results.json is a file; give the folder that holds results.json\n',
  );
});

test.serial(
  'doctor tells versions, the processor and the devices or why there are none',
  async (t) => {
    const folder = await temporaryFolder(t);
    const text = await trialforge(['doctor'], folder);
    t.is(text.code, 0);
    t.true(text.stdout.includes(process.versions.node));
    t.regex(text.stdout, /^code path +(portable|avx2|avx512)$/m);
    t.regex(text.stdout, /^(CUDA devices +none: .+|cuda:0 +.+compute capability.+)$/m);
    const json = JSON.parse((await trialforge(['doctor', '--json'], folder)).stdout);
    t.is(json.node, process.versions.node);
    t.is(typeof json.builtWithCuda, 'boolean');
    t.true(json.cudaDevices.length > 0 || json.cudaUnavailableReason.length > 0);
  },
);

test.serial('train prints loss and accuracy of every epoch', async (t) => {
  const args = [
    'train',
    '--epochs',
    '2',
    '--train-size',
    '400',
    '--test-size',
    '100',
    '--conv-depth-2',
    '32',
    '--hidden-size',
    '64',
    '--threads',
    '1',
  ];
  const folder = await temporaryFolder(t);
  const text = await trialforge(args, folder);
  t.is(text.code, 0);
  t.is(
    text.stderr.match(/^epoch +\d +training loss \d.*test loss \d.*accuracy \d+\.\d\d % /gm)
      ?.length ?? text.stderr,
    2,
  );
  t.regex(text.stdout, /^test accuracy \d+\.\d\d % after epoch 2\n$/);
  const json = JSON.parse((await trialforge([...args, '--json'], folder)).stdout);
  t.is(json.params.conv_depth_2, 32);
  t.is(json.params.learning_rate, 0.001);
  t.is(json.epochs.length, 2);
  t.true(json.epochs[1].loss < json.epochs[0].loss);
});

test.serial('train stops at Ctrl-C with exit code 130', async (t) => {
  const args = [
    'train',
    '--epochs',
    '500',
    '--train-size',
    '200',
    '--test-size',
    '10',
    '--strides',
    '2',
  ];
  const { code, stderr } = await trialforge(args, await temporaryFolder(t), (text, child) => {
    if (!child.killed && /epoch +2/.test(text)) child.kill('SIGINT');
  });
  t.is(code, 130);
  t.regex(stderr, /Interrupted\.\n/);
});
