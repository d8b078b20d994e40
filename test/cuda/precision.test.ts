import '../helpers/emulated-addon.js';
import process from 'node:process';
import test from 'ava';
import { manualParams, trainingObjective } from '../../src/compare/index.js';
import { Dataset } from '../../src/data/index.js';
import type { Precision } from '../../src/nn/index.js';

process.env['TRIALFORGE_EMULATION_ORDERS'] ??= '1';

const digits = Dataset.fromArrays(
  Float32Array.from({ length: 8 * 784 }, (_, i) => ((i * 7919) % 256) / 255),
  Int32Array.from({ length: 8 }, (_, i) => i),
  { shape: [28, 28, 1], classes: 10 },
);

test('the objective trains in the precision that it is given', async (t) => {
  const losses = new Map<Precision | undefined, number>();
  for (const precision of [undefined, 'float32', 'bfloat16'] as const) {
    const objective = trainingObjective({ train: digits, test: digits, device: 'cuda', precision });
    await objective(
      { ...manualParams, hidden_size: 64 },
      {
        epochs: 1,
        seed: 1,
        signal: new AbortController().signal,
        onEpochProgress() {},
        async onEpoch({ testLoss }) {
          losses.set(precision, testLoss);
        },
      },
    );
  }
  const exact = losses.get('float32')!;
  t.is(losses.get(undefined), exact);
  t.not(losses.get('bfloat16'), exact);
  t.true(Math.abs(losses.get('bfloat16')! - exact) < 0.1);
});
