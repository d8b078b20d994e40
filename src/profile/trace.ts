import type { ProfileEvent } from '../native/profile.js';

const process = 1;
const thread = { ranges: 1, kernels: 2 };

/**
 * The events in Chrome's trace event format, which Perfetto (https://ui.perfetto.dev) and
 * chrome://tracing open; kernels have a row of their own. The result is to be written as JSON.
 */
export function toTrace(events: readonly ProfileEvent[], title: string): object {
  const microseconds = (seconds: number) => Math.round(seconds * 1e9) / 1e3;
  const name = (what: string, tid: number, text: string) => ({
    ...{ name: what, ph: 'M', pid: process, tid },
    args: { name: text },
  });
  const kernels = events.some(({ kernel }) => kernel !== undefined)
    ? [name('thread_name', thread.kernels, 'kernels')]
    : [];
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      name('process_name', thread.ranges, title),
      name('thread_name', thread.ranges, 'steps and layers'),
      ...kernels,
      ...events.map(({ name, begin, end, flops, bytes, kernel }) => ({
        name,
        cat: kernel ? 'kernel' : 'range',
        ph: 'X',
        ts: microseconds(begin),
        dur: microseconds(end - begin),
        pid: process,
        tid: kernel ? thread.kernels : thread.ranges,
        args: { ...(flops > 0 && { flops }), ...(bytes > 0 && { bytes }), ...kernel },
      })),
    ],
  };
}
