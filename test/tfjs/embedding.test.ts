import { spawn } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import type { Finished } from '../helpers/cli.js';
import { root } from '../helpers/paths.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** Runs a program that lies beside package.json, where 'trialforge/tfjs' is this package. */
function run(code: string, type: 'module' | 'commonjs', cwd = root): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--input-type=${type}`, '--eval', code], {
      cwd,
      timeout: 60_000,
    });
    const finished = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (data) => {
        finished[stream] += data;
      });
    }
    child.on('error', reject);
    // null where it did not end by itself.
    child.on('close', (code) => resolve({ code, ...finished }));
  });
}

/** Leaves memory of disposed tensors in the pool: its timer must not keep the process. */
const use = `
  const used = tf.tidy(() => tf.neg(tf.neg(tf.ones([100, 100]))));
  console.log(tf.getBackend(), tf.sum(used).dataSync()[0]);
  used.dispose();
`;
const core = `import * as tf from '@tensorflow/tfjs-core';`;
const used = 'trialforge-cpu 10000\n';

const programs: Record<string, { type: 'module' | 'commonjs'; code: string; prints: string }> = {
  'as an ES module': {
    type: 'module',
    code: `${core} import { cpuBackendName } from 'trialforge/tfjs';
      ${use} console.log(cpuBackendName);`,
    prints: `${used}trialforge-cpu\n`,
  },
  'from CommonJS': {
    type: 'commonjs',
    code: `const tf = require('@tensorflow/tfjs-core');
      const { cpuBackendName } = require('trialforge/tfjs');
      ${use} console.log(cpuBackendName);`,
    prints: `${used}trialforge-cpu\n`,
  },
  'before tfjs-core': {
    type: 'module',
    code: `import 'trialforge/tfjs'; ${core} ${use}`,
    prints: used,
  },
  'beside the backends cpu and wasm, imported first': {
    type: 'module',
    code: `import 'trialforge/tfjs'; import '@tensorflow/tfjs-backend-cpu';
      import '@tensorflow/tfjs-backend-wasm'; ${core} await tf.ready(); ${use}`,
    prints: used,
  },
  'beside the backends cpu and wasm, imported last': {
    type: 'module',
    code: `import '@tensorflow/tfjs-backend-wasm'; import '@tensorflow/tfjs-backend-cpu';
      import 'trialforge/tfjs'; ${core} await tf.ready(); ${use}`,
    prints: used,
  },
  'and tensors go from and to wasm': {
    type: 'module',
    code: `import '@tensorflow/tfjs-backend-wasm'; import 'trialforge/tfjs'; ${core}
      let x = tf.neg(tf.range(0, 5000));
      for (const name of ['wasm', 'trialforge-cpu', 'wasm', 'trialforge-cpu']) {
        await tf.setBackend(name);
        x = tf.add(x, tf.ones([5000]));
      }
      console.log(tf.getBackend(), x.dataSync()[4999]);
      // The threads of wasm would keep the process.
      process.exit();`,
    prints: 'trialforge-cpu -4995\n',
  },
  'imported twice': {
    type: 'module',
    code: `import { createRequire } from 'node:module';
      import { pathToFileURL } from 'node:url'; ${core}
      const path = createRequire(process.cwd() + '/x.js').resolve('trialforge/tfjs');
      const first = await import(pathToFileURL(path).href);
      ${use}
      const second = await import(pathToFileURL(path).href + '?2');
      console.log(first.setThreadsCount !== second.setThreadsCount);
      second.setThreadsCount(3);
      console.log(first.getThreadsCount(), tf.relu([-1, 2]).dataSync()[1]);`,
    prints: `${used}true\n3 2\n`,
  },
};

for (const [how, { type, code, prints }] of Object.entries(programs)) {
  test(`the backend serves ${how}`, async (t) => {
    t.deepEqual(await run(code, type), { code: 0, stdout: prints, stderr: '' });
  });
}

test('a second copy of the package finds the backend of the first', async (t) => {
  const folder = await temporaryFolder(t);
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await symlink(root, join(modules, 'trialforge'));
  await symlink(join(root, 'node_modules/@tensorflow'), join(modules, '@tensorflow'));
  const copy = join(modules, 'copy');
  await mkdir(copy);
  await cp(join(root, 'dist/src'), join(copy, 'dist/src'), { recursive: true });
  await mkdir(join(copy, 'build/Release'), { recursive: true });
  await cp(
    join(root, 'build/Release/trialforge.node'),
    join(copy, 'build/Release/trialforge.node'),
  );
  await cp(join(root, 'package.json'), join(copy, 'package.json'));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const code = `${core} import '@tensorflow/tfjs-layers'; import * as first from 'trialforge/tfjs'; ${use}
    import * as second from 'copy/tfjs';
    const relu = tf.grad(tf.relu);
    console.log(first.fitFast !== second.fitFast, relu(tf.tensor1d([-1, 2])).dataSync().join());`;
  t.deepEqual(await run(code, 'module', folder), {
    code: 0,
    stdout: `${used}true 0,1\n`,
    stderr: '',
  });
});

test('workers and the main thread use it at the same time', async (t) => {
  const compute = `
    function compute(tf) {
      return tf.tidy(() => {
        const w = tf.variable(tf.reshape(tf.div(tf.range(0, 576), 576), [3, 3, 8, 8]));
        const x = tf.reshape(tf.sin(tf.range(0, 8192)), [4, 16, 16, 8]);
        const optimizer = tf.train.sgd(1e-3);
        for (let i = 0; i < 100; i++) {
          optimizer.minimize(() => tf.mean(tf.square(tf.relu(tf.conv2d(x, w, 1, 'same')))));
        }
        return [...w.dataSync()].join();
      });
    }`;
  const loaded = `
    const tf = require('@tensorflow/tfjs-core');
    // It brings the gradients.
    require('@tensorflow/tfjs-layers');
    require('trialforge/tfjs');`;
  const code = `
    const { Worker } = require('node:worker_threads');
    ${loaded} ${compute}
    const inWorker = ${JSON.stringify(`${loaded} ${compute}
      require('node:worker_threads').parentPort.postMessage(compute(tf));`)};
    const workers = [1, 2].map(() => new Promise((resolve, reject) => {
      new Worker(inWorker, { eval: true }).on('message', resolve).on('error', reject);
    }));
    setTimeout(async () => {
      const own = [];
      for (let i = 0; i < 5; i++) own.push(compute(tf));
      const all = [...own, ...(await Promise.all(workers))];
      console.log(new Set(all).size, all.length, all[0].includes('NaN'), all[0].split(',').length);
    }, 200);`;
  t.deepEqual(await run(code, 'commonjs'), {
    code: 0,
    stdout: '1 7 false 576\n',
    stderr: '',
  });
});
