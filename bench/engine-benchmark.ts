import process from 'node:process';
import { Option } from 'commander';
import { shared } from '../src/cli/options.js';
import type { DeviceName, Precision } from '../src/nn/index.js';
import { resolveDevice } from '../src/nn/network-spec.js';
import type { Benchmark } from './command.js';
import { compare, type Results } from './comparison.js';
import { findPeer } from './peer.js';
import type { Subject } from './subjects.js';
import { describe } from './table.js';

interface EngineOptions {
  device?: DeviceName;
  precision: Precision;
  /** False for --no-peer. */
  peer: boolean;
  python?: string;
  peerModes?: string;
}

/** A subject of the native program, next to PyTorch. */
export function engineBenchmark(subject: Subject): Benchmark<Results, EngineOptions> {
  return {
    name: subject.name,
    summary: subject.summary,
    description: `Measures ${subject.summary}; against the machine's multiply-add and copy ceilings of the same run, and against PyTorch where it is installed. Each time is the median over the rounds.`,
    quick: 'without torch.compile: about a minute',
    options: [
      shared.device('cpu'),
      shared.precision(),
      new Option(
        '--python <path>',
        'interpreter that has PyTorch (default: TRIALFORGE_BENCH_PYTHON or python3)',
      ).conflicts('peer'),
      new Option(
        '--peer-modes <text>',
        'only modes of PyTorch with this in their name, such as reduce-overhead',
      ).conflicts('peer'),
      new Option('--no-peer', 'leave PyTorch out'),
    ],
    measure: (settings, options, signal, startProgress) => {
      // Unlike elsewhere, not the fastest: what was measured before stays what it was.
      const device = resolveDevice(options.device ?? 'cpu');
      const target = { device, precision: options.precision };
      const found = options.peer ? findPeer(options.python, options.peerModes) : undefined;
      if (typeof found === 'string') process.stderr.write(`${found}\n`);
      const peer = typeof found === 'string' ? undefined : found;
      return compare(subject, target, settings, peer, signal, startProgress);
    },
    describe,
  };
}
