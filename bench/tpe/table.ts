import { textTable } from '../../src/cli/text-table.js';
import { loadWarning } from '../machine.js';
import { milliseconds, times } from '../table.js';
import type { TpeResult, TpeResults } from './measure.js';

/** The results to read: a line a study. */
export function describeTpe({ machine, settings, peer, cases }: TpeResults): string {
  const lines = [
    `${machine.cpu || 'unknown processor'}, ${machine.cores} cores, Node.js ${machine.node}, ${settings.rounds} rounds`,
  ];
  if (peer) lines.push(`peer: ${peer.name} ${peer.version}`);
  lines.push(...loadWarning(machine), '', casesTable(cases, peer !== null));
  const growth = growthOf(cases);
  if (growth !== undefined) {
    lines.push('', `a trial at 10,000 trials takes ${times(growth)} that at 1,000`);
  }
  for (const { case: one, error } of cases) {
    if (error !== null) lines.push(`not measured: ${one.name}, ${one.pass}: ${error}`);
  }
  return lines.join('\n');
}

function casesTable(cases: readonly TpeResult[], withPeer: boolean): string {
  const head = ['', 's', 'trials/s', 'ms a trial at the end', 'peak MB'];
  const peerHead = ['Optuna s', 'trials/s', 'ms a trial at the end', 'speed-up'];
  return textTable(
    withPeer ? [...head, ...peerHead] : head,
    cases.map(({ case: one, ours, peer, speedup }) => {
      const cells = [
        `${one.name}, ${one.pass}`,
        ours ? ours.seconds.toFixed(3) : '',
        ours ? (one.trials / ours.seconds).toFixed(0) : '',
        ours ? milliseconds(ours.lastSeconds) : '',
        ours ? (ours.peakBytes / 1e6).toFixed(0) : '',
      ];
      const peerCells = [
        peer ? peer.seconds.toFixed(2) : '',
        peer ? (one.trials / peer.seconds).toFixed(0) : '',
        peer ? milliseconds(peer.lastSeconds) : '',
        speedup === null ? '' : times(speedup),
      ];
      return withPeer ? [...cells, ...peerCells] : cells;
    }),
  );
}

function growthOf(cases: readonly TpeResult[]): number | undefined {
  const at = (trials: number) =>
    cases.find(({ case: one }) => {
      return one.trials === trials && one.sampler === 'defaults' && one.space === 'floats';
    })?.ours?.lastSeconds;
  const [short, long] = [at(1000), at(10_000)];
  return short === undefined || long === undefined ? undefined : long / short;
}
