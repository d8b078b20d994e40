import process from 'node:process';
import { Option } from 'commander';
import type { Benchmark } from '../command.js';
import { measureTpe, type TpeResults } from './measure.js';
import { findOptuna } from './optuna.js';
import { describeTpe } from './table.js';

interface TpeOptions {
  /** False for --no-peer. */
  peer: boolean;
  python?: string;
}

/** Whole studies with the TPE sampler, and storages, next to Optuna. */
export const tpeBenchmark: Benchmark<TpeResults, TpeOptions> = {
  name: 'tpe',
  summary: 'studies of the TPE sampler and storages, next to Optuna',
  description:
    'Runs whole studies of a cheap objective, each in a process of its own, and the same ones in Optuna where it is installed. Times of trialforge are medians over the rounds; Optuna has one. --threads, --seconds and --repeats have no effect.',
  quick: 'a tenth of the trials, without the studies of 10,000 and 100,000',
  options: [
    new Option(
      '--python <path>',
      'interpreter that has Optuna (default: TRIALFORGE_PYTHON or python3)',
    ).conflicts('peer'),
    new Option('--no-peer', 'leave Optuna out'),
  ],
  measure: (settings, options, signal, startProgress) => {
    const found = options.peer ? findOptuna(options.python) : undefined;
    if (typeof found === 'string') process.stderr.write(`${found}\n`);
    const optuna = typeof found === 'string' ? undefined : found;
    return measureTpe(settings, optuna, signal, startProgress);
  },
  describe: describeTpe,
};
