import process from 'node:process';
import { runProgram } from '../src/cli/program.js';
import { addBenchmark } from './command.js';
import { subjects } from './subjects.js';

process.exitCode = await runProgram(
  {
    name: 'npm run bench --',
    description: 'Measures the CPU engine against the machine and against PyTorch.',
    commands: subjects.map((subject) => (program) => addBenchmark(program, subject)),
  },
  process.argv,
);
