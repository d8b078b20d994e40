// Trains three trials, the second of which needs more memory than there may be.
import { conv2d, dense, flatten, TrialArray, type TrialArrayError } from '../../src/nn/index.js';
import { columns } from './tiny-network.js';

const spec = (filters: number) => ({
  inputShape: [8, 8, 1] as const,
  layers: [
    conv2d({ filters, kernelSize: 1 }),
    flatten(),
    dense({ units: 4, activation: 'softmax' }),
  ],
});
// 64 pixels x 20,000 filters x 4 bytes are 5.1 MB a sample, 10 GB a batch.
const array = new TrialArray([4, 20_000, 8].map(spec), { threads: 2 });
try {
  await array.fit(columns(2000), { batchSize: 2000 });
} catch (error) {
  const outcomes = (error as TrialArrayError).results.map((result) =>
    result.status === 'fulfilled'
      ? `${result.value.epoch.length} epoch`
      : (result.reason as Error).name,
  );
  console.log(outcomes.join(', '));
}
