// Measures one backend: the first line of output is what it is, the others are measurements.
import process from 'node:process';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../statistics.js';
import { type BackendName, useBackend } from './backends.js';
import { kernelBenchmarks } from './kernels.js';
import type { BackendDescription, TfjsMeasurement } from './measure.js';
import { networkBenchmarks } from './network.js';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: '' },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '0.2' },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
});
const backend = values.backend as BackendName;
const [threads, seconds, repeats] = [values.threads, values.seconds, values.repeats].map(Number);

function print(line: BackendDescription | TfjsMeasurement): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function timing(run: () => Promise<void> | void, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const running = run();
    if (running) await running;
  }
  return (performance.now() - start) / 1e3 / calls;
}

/** Times of one call; where one takes very long, of the first. */
async function time(run: () => Promise<void> | void) {
  const first = await timing(run, 1);
  if (first > 10 * seconds!) return { seconds: first, minSeconds: first };
  let calls = 1;
  // Until the code is compiled and the memory is there.
  for (let warm = 0; warm < seconds! / 2; calls *= 2) warm = calls * (await timing(run, calls));
  calls = Math.max(1, Math.ceil(seconds! / (await timing(run, Math.max(1, calls / 2)))));
  const times: number[] = [];
  for (let i = 0; i < repeats!; i++) times.push(await timing(run, calls));
  return { seconds: median(times), minSeconds: Math.min(...times) };
}

function isWanted({ name, pass }: { name: string; pass: string }): boolean {
  return `${name}, ${pass}`.includes(values.only);
}

print({ backend, threads: await useBackend(backend, threads!), tfjs: tf.version_core });
for (const benchmark of kernelBenchmarks.filter(isWanted)) {
  const { name, pass, prepare } = benchmark;
  if (tf.getKernel(name, backend) == null) continue;
  const engine = tf.engine();
  engine.startScope();
  const call = prepare();
  const times = await time(() => {
    engine.startScope();
    call();
    engine.endScope();
  });
  engine.endScope();
  print({ name, pass, images: 0, ...times });
}
for (const benchmark of networkBenchmarks.filter(isWanted)) {
  const { name, pass, prepare, images } = benchmark;
  const count = images[backend]?.[values.quick ? 'quick' : 'normal'];
  if (count === undefined) continue;
  print({ name, pass, images: count, ...(await time(prepare(count, threads!))) });
}
// Threads of a backend would keep the process.
process.exit();
