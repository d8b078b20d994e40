// Runs tfjs-core's own test suite, which its package carries, on the backend 'trialforge-cpu'. The last
// line is "N passed, N failed".
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import Jasmine from 'jasmine';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Usage: npm run test:tfjs [-- --filter TEXT] [-- --verbose]

  --filter TEXT   only specs whose name contains TEXT
  --verbose       a line for every spec
  TRIALFORGE_TFJS_BACKEND=cpu   run the suite on another backend`;

const { values: options } = parseArgs({
  options: {
    filter: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}

/** One file with one copy of tfjs-core, the backend and the suite. The addon stays outside. */
async function bundle() {
  const outfile = join(root, 'build/tfjs-suite.cjs');
  const addon = JSON.stringify(join(root, 'build/Release/trialforge.node'));
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
if (!options.verbose) console.log = () => {};
const runner = new Jasmine();
runner.exitOnCompletion = false;
runner.loadConfig({ random: false });
runner.addSpecFile(suite);
runner.clearReporters();
runner.addReporter(reporter);
// A second time, under another name, only what the suite has for that name alone.
const only =
  ({ filter = '' }) =>
  (spec) => {
    const name = spec.getFullName();
    return (
      name.includes(filter) && (!/under-the-name-cpu/.test(name) || /^Switching cpu/.test(name))
    );
  };
runner.env.configure({ specFilter: only(options) });
const { overallStatus } = await runner.execute();
if (overallStatus === 'failed' && total.failed === 0) total.failed = 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
report(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
