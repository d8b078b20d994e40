import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import test from 'ava';
import { root } from '../../helpers/paths.js';

const emulated = join(root, 'build/Release/trialforge_emulated.node');

function run(code: string, type: 'module' | 'commonjs', addon?: string) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [`--input-type=${type}`, '--eval', code],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, TRIALFORGE_ADDON: addon ?? '' },
    },
  );
  return { stdout, stderr, status };
}

const use = `
  const y = tf.tidy(() => tf.softmax(tf.ones([2, 4])));
  console.log(tf.getBackend(), y.dataSync()[0]);`;
const used = { stdout: 'trialforge-cuda 0.25\n', stderr: '', status: 0 };

test('it comes first where there is a device, as an ES module', (t) => {
  const code = `import * as tf from '@tensorflow/tfjs-core'; import 'trialforge/tfjs'; ${use}`;
  t.deepEqual(run(code, 'module', emulated), used);
});

test('and from CommonJS, beside other backends', (t) => {
  const code = `
    require('trialforge/tfjs'); require('@tensorflow/tfjs-backend-wasm');
    const tf = require('@tensorflow/tfjs-core'); ${use} process.exit();`;
  t.deepEqual(run(code, 'commonjs', emulated), used);
});

test('a copy of the module finds the first one', (t) => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'; import 'trialforge/tfjs';
    import { createRequire } from 'node:module'; import { pathToFileURL } from 'node:url';
    const path = createRequire(process.cwd() + '/x.js').resolve('trialforge/tfjs');
    await import(pathToFileURL(path).href + '?again'); ${use}`;
  t.deepEqual(run(code, 'module', emulated), used);
});

test('workers and the main thread use the device at the same time', (t) => {
  const compute = `
    const tf = require('@tensorflow/tfjs-core'); require('trialforge/tfjs');
    function compute() {
      const x = tf.reshape(tf.range(0, 20), [4, 5]);
      let y = x;
      for (let i = 0; i < 20; i++) y = tf.tidy(() => tf.softmax(y));
      return tf.getBackend() + [...y.dataSync()].join();
    }`;
  const code = `
    const { Worker } = require('node:worker_threads');
    ${compute}
    const inWorker = ${JSON.stringify(`${compute}
      require('node:worker_threads').parentPort.postMessage(compute());`)};
    const workers = [1, 2].map(() => new Promise((resolve, reject) => {
      new Worker(inWorker, { eval: true }).on('message', resolve).on('error', reject);
    }));
    (async () => {
      const all = [compute(), ...(await Promise.all(workers)), compute()];
      console.log(new Set(all).size, all[0].slice(0, 20));
    })();`;
  const stdout = '1 trialforge-cuda0.200\n';
  t.deepEqual(run(code, 'commonjs', emulated), { ...used, stdout });
});

test('the process ends with reads under way', (t) => {
  const code = `
    const tf = require('@tensorflow/tfjs-core'); require('trialforge/tfjs');
    const y = tf.softmax(tf.ones([20, 50]));
    for (let i = 0; i < 4; i++) y.data();
    process.exit(3);`;
  t.deepEqual(run(code, 'commonjs', emulated), { stdout: '', stderr: '', status: 3 });
});

test('without a device, the backend on the CPU comes first, and who asks is told why', (t) => {
  const code = `
    import * as tf from '@tensorflow/tfjs-core'; import 'trialforge/tfjs';
    import { capabilities } from ${JSON.stringify(join(root, 'dist/src/native/device.js'))};
    if (capabilities().cudaDevices.length > 0) console.log('a device');
    else {
      console.log(tf.getBackend() || (tf.ones([1]), tf.getBackend()));
      console.log(await tf.setBackend('trialforge-cuda'));
    }`;
  const { stdout, stderr } = run(code, 'module');
  if (stdout === 'a device\n') return t.pass();
  t.is(stdout, 'trialforge-cpu\nfalse\n');
  t.regex(stderr, /Initialization of backend trialforge-cuda failed/);
  return t.regex(stderr, /no CUDA device/);
});

test('TRIALFORGE_ADDON that names no addon is said', (t) => {
  const code = `
    import { capabilities } from ${JSON.stringify(join(root, 'dist/src/native/device.js'))};
    try { capabilities(); } catch (error) { console.log(error.code, error.message); }`;
  const { stdout } = run(code, 'module', join(root, 'no.node'));
  t.regex(stdout, /^ERR_ADDON the native addon that TRIALFORGE_ADDON names could not be loaded/);
});
