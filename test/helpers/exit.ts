// Ends in the given way while a network is training.
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { columns, tinyNetwork } from './tiny-network.js';

function startTraining(onBatch: () => void): void {
  void tinyNetwork()
    .fit(columns(20000), { epochs: 1_000_000, onBatchEnd: onBatch })
    .catch(() => {});
}

const how = process.argv[2];
if (!isMainThread && workerData === 'train') {
  startTraining(() => parentPort?.postMessage('training'));
} else if (!isMainThread) {
  // Several trainings, so that events of the others wait while the worker stops.
  for (let i = 0; i < 3; i++) {
    void tinyNetwork().fit(columns(20000), {
      onBatchEnd: () => {
        if (workerData === 'process.exit in a worker') process.exit(0);
        throw new Error('uncaught');
      },
    });
  }
} else if (how?.endsWith('in a worker')) {
  const worker = new Worker(new URL(import.meta.url), { workerData: how });
  worker.on('error', () => {});
  worker.on('exit', () => console.log('the training worker ended'));
} else if (how === 'worker.terminate') {
  const worker = new Worker(new URL(import.meta.url), { workerData: 'train' });
  worker.once('message', (message) => {
    console.log(message);
    void worker.terminate();
  });
} else if (how === 'end of the script') {
  const controller = new AbortController();
  void tinyNetwork()
    .fit(columns(20000), {
      epochs: 1_000_000,
      signal: controller.signal,
      onBatchEnd: () => controller.abort(),
    })
    .catch(() => console.log('training was stopped'));
} else {
  let started = false;
  startTraining(() => {
    if (started) return;
    started = true;
    console.log('training');
    setImmediate(() => {
      if (how === 'process.exit') process.exit(0);
      throw new Error('uncaught');
    });
  });
}
