import { textTable } from '../src/cli/text-table.js';
import type { CaseResult, Results } from './comparison.js';
import { loadWarning } from './machine.js';
import { geometricMean } from './statistics.js';

/** The results to read: machine and ceilings, a line a case, and what they amount to. */
export function describe(results: Results): string {
  const { machine, target, settings, peak, peer, cases } = results;
  const lines = [
    ...(target.device === 'cpu' ? [] : [`${target.device} (${target.name}), ${target.precision}`]),
    `${machine.cpu || 'unknown processor'}, ${settings.threads} of ${machine.cores} cores, ${machine.instructionSet}, ${machine.compiler}`,
    `ceilings of this run: ${giga(peak.flopsPerSecond)} GFLOP/s multiply-add, ${giga(peak.copyBytesPerSecond)} GB/s copy`,
  ];
  if (peer) lines.push(`peer: ${peer.name} ${peer.version}, the fastest of its modes in each case`);
  lines.push(...loadWarning(machine), '', casesTable(results));
  const summary = [...sideBySide(cases), ...againstPeer(cases), ...failures(cases)];
  if (summary.length > 0) lines.push('', ...summary);
  return lines.join('\n');
}

interface Column {
  head: string;
  /** Empty where the case has no such number. */
  cell: (result: CaseResult) => string;
}

const columns: readonly Column[] = [
  { head: '', cell: title },
  { head: 'ms', cell: ({ seconds }) => milliseconds(seconds) },
  { head: 'GFLOP/s', cell: ({ flopsPerSecond }) => shown(flopsPerSecond, giga) },
  { head: '% peak', cell: ({ shareOfPeak }) => shown(shareOfPeak, percent) },
  { head: 'GB/s', cell: ({ bytesPerSecond }) => shown(bytesPerSecond, giga) },
  { head: '% copy', cell: ({ shareOfCopy }) => shown(shareOfCopy, percent) },
  { head: 'images/s', cell: ({ imagesPerSecond }) => shown(imagesPerSecond, whole) },
];

const peerColumns: readonly Column[] = [
  { head: 'peer ms', cell: ({ peer }) => (peer ? milliseconds(peer.seconds) : '') },
  { head: 'speed-up', cell: ({ speedup }) => shown(speedup, times) },
  { head: 'mode', cell: ({ peer }) => peer?.mode ?? '' },
];

function casesTable({ cases, peer }: Results): string {
  const used = [...columns, ...(peer ? peerColumns : [])].filter(({ cell }) =>
    cases.some((result) => cell(result) !== ''),
  );
  return textTable(
    used.map(({ head }) => head),
    cases.map((result) => used.map(({ cell }) => cell(result))),
  );
}

/** What training side by side gains over one after the other. */
function sideBySide(cases: readonly CaseResult[]): string[] {
  return cases.flatMap((result) => {
    if (result.case.pass !== 'side by side') return [];
    const other = cases.find(
      ({ case: { name, pass } }) => name === result.case.name && pass === 'one after the other',
    );
    if (!other) return [];
    return [`${result.case.name}: side by side ${times(other.seconds / result.seconds)}`];
  });
}

function againstPeer(cases: readonly CaseResult[]): string[] {
  const compared = cases.filter((result) => result.speedup !== null);
  if (compared.length === 0) return [];
  const worst = compared.reduce((a, b) => (a.speedup! <= b.speedup! ? a : b));
  const faster = compared.filter(({ speedup }) => speedup! > 1).length;
  const mean = geometricMean(compared.map(({ speedup }) => speedup!));
  return [
    `faster than the peer in ${faster} of ${compared.length}; geometric mean ${times(mean)}; least ${times(worst.speedup!)} (${title(worst)})`,
  ];
}

function failures(cases: readonly CaseResult[]): string[] {
  return cases.flatMap((result) =>
    result.peerModes.flatMap((mode) =>
      'error' in mode ? [`not measured: ${title(result)}, ${mode.mode}: ${mode.error}`] : [],
    ),
  );
}

function title({ case: { name, pass } }: CaseResult): string {
  return `${name}, ${pass}`;
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '' : format(value);
}

function giga(value: number): string {
  return (value / 1e9).toFixed(1);
}

export function whole(value: number): string {
  return value.toFixed(0);
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

export function milliseconds(seconds: number): string {
  return (seconds * 1e3).toFixed(3);
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
