// Brings a clean clone to the state the other commands need: packages, addon, compiled TypeScript.
// Each step leaves a stamp of its inputs in .setup/ and is skipped while they stay the same.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamps = join(root, '.setup');
const usage = `Usage: node scripts/setup.mjs [--native-tests]

Installs the packages, builds the native addon and compiles the TypeScript, each only when needed.
  --native-tests   also build the native test and benchmark programs, and an addon whose CUDA device is emulated
  TRIALFORGE_CUDA=AUTO|ON|OFF   use the CUDA toolkit if found (default), require it, or leave it out`;

function fail(message) {
  console.error(`\ntrialforge set-up stopped: ${message}`);
  process.exit(1);
}

function works(command, args = ['--version']) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? `${result.stdout}${result.stderr}` : undefined;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node.js ${process.versions.node} is too old; trialforge needs 20.19 or newer (https://nodejs.org).`,
    );
  }
}

function checkToolchain() {
  const missing = [];
  const compiler = process.env.CXX ?? ['c++', 'g++', 'clang++'].find((name) => works(name));
  if (!compiler || !works(compiler)) {
    missing.push(
      'a C++20 compiler (g++ 11 or newer, clang 14 or newer). Debian/Ubuntu: apt-get install g++ · Fedora: dnf install gcc-c++ · macOS: xcode-select --install',
    );
  } else if (
    spawnSync(compiler, ['-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
      input: '#include <span>\n#include <source_location>\n',
    }).status !== 0
  ) {
    missing.push(`a compiler that knows C++20: ${compiler} does not (g++ 11 or clang 16 do)`);
  }
  const cmake = works('cmake');
  const version = cmake?.match(/version (\d+)\.(\d+)/);
  if (!version) {
    missing.push(
      'CMake 3.20 or newer. Debian/Ubuntu: apt-get install cmake · Fedora: dnf install cmake · macOS: brew install cmake',
    );
  } else if (Number(version[1]) < 3 || (Number(version[1]) === 3 && Number(version[2]) < 20)) {
    missing.push(`CMake 3.20 or newer; found ${version[0]}`);
  }
  if (!works('make') && !works('ninja')) {
    missing.push('make or ninja. Debian/Ubuntu: apt-get install make');
  }
  if (missing.length > 0)
    fail(`the native addon cannot be built here. Missing:\n  - ${missing.join('\n  - ')}`);
}

function listFiles(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}

function fingerprint(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const path of paths.flatMap(listFiles)) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function run(title, command, args, env = {}) {
  console.log(`trialforge set-up: ${title}`);
  const started = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (result.error) fail(`${title}: ${result.error.message}`);
  if (result.status !== 0)
    fail(`${title} failed (${command} ${args.join(' ')}); the messages above say why.`);
  console.log(
    `trialforge set-up: ${title}: done in ${((Date.now() - started) / 1000).toFixed(0)} s`,
  );
}

/** Runs `step` unless its stamp says that the same inputs have already produced `output`. */
function once(name, print, output, step) {
  const stamp = join(stamps, name);
  if (
    existsSync(join(root, output)) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === print()
  )
    return;
  step();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, print());
}

/** From the packages of this one, or from those that it is installed beside. */
function bin(name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', '.bin', name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) fail(`${name} is not installed; npm install brings it.`);
  }
}

if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const nativeTests = process.argv.includes('--native-tests');
const jobs = Math.max(2, availableParallelism());
const cuda = process.env.TRIALFORGE_CUDA ?? 'AUTO';
if (!['AUTO', 'ON', 'OFF'].includes(cuda))
  fail(`TRIALFORGE_CUDA must be AUTO, ON or OFF, not '${cuda}'.`);

checkNode();
// An installed package comes with its dependencies and compiled; only the addon may be missing.
const isInstalled = !existsSync(join(root, 'tsconfig.json'));
if (!isInstalled) {
  once(
    'packages',
    () => fingerprint(['package.json', 'package-lock.json'], process.versions.modules),
    'node_modules/.package-lock.json',
    () => run('installing packages', 'npm', ['ci', '--no-audit', '--no-fund']),
  );
}
const nativeInputs = ['CMakeLists.txt', 'native', 'binding'];
const buildAddon = (tests) => {
  checkToolchain();
  const options = [`TRIALFORGE_CUDA=${cuda}`, `TRIALFORGE_NATIVE_TESTS=${tests ? 'ON' : 'OFF'}`];
  const cmake = (title, ...args) => run(title, bin('cmake-js'), [...args, '--log-level', 'warn']);
  // A build alone would keep the options of the last time.
  cmake('configuring the native addon', 'configure', ...options.map((option) => `--CD${option}`));
  cmake(
    tests ? 'building the native addon and its tests' : 'building the native addon',
    'build',
    '--parallel',
    String(jobs),
  );
};
const nativePrint = () => fingerprint(nativeInputs, `${cuda} ${process.platform} ${process.arch}`);
if (nativeTests) {
  once('native-tests', nativePrint, 'build/Release/trialforge_emulated.node', () =>
    buildAddon(true),
  );
  // The same build made the addon.
  writeFileSync(join(stamps, 'addon'), nativePrint());
} else {
  once('addon', nativePrint, 'build/Release/trialforge.node', () => buildAddon(false));
}
if (!isInstalled) {
  once(
    'typescript',
    () => fingerprint(['tsconfig.json', 'src', 'test', 'bench', 'examples']),
    'dist/src/index.js',
    () => run('compiling TypeScript', bin('tsc'), ['--project', 'tsconfig.json']),
  );
}
