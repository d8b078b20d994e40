// Runs tfjs-core's own test suite, which its package carries, on a backend of trialforge. The last line
// is "N passed, N failed".
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import Jasmine from 'jasmine';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Usage: npm run test:tfjs [-- --backend NAME] [-- --filter TEXT] [-- --all] [-- --verbose]

  --backend NAME  trialforge-cpu (default), trialforge-cuda (on the emulated device, or on that of the
                  addon that TRIALFORGE_ADDON names) or cpu
  --filter TEXT   only specs whose name contains TEXT
  --all           on trialforge-cuda: every spec, not only those of kernels that it has
  --verbose       a line for every spec`;

/** Of the suite, what is about kernels that run on a device. */
const deviceGroups = [
  ...['abs', 'add', 'addN', 'all', 'any', 'argmax', 'argmin', 'atan2', 'avgPool', 'batchNorm\\dD'],
  ...['clipByValue', 'concat\\dd', 'conv1d', 'conv2d', 'conv2dTranspose', 'depthwiseConv2D'],
  ...['depthwiseConv2d gradients', 'div', 'elu', 'equal', 'exp', 'fill', 'floorDiv'],
  ...['fused conv2d', 'fused depthwiseConv2D', 'fused matmul', 'gather', 'greater', 'leakyrelu'],
  ...['log', 'logicalAnd', 'logSoftmax', 'matmul', 'matmulBatch', 'max', 'maximum', 'maxPool'],
  ...['maxPoolBackprop', 'mean', 'memory', 'min', 'mod', 'mul', 'oneHot', 'pad \\dd', 'pow'],
  ...['prelu', 'prod', 'relu', 'resizeBilinear( gradients)?', 'reverse\\dd', 'selu', 'sigmoid'],
  ...['slice\\dd', 'softmax', 'split', 'sqrt', 'squaredDifference', 'stack', 'step kernel', 'sub'],
  ...['sum', 'tanh', 'tensor', 'tile', 'transpose', 'unstack', 'variable', 'where', 'zerosLike'],
];

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'trialforge-cpu' },
    all: { type: 'boolean', default: false },
    filter: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}

const isCuda = options.backend === 'trialforge-cuda';
// suite-set-up.ts reads it.
process.env.TRIALFORGE_TFJS_BACKEND = options.backend;
// The native tests and those of the backend have run the kernels in every order of their threads.
process.env.TRIALFORGE_EMULATION_ORDERS ??= '1';

/** One file with one copy of tfjs-core, the backend and the suite. The addon stays outside. */
async function bundle() {
  const outfile = join(root, `build/tfjs-suite-${options.backend}.cjs`);
  const built = `build/Release/${isCuda ? 'trialforge_emulated' : 'trialforge'}.node`;
  const path = resolve(root, process.env.TRIALFORGE_ADDON || built);
  if (!existsSync(path)) throw new Error(`${path} is not built: npm run setup -- --native-tests`);
  const addon = JSON.stringify(path);
  await build({
    stdin: {
      contents: `import './dist/test/tfjs/suite-set-up.js'; import '@tensorflow/tfjs-core/dist/tests';`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // The side-effect list of tfjs-core's package would drop every test.
    ignoreAnnotations: true,
    logLevel: 'error',
    external: ['*.node'],
    plugins: [
      {
        name: 'addon',
        setup({ onLoad }) {
          onLoad({ filter: /dist\/src\/native\/load\.js$/ }, () => ({
            contents: `export const loadAddon = () => require(${addon});`,
          }));
        },
      },
    ],
  });
  return outfile;
}

const report = console.log.bind(console);
const total = { passed: 0, failed: 0, skipped: 0 };
const reporter = {
  specDone({ status, fullName, failedExpectations, duration }) {
    if (status === 'excluded') return;
    if (status === 'pending') total.skipped++;
    else total[status]++;
    if (options.verbose) report(`${status.padEnd(7)} ${fullName} (${duration} ms)`);
    else if (status === 'failed') report(`FAILED  ${fullName}`);
    for (const { message, stack } of failedExpectations) {
      report(`        ${options.verbose ? stack : message}`);
    }
  },
  suiteDone({ fullName, failedExpectations }) {
    for (const { message } of failedExpectations) {
      total.failed++;
      report(`FAILED  ${fullName}: ${message}`);
    }
  },
};

const suite = await bundle();
// Some specs print, for example the profiles of kernels.
if (!options.verbose) {
  console.log = () => {};
  console.warn = () => {};
}
const runner = new Jasmine();
runner.exitOnCompletion = false;
runner.loadConfig({ random: false });
runner.addSpecFile(suite);
runner.clearReporters();
runner.addReporter(reporter);
const isOnDevice = new RegExp(`^(${deviceGroups.join('|')}) ${options.backend}`);
runner.env.configure({
  specFilter: (spec) => {
    const name = spec.getFullName();
    if (!name.includes(options.filter ?? '')) return false;
    if (isCuda && !options.all && !isOnDevice.test(name)) return false;
    // A second time, under another name, only what the suite has for that name alone.
    return !/under-the-name-cpu/.test(name) || /^Switching cpu/.test(name);
  },
});
const { overallStatus } = await runner.execute();
if (overallStatus === 'failed' && total.failed === 0) total.failed = 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
report(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
