import test from 'ava';
import type { Ceilings, KernelLaunch, ProfileEvent } from '../../src/profile/index.js';
import { summarize, toTrace } from '../../src/profile/index.js';

const ceilings: Ceilings = {
  float32FlopsPerSecond: 1000,
  tf32FlopsPerSecond: 4000,
  bfloat16FlopsPerSecond: 8000,
  copyBytesPerSecond: 100,
  threads: 1,
};
const launch: KernelLaunch = {
  grid: [10, 2, 1],
  block: [256, 1, 1],
  registers: 40,
  staticSharedBytes: 1024,
  dynamicSharedBytes: 2048,
  localBytes: 0,
  blocksPerMultiprocessor: 4,
  occupancy: 0.5,
};

function event(name: string, depth: number, begin: number, end: number, rest = {}): ProfileEvent {
  return { name, depth, begin, end, flops: 0, bytes: 0, ...rest };
}

/** A step of `scale` seconds that begins at `at`. */
function step(at: number, scale: number): ProfileEvent[] {
  const e = (name: string, depth: number, begin: number, end: number, rest = {}) =>
    event(name, depth, at + begin * scale, at + end * scale, rest);
  return [
    e('step', 0, 0, 1),
    e('forward', 1, 0, 0.5),
    e('dense_1 forward', 2, 0, 0.25, { flops: 100, bytes: 10 }),
    e('gemm', 3, 0, 0.25, { kernel: launch }),
    e('dense_2 forward', 2, 0.25, 0.5, { flops: 20, bytes: 5 }),
    e('gemm', 3, 0.25, 0.375, { kernel: launch }),
    e('gemm', 3, 0.375, 0.5, { kernel: launch }),
    e('optimizer', 1, 0.5, 1, { bytes: 20 }),
  ];
}

test('times are medians over the steps, and calls of a kernel in one range are added', (t) => {
  const rows = summarize([...step(0, 1), ...step(1, 3), ...step(4, 2)], ceilings, 'float32');
  t.deepEqual(
    rows.map(({ name, depth, calls, seconds, share }) => [name, depth, calls, seconds, share]),
    [
      ['step', 0, 1, 2, 1],
      ['forward', 1, 1, 1, 0.5],
      ['dense_1 forward', 2, 1, 0.5, 0.25],
      ['gemm', 3, 1, 0.5, 0.25],
      ['dense_2 forward', 2, 1, 0.5, 0.25],
      ['gemm', 3, 2, 0.5, 0.25],
      ['optimizer', 1, 1, 1, 0.5],
    ],
  );
});

test('a range without costs has those of what it contains, a lone kernel those of its range', (t) => {
  const rows = summarize(step(0, 1), ceilings, 'tf32');
  const costs = rows.map(({ flops, bytes }) => [flops, bytes]);
  t.deepEqual(costs, [
    [120, 35],
    [120, 15],
    [100, 10],
    [100, 10],
    [20, 5],
    [null, null],
    [null, 20],
  ]);
  t.is(rows[2]!.flopsPerSecond, 400);
  t.is(rows[2]!.shareOfPeak, 0.1, 'of the ceiling of that precision');
  t.is(rows[6]!.bytesPerSecond, 40);
  t.is(rows[6]!.shareOfCopy, 0.4);
  t.is(rows[3]!.kernel?.registers, 40);
  t.is(rows[2]!.kernel, null);
});

test('what took no measurable time has no rate', (t) => {
  const [row] = summarize([event('step', 0, 1, 1, { flops: 5 })], ceilings, 'float32');
  t.is(row!.flopsPerSecond, null);
  t.is(row!.share, 0);
  t.deepEqual(summarize([], ceilings, 'float32'), []);
});

test('a trace has complete events in microseconds, kernels on a row of their own', (t) => {
  const { traceEvents } = toTrace(step(1, 1e-3), 'a title') as {
    traceEvents: {
      ph: string;
      name: string;
      ts?: number;
      dur?: number;
      tid: number;
      args: object;
    }[];
  };
  const complete = traceEvents.filter(({ ph }) => ph === 'X');
  t.is(complete.length, 8);
  const { name, ts, dur, args } = complete[2]!;
  t.deepEqual(
    { name, ts, dur, args },
    {
      ...{ name: 'dense_1 forward', ts: 1e6, dur: 250 },
      args: { flops: 100, bytes: 10 },
    },
  );
  t.not(complete[3]!.tid, complete[2]!.tid);
  t.like(complete[3]!.args, { registers: 40, occupancy: 0.5 });
  t.deepEqual(
    traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => (args as { name: string }).name),
    ['a title', 'steps and layers', 'kernels'],
  );
});
