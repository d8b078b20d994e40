// Takes nearly all memory that it may have, then asks for weights and, with memory, asks again.
import { dense, flatten, Network } from '../../src/nn/index.js';

const network = new Network({
  inputShape: [8, 8, 1],
  layers: [flatten(), dense({ units: 1_000_000, activation: 'softmax' })],
  threads: 1,
});
let taken: Uint8Array[] = [];
try {
  for (;;) taken.push(new Uint8Array(2 ** 26));
} catch {
  // Less than 64 MB are left; the weights are 260 MB.
}
try {
  network.getWeights();
} catch (error) {
  taken = taken.slice(0, taken.length / 2);
  console.log(`${(error as Error).name}, then ${network.getWeights().length} tensors`);
}
