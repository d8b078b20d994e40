// Makes, trains and lets go of networks and trial arrays; prints how much 100 of them grew the memory, in MB.
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import {
  conv2d,
  dense,
  flatten,
  Network,
  type NetworkOptions,
  TrialArray,
} from '../../src/nn/index.js';
import { columns } from './tiny-network.js';

const data = columns(64);

function spec(seed: number): NetworkOptions {
  return {
    inputShape: [8, 8, 1],
    layers: [
      conv2d({ filters: 16, kernelSize: 3 }),
      flatten(),
      dense({ units: 512, activation: 'relu' }),
      dense({ units: 4, activation: 'softmax' }),
    ],
    seed,
  };
}

async function trainNetwork(seed: number): Promise<Network> {
  const network = new Network({ ...spec(seed), threads: 2 });
  await network.fit(data, { batchSize: 64 });
  return network;
}

/** Every other array ends early. */
async function trainArray(seed: number): Promise<TrialArray> {
  const array = new TrialArray([spec(seed), spec(seed + 1)], { threads: 2 });
  const controller = new AbortController();
  const fit = array.fit(data, {
    batchSize: 64,
    signal: controller.signal,
    onEpochEnd: () => {
      if (seed % 2 === 0) controller.abort();
    },
  });
  await fit.catch(() => {});
  return array;
}

async function settledMemory(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await setTimeout(10);
  }
  return process.memoryUsage().rss / 2 ** 20;
}

/** The least growth of four rounds: a leak grows in each, an allocator that settles not in all of them. */
async function growth<T>(train: (seed: number) => Promise<T>, each: (made: T) => void) {
  for (let i = 0; i < 40; i++) each(await train(i));
  const growths: number[] = [];
  for (let round = 0; round < 4; round++) {
    const before = await settledMemory();
    for (let i = 0; i < 100; i++) {
      each(await train(i));
      if (i % 20 === 19) await settledMemory();
    }
    growths.push(Math.round((await settledMemory()) - before));
  }
  return Math.min(...growths);
}

function dispose(made: Disposable): void {
  made[Symbol.dispose]();
}

const train = process.argv[2] === 'array' ? trainArray : trainNetwork;
const disposed = await growth<Disposable>(train, dispose);
const dropped = await growth<Disposable>(train, () => {});
console.log(JSON.stringify({ disposed, dropped }));
