import { Option } from 'commander';
import type { Benchmark } from '../command.js';
import { measureTfjs, type TfjsResults } from './measure.js';
import { describeTfjs } from './table.js';

/** The backend for TensorFlow.js, next to tfjs's own. */
export const tfjsBenchmark: Benchmark<TfjsResults, { cpu: boolean }> = {
  name: 'tfjs',
  summary: "kernels of TensorFlow.js and the paper's network on its backends",
  description:
    "Measures single kernels of TensorFlow.js and the paper's network on the backends trialforge-cpu, wasm and cpu, each in a process of its own. Each time is the median over the rounds; cpu has one round.",
  quick: 'with few images: about a minute',
  options: [new Option('--no-cpu', 'leave the backend cpu out, which takes minutes')],
  measure: measureTfjs,
  describe: describeTfjs,
};
