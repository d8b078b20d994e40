import { InvalidArgumentError } from '../src/errors.js';
import { capabilities } from '../src/native/device.js';
import type { Settings, StartProgress } from './command.js';
import { describeMachine, type Machine } from './machine.js';
import {
  type Case,
  type Ceilings,
  listCases,
  type Measurement,
  measureNative,
  type Target,
} from './native-program.js';
import { measurePeer, type Peer, type PeerMeasurement } from './peer.js';
import { median } from './statistics.js';
import type { Subject } from './subjects.js';

/** A mode of the peer: medians and least seconds over the rounds of the work of one native run. */
export type PeerMode = { mode: string; seconds: number; minSeconds: number } | PeerFailure;
interface PeerFailure {
  mode: string;
  error: string;
}

export interface CaseResult {
  /** Name, pass and sizes. */
  readonly case: Case;
  /** Of one run: multiply-adds counted as two, in the direct algorithm; null: not counted. */
  readonly flops: number | null;
  /** Of one run: every operand once; null: not counted. */
  readonly bytes: number | null;
  readonly images: number | null;
  /** Of one run: the median and the least over the rounds. */
  readonly seconds: number;
  readonly minSeconds: number;
  readonly flopsPerSecond: number | null;
  readonly shareOfPeak: number | null;
  readonly bytesPerSecond: number | null;
  readonly shareOfCopy: number | null;
  readonly imagesPerSecond: number | null;
  /** The peer's fastest mode; null: this case was not measured there. */
  readonly peer: { mode: string; seconds: number; minSeconds: number } | null;
  readonly peerModes: readonly PeerMode[];
  /** The peer's seconds over ours: above 1, the native program is faster. */
  readonly speedup: number | null;
}

export interface Results {
  readonly subject: string;
  readonly target: Target & { readonly name: string };
  readonly settings: Settings;
  readonly machine: Machine & { readonly instructionSet: string };
  /** The best of the rounds. */
  readonly peak: { readonly flopsPerSecond: number; readonly copyBytesPerSecond: number };
  readonly peer: { readonly name: string; readonly version: string } | null;
  readonly cases: readonly CaseResult[];
}

const key = ({ name, pass }: { name: string; pass: string }) => `${name}, ${pass}`;

/** Measures in rounds of native program and peer by turns, so that both see the same machine. */
export async function compare(
  subject: Subject,
  target: Target,
  settings: Settings,
  peer: Peer | undefined,
  signal: AbortSignal,
  startProgress: StartProgress,
): Promise<Results> {
  const { threads, rounds, only } = settings;
  const machine = describeMachine();
  const cases = await listCases(subject.name, target, threads, only, signal);
  if (cases.length === 0) {
    throw new InvalidArgumentError(`${subject.name} has no case with '${only}' in name or pass`);
  }
  const ceilings: Ceilings[] = [];
  const ours = new Map<string, Measurement[]>();
  const theirs = new Map<string, PeerMeasurement[]>();
  const collect = <T extends { name: string; pass: string }>(into: Map<string, T[]>, one: T) => {
    into.set(key(one), [...(into.get(key(one)) ?? []), one]);
  };
  const turns = rounds * (peer ? 2 : 1);
  const progress = startProgress(turns);
  try {
    for (let turn = 0; turn < turns; turn++) {
      const isPeer = peer !== undefined && turn % 2 === 1;
      const round = peer ? Math.floor(turn / 2) + 1 : turn + 1;
      progress.line(`round ${round} of ${rounds}: ${isPeer ? peer.name : 'trialforge'}`);
      const seen = new Set<string>();
      const advance = (one: { name: string; pass: string }) => {
        seen.add(key(one));
        progress.advance(turn + seen.size / cases.length, key(one));
      };
      if (isPeer) {
        await measurePeer(peer, subject, target, settings, cases, signal, (one) => {
          collect(theirs, one);
          advance(one);
        });
      } else {
        const onMeasurement = (one: Measurement) => {
          collect(ours, one);
          advance(one);
        };
        ceilings.push(
          ...(await measureNative(subject.name, target, settings, only, signal, onMeasurement)),
        );
      }
      progress.advance(turn + 1, '');
    }
  } finally {
    progress.stop();
  }
  const peak = {
    flopsPerSecond: Math.max(...ceilings.map((one) => one.peakFlopsPerSecond)),
    copyBytesPerSecond: Math.max(...ceilings.map((one) => one.copyBytesPerSecond)),
  };
  return {
    subject: subject.name,
    target: { ...target, name: deviceName(target.device) },
    settings,
    machine: { ...machine, instructionSet: ceilings[0]!.instructionSet },
    peak,
    peer: peer ? { name: peer.name, version: peer.version } : null,
    cases: cases.map((one) =>
      summarize(one, ours.get(key(one))!, theirs.get(key(one)) ?? [], peak),
    ),
  };
}

/** The processor's or the CUDA device's. */
function deviceName(device: string): string {
  const { cpuModel, cudaDevices } = capabilities();
  return device === 'cpu' ? cpuModel : cudaDevices[Number(device.split(':')[1] ?? 0)]!.name;
}

function summarize(
  one: Case,
  ours: readonly Measurement[],
  theirs: readonly PeerMeasurement[],
  peak: Results['peak'],
): CaseResult {
  const { flops, bytes, images } = ours[0]!;
  const seconds = median(ours.map((measurement) => measurement.seconds));
  const peerModes = byMode(theirs, images);
  const peer = peerModes
    .flatMap((mode) => ('error' in mode ? [] : [mode]))
    .reduce<CaseResult['peer']>(
      (best, mode) => (best === null || mode.seconds < best.seconds ? mode : best),
      null,
    );
  const rate = (count: number) => (count > 0 ? count / seconds : null);
  const share = (count: number, ceiling: number) => (count > 0 ? count / seconds / ceiling : null);
  return {
    case: one,
    flops: flops || null,
    bytes: bytes || null,
    images: images || null,
    seconds,
    minSeconds: Math.min(...ours.map((measurement) => measurement.minSeconds)),
    flopsPerSecond: rate(flops),
    shareOfPeak: share(flops, peak.flopsPerSecond),
    bytesPerSecond: rate(bytes),
    shareOfCopy: share(bytes, peak.copyBytesPerSecond),
    imagesPerSecond: rate(images),
    peer,
    peerModes,
    speedup: peer ? peer.seconds / seconds : null,
  };
}

function byMode(measurements: readonly PeerMeasurement[], images: number): PeerMode[] {
  return [...new Set(measurements.map(({ mode }) => mode))].map((mode) => {
    const ofMode = measurements.filter((one) => one.mode === mode);
    const failed = ofMode.find(({ error }) => error !== undefined);
    if (failed) return { mode, error: failed.error! };
    const times = ofMode.map((one) => {
      const runs = one.images ? images / one.images : 1;
      return { seconds: one.seconds! * runs, minSeconds: one.minSeconds! * runs };
    });
    return {
      mode,
      seconds: median(times.map((one) => one.seconds)),
      minSeconds: Math.min(...times.map((one) => one.minSeconds)),
    };
  });
}
