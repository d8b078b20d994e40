import process from 'node:process';
import type { Command } from 'commander';
import { runProgram } from '../src/cli/program.js';
import { addBenchmark } from './command.js';
import { engineBenchmark } from './engine-benchmark.js';
import { pausesBenchmark } from './pauses/benchmark.js';
import { qualityBenchmark } from './quality/benchmark.js';
import { subjects } from './subjects.js';
import { tfjsBenchmark } from './tfjs/benchmark.js';
import { tpeBenchmark } from './tpe/benchmark.js';

process.exitCode = await runProgram(
  {
    name: 'npm run bench --',
    description:
      'Measures the engine against the machine, PyTorch and the backends of TensorFlow.js, and the search against Optuna.',
    commands: [
      ...subjects.map((subject) => (program: Command) => {
        addBenchmark(program, engineBenchmark(subject));
      }),
      (program: Command) => addBenchmark(program, tfjsBenchmark),
      (program: Command) => addBenchmark(program, tpeBenchmark),
      (program: Command) => addBenchmark(program, qualityBenchmark),
      (program: Command) => addBenchmark(program, pausesBenchmark),
    ],
  },
  process.argv,
);
