// Trains in a loop on the backend of trialforge; prints what lives before and after 10,000 iterations.
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { cpuBackendName } from '../../src/tfjs/index.js';
import { core, someNumbers } from './tfjs.js';

core.setBackend(cpuBackendName);
const x = core.tensor2d(someNumbers(32 * 64, 1), [32, 64]);
const y = core.tensor2d(someNumbers(32 * 8, 2), [32, 8]);
const w1 = core.variable(core.tensor2d(someNumbers(64 * 48, 3), [64, 48])) as Tensor2D;
const w2 = core.variable(core.tensor2d(someNumbers(48 * 8, 4), [48, 8])) as Tensor2D;
const optimizer = core.train.adam(1e-5);

function loss(): Scalar {
  return core.tidy(() => {
    const hidden = core.relu(core.matMul(x, w1));
    return core.mean(core.square(core.sub(core.matMul(hidden, w2), y)));
  });
}

async function iterate(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    optimizer.minimize(loss);
    if (i % 500 === 499) await setImmediate();
  }
}

const found = { tensors: [], bytes: [], megabytes: [], losses: [] } as Record<string, number[]>;

async function look(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { numTensors, numBytes } = core.memory();
  found['tensors']!.push(numTensors);
  found['bytes']!.push(numBytes);
  found['megabytes']!.push(process.memoryUsage().rss / 2 ** 20);
  found['losses']!.push(core.tidy(() => loss().dataSync()[0]!));
}

// By then the code is compiled and the heap has its size.
await iterate(5000);
await look();
await iterate(10_000);
await look();
console.log(JSON.stringify(found));
