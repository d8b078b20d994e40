// What nvcc made of every CUDA kernel: registers, shared memory, spills, by architecture. Reads what
// the build kept (native/cuda/keep_ptxas.sh); the last line of a check is "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const kept = join(root, 'bench/KERNELS.md');
const usage = `Usage: npm run kernels [-- --check] [-- --build FOLDER]

  Writes bench/KERNELS.md from the last build with CUDA, and prints it.

  --check          write nothing: no kernel may spill registers, and the file should be the build's
  --build FOLDER   of the native library (default: build/native)`;

/** Kernels that may spill registers, by a part of their name, each with its reason. */
const maySpill = [];

const options = scriptOptions(usage, {
  check: { type: 'boolean', default: false },
  build: { type: 'string', default: join(root, 'build/native') },
});

/** Entries of one source: { mangled, architecture, registers, shared, stack, spilled }. */
function parsePtxas(text) {
  const kernels = [];
  for (const part of text.split("Compiling entry function '").slice(1)) {
    const number = (pattern) => Number(part.match(pattern)?.[1] ?? 0);
    kernels.push({
      mangled: part.slice(0, part.indexOf("'")),
      architecture: part.match(/for '(\w+)'/)[1],
      registers: number(/Used (\d+) registers/),
      shared: number(/(\d+) bytes smem/),
      stack: number(/(\d+) bytes stack frame/),
      spilled: number(/(\d+) bytes spill stores/) + number(/(\d+) bytes spill loads/),
    });
  }
  return kernels;
}

/** As launches show them: without our namespaces, the return type and the parameters. */
function readable(names) {
  const { status, stdout } = spawnSync('c++filt', { input: names.join('\n'), encoding: 'utf8' });
  if (status !== 0) return names;
  return stdout
    .trimEnd()
    .split('\n')
    .map((name) => {
      const short = name
        .replaceAll('(anonymous namespace)::', '')
        .replaceAll('trialforge::cuda::', '')
        .replaceAll('trialforge::', '')
        .replace(/^void /, '');
      let depth = 0;
      for (let i = 0; i < short.length; i++) {
        if (short[i] === '<') depth++;
        if (short[i] === '>') depth--;
        if (short[i] === '(' && depth === 0) return short.slice(0, i);
      }
      return short;
    });
}

function read(folder) {
  const objects = join(folder, 'CMakeFiles/trialforge_device.dir/cuda');
  const files = existsSync(objects)
    ? readdirSync(objects).filter((name) => name.endsWith('.cu.o.ptxas'))
    : [];
  return files.sort().flatMap((name) => {
    const source = name.slice(0, -'.o.ptxas'.length);
    if (!existsSync(join(root, 'native/cuda', source))) return [];
    const kernels = parsePtxas(readFileSync(join(objects, name), 'utf8'));
    const names = readable(kernels.map(({ mangled }) => mangled));
    return kernels.map((kernel, i) => ({ source, name: names[i], ...kernel }));
  });
}

/** The toolkit that compiled the build, as "nvcc 13.0.88". */
function compiler(folder) {
  const files = join(folder, '..', 'CMakeFiles');
  for (const base of [files, join(folder, 'CMakeFiles')]) {
    if (!existsSync(base)) continue;
    for (const version of readdirSync(base)) {
      const file = join(base, version, 'CMakeCUDACompiler.cmake');
      if (!existsSync(file)) continue;
      const found = readFileSync(file, 'utf8').match(/CMAKE_CUDA_COMPILER_VERSION "([\d.]+)"/);
      if (found) return `nvcc ${found[1]}`;
    }
  }
  return 'nvcc';
}

function table(kernels, by) {
  const architectures = [...new Set(kernels.map(({ architecture }) => architecture))].sort();
  const rows = new Map();
  for (const kernel of kernels) {
    const key = `${kernel.source} ${kernel.name}`;
    rows.set(key, { ...rows.get(key), [kernel.architecture]: kernel });
  }
  const cell = (kernel) =>
    kernel
      ? `${kernel.registers} | ${kernel.shared} | ${kernel.spilled}${kernel.stack > 0 ? ` (stack ${kernel.stack})` : ''}`
      : ' | | ';
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => {
      const [{ source, name }] = Object.values(row);
      const cells = architectures.map((architecture) => cell(row[architecture]));
      return `| ${source} | \`${name.replaceAll('|', '\\|')}\` | ${cells.join(' | ')} |`;
    });
  const head = architectures
    .map((architecture) => `${architecture}: registers | shared bytes | spilled bytes`)
    .join(' | ');
  return [
    '# CUDA kernels',
    '',
    `What ${by} made of every kernel: registers of a thread, static shared memory of a block, bytes of`,
    'registers that are spilled and reloaded. Dynamic shared memory and occupancy depend on the launch:',
    '`trialforge profile` tells them. `npm run kernels` writes this file.',
    '',
    `| source | kernel | ${head} |`,
    `| --- | --- |${' ---: |'.repeat(3 * architectures.length)}`,
    ...lines,
    '',
  ].join('\n');
}

const kernels = read(options.build);
if (kernels.length === 0) {
  console.log(`kernels: ${options.build} was not built with CUDA, so there is nothing to tell`);
  if (options.check) console.log('\n0 passed, 0 failed, 1 skipped');
  process.exit(options.check ? 0 : 1);
}
const by = compiler(options.build);
const text = table(kernels, by);
if (!options.check) {
  writeFileSync(kept, text);
  console.log(text);
  process.exit(0);
}

let failed = 0;
const sources = [...new Set(kernels.map(({ source }) => source))];
for (const source of sources) {
  const own = kernels.filter((kernel) => kernel.source === source);
  const spilling = own.filter(
    ({ name, spilled }) => spilled > 0 && !maySpill.some(({ part }) => name.includes(part)),
  );
  for (const { name, architecture, spilled } of spilling) {
    console.log(`        ${name} spills ${spilled} bytes on ${architecture}`);
  }
  if (spilling.length > 0) failed++;
  console.log(`${spilling.length > 0 ? 'FAILED ' : 'ok     '} ${source}: ${own.length} kernels`);
}
const before = existsSync(kept) ? readFileSync(kept, 'utf8') : '';
if (before === '') {
  console.log('there is no bench/KERNELS.md to compare with: npm run kernels writes it');
} else if (!before.includes(`What ${by} made`)) {
  console.log(`bench/KERNELS.md is of another nvcc than ${by}: not compared`);
} else if (before !== text) {
  console.log('bench/KERNELS.md is not what this build has: npm run kernels writes it');
}
console.log(`\n${sources.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
