import type { Ceilings, KernelLaunch, ProfileEvent } from '../native/profile.js';
import type { Precision } from '../nn/network-spec.js';

/** An event in all of its runs: a layer's pass in every step. Times are medians over the runs. */
export interface ProfileRow {
  /** That of the events. */
  readonly name: string;
  /** 0: outermost. */
  readonly depth: number;
  /** In one run of the outermost event around it. */
  readonly calls: number;
  /** Of all of these calls. */
  readonly seconds: number;
  /** Of the outermost event around it. */
  readonly share: number;
  /** null: not told. */
  readonly flops: number | null;
  /** Moved in all of these calls; null: not told. */
  readonly bytes: number | null;
  /** Null: not told. */
  readonly flopsPerSecond: number | null;
  /** Null: not told. */
  readonly bytesPerSecond: number | null;
  /** Of the ceilings. */
  readonly shareOfPeak: number | null;
  /** Of the bandwidth of a copy. */
  readonly shareOfCopy: number | null;
  /** How a kernel was launched; null for a range. */
  readonly kernel: KernelLaunch | null;
}

interface Node {
  readonly event: ProfileEvent;
  readonly children: Node[];
}

/** What one path of names amounts to in one run of its outermost event. */
interface Total {
  calls: number;
  seconds: number;
  flops: number;
  bytes: number;
}

interface Path {
  readonly event: ProfileEvent;
  readonly root: string;
  /** One a run in which it occurs. */
  readonly totals: Total[];
}

/** The measured ceiling of multiply-adds in this precision, in FLOP/s. */
export function peakOf(ceilings: Ceilings, precision: Precision): number {
  return ceilings[`${precision}FlopsPerSecond`];
}

/** A row for each event, in the order of the first run, what it contains below it. */
export function summarize(
  events: readonly ProfileEvent[],
  ceilings: Ceilings,
  precision: Precision,
): ProfileRow[] {
  const paths = new Map<string, Path>();
  for (const root of toTree(events)) addRun(root, paths);
  const secondsOf = (path: string) => median(paths.get(path)!.totals.map(({ seconds }) => seconds));
  const peak = peakOf(ceilings, precision);
  const rate = (amount: number, seconds: number) =>
    amount > 0 && seconds > 0 ? amount / seconds : null;
  const over = (value: number | null, ceiling: number) =>
    value === null || ceiling === 0 ? null : value / ceiling;
  return sorted(paths).map(([path, { event, root, totals }]) => {
    const { calls, flops, bytes } = totals[0]!;
    const seconds = secondsOf(path);
    const whole = secondsOf(root);
    const flopsPerSecond = rate(flops, seconds);
    const bytesPerSecond = rate(bytes, seconds);
    return {
      name: event.name,
      depth: event.depth,
      calls,
      seconds,
      share: whole > 0 ? seconds / whole : 0,
      flops: flops || null,
      bytes: bytes || null,
      flopsPerSecond,
      bytesPerSecond,
      shareOfPeak: over(flopsPerSecond, peak),
      shareOfCopy: over(bytesPerSecond, ceilings.copyBytesPerSecond),
      kernel: event.kernel ?? null,
    };
  });
}

function toTree(events: readonly ProfileEvent[]): Node[] {
  const roots: Node[] = [];
  const open: Node[] = [];
  for (const event of events) {
    open.length = event.depth;
    const node: Node = { event, children: [] };
    (open.at(-1)?.children ?? roots).push(node);
    open.push(node);
  }
  return roots;
}

function addRun(root: Node, paths: Map<string, Path>): void {
  const run = new Map<string, Total>();
  const add = (node: Node, prefix: string, inherited?: Total): Total => {
    const { event, children } = node;
    const path = `${prefix}/${event.name}`;
    if (!paths.has(path)) paths.set(path, { event, root: `/${root.event.name}`, totals: [] });
    let total = run.get(path);
    if (total === undefined) {
      total = { calls: 0, seconds: 0, flops: 0, bytes: 0 };
      run.set(path, total);
      paths.get(path)!.totals.push(total);
    }
    const own = { ...total, flops: event.flops, bytes: event.bytes };
    // A range of a single kernel tells what that one does.
    const only = children.length === 1 && children[0]!.event.kernel ? own : undefined;
    for (const child of children) {
      const of = add(child, path, only);
      if (event.flops === 0 && !child.event.kernel) own.flops += of.flops;
      if (event.bytes === 0 && !child.event.kernel) own.bytes += of.bytes;
    }
    if (inherited) Object.assign(own, { flops: inherited.flops, bytes: inherited.bytes });
    total.calls++;
    total.seconds += event.end - event.begin;
    total.flops += own.flops;
    total.bytes += own.bytes;
    return own;
  };
  add(root, '');
}

/** Children after their parent, both in the order in which they came. */
function sorted(paths: ReadonlyMap<string, Path>): [string, Path][] {
  const byParent = new Map<string, [string, Path][]>();
  for (const entry of paths) {
    const parent = entry[0].slice(0, entry[0].length - entry[1].event.name.length - 1);
    byParent.set(parent, [...(byParent.get(parent) ?? []), entry]);
  }
  const below = (parent: string): [string, Path][] =>
    (byParent.get(parent) ?? []).flatMap((entry) => [entry, ...below(entry[0])]);
  return below('');
}

function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length >> 1;
  return ascending.length % 2 === 1
    ? ascending[middle]!
    : (ascending[middle - 1]! + ascending[middle]!) / 2;
}
