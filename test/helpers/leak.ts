// Makes, trains and lets go of networks; prints how much the memory grew, in MB.
import { setTimeout } from 'node:timers/promises';
import { conv2d, dense, flatten, Network } from '../../src/nn/index.js';
import { columns } from './tiny-network.js';

const data = columns(64);

async function trainOne(seed: number): Promise<Network> {
  const network = new Network({
    inputShape: [8, 8, 1],
    layers: [
      conv2d({ filters: 16, kernelSize: 3 }),
      flatten(),
      dense({ units: 512, activation: 'relu' }),
      dense({ units: 4, activation: 'softmax' }),
    ],
    seed,
    threads: 2,
  });
  await network.fit(data, { batchSize: 64 });
  return network;
}

async function settledMemory(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await setTimeout(10);
  }
  return process.memoryUsage().rss / 2 ** 20;
}

async function growth(each: (network: Network) => void): Promise<number> {
  for (let i = 0; i < 40; i++) each(await trainOne(i));
  const before = await settledMemory();
  for (let i = 0; i < 200; i++) {
    each(await trainOne(i));
    if (i % 20 === 19) await settledMemory();
  }
  return (await settledMemory()) - before;
}

const disposed = await growth((network) => network.dispose());
const dropped = await growth(() => {});
console.log(JSON.stringify({ disposed: Math.round(disposed), dropped: Math.round(dropped) }));
