import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { type Capabilities, capabilities, instructionSets } from '../../src/native/device.js';
import { root } from '../helpers/paths.js';

const deviceModule = JSON.stringify(pathToFileURL(`${root}/dist/src/native/device.js`).href);
const printCapabilities = `
  const { capabilities } = await import(${deviceModule});
  try {
    console.log(JSON.stringify(capabilities()));
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message }));
  }`;

/** Runs the code as a process of its own, which must end by itself, cleanly. */
function inProcess(code: string, env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  return {
    status: result.status,
    signal: result.signal,
    stderr: result.stderr,
    stdout: result.stdout,
  };
}

test('capabilities tell what the CPU has', (t) => {
  const found = capabilities();
  t.regex(found.compiler, /\d/);
  t.true(found.cpuCores >= 1 && found.cpuCores <= Math.max(availableParallelism(), 1));
  t.true(instructionSets.includes(found.instructionSet));
  if (found.instructionSet === 'avx512') t.true(found.cpuFeatures.includes('avx512f'));
  if (found.instructionSet !== 'portable') t.true(found.cpuFeatures.includes('avx2'));
});

test('capabilities tell which CUDA devices there are, or why there are none', (t) => {
  const found = capabilities();
  t.is(found.cudaRuntimeVersion > 0, found.builtWithCuda);
  t.is(found.cudaDevices.length === 0, found.cudaUnavailableReason !== '');
  if (!found.builtWithCuda) t.regex(found.cudaUnavailableReason, /this build has no CUDA support/);
  for (const [index, device] of found.cudaDevices.entries()) {
    t.is(device.index, index);
    t.true(device.freeBytes >= 0 && device.freeBytes <= device.totalBytes);
  }
});

test('a lesser instruction set can be chosen, an unknown one is refused', (t) => {
  const portable = inProcess(printCapabilities, { TRIALFORGE_INSTRUCTION_SET: 'portable' });
  t.is((JSON.parse(portable.stdout) as Capabilities).instructionSet, 'portable');
  const best = inProcess(printCapabilities, { TRIALFORGE_INSTRUCTION_SET: 'avx512' });
  t.is(
    (JSON.parse(best.stdout) as Capabilities).instructionSet,
    (
      JSON.parse(
        inProcess(printCapabilities, { TRIALFORGE_INSTRUCTION_SET: '' }).stdout,
      ) as Capabilities
    ).instructionSet,
  );
  const unknown = inProcess(printCapabilities, { TRIALFORGE_INSTRUCTION_SET: 'sse9' });
  t.like(JSON.parse(unknown.stdout), {
    name: InvalidArgumentError.name,
    code: 'ERR_INVALID_ARGUMENT',
    message: "TRIALFORGE_INSTRUCTION_SET must be portable, avx2 or avx512, not 'sse9'",
  });
});

test('a process that used the addon ends cleanly', (t) => {
  const { status, signal, stderr } = inProcess(printCapabilities);
  t.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
  const exits = inProcess(`${printCapabilities}; process.exit(3);`);
  t.is(exits.status, 3);
});

test('the addon loads in worker threads, at the same time and again', async (t) => {
  const expected = { ...capabilities(), cudaDevices: [] };
  const inWorker = async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      const { capabilities } = await import(${deviceModule});
      parentPort.postMessage({ ...capabilities(), cudaDevices: [] });`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const exit = once(worker, 'exit');
    const [message] = await once(worker, 'message');
    return { message, code: (await exit)[0] };
  };
  for (const result of await Promise.all([inWorker(), inWorker()])) {
    t.deepEqual(result, { message: expected, code: 0 });
  }
  t.deepEqual(await inWorker(), { message: expected, code: 0 });
});

test('a worker that is stopped leaves the addon usable', async (t) => {
  const code = `
    import { parentPort } from 'node:worker_threads';
    const { capabilities } = await import(${deviceModule});
    for (;;) { capabilities(); parentPort.postMessage(0); }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  await once(worker, 'message');
  await worker.terminate();
  t.true(capabilities().cpuCores >= 1);
});
