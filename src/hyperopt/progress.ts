import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a search has come. */
export interface Progress {
  update(done: number, bestLoss: number): void;
  stop(): void;
}

const silent: Progress = { update: () => {}, stop: () => {} };
const secondsBetweenLines = 10;

/** A bar on a terminal, else a line on stderr every ten seconds and at the end. */
export function searchProgress(shown: boolean, done: number, maxEvals: number): Progress {
  if (!shown) return silent;
  return process.stderr.isTTY ? bar(done, maxEvals) : lines(done, maxEvals);
}

function bar(initial: number, maxEvals: number): Progress {
  const bounded = Number.isFinite(maxEvals);
  const format = bounded
    ? '{bar} {value}/{total} trials, {eta_formatted} left, best loss {best}'
    : '{value} trials in {duration_formatted}, best loss {best}';
  // Interrupts belong to the program, not to its progress bar.
  const view = new SingleBar(
    { format, stream: process.stderr, gracefulExit: false },
    Presets.shades_classic,
  );
  view.start(bounded ? maxEvals : Number.MAX_SAFE_INTEGER, initial, { best: 'none yet' });
  return {
    update: (done, bestLoss) =>
      view.update(done, { best: Number.isFinite(bestLoss) ? bestLoss : 'none yet' }),
    stop: () => view.stop(),
  };
}

function lines(initial: number, maxEvals: number): Progress {
  let done = initial;
  let best = Number.POSITIVE_INFINITY;
  let last = Date.now();
  const print = () => {
    const total = Number.isFinite(maxEvals) ? `/${maxEvals}` : '';
    const loss = Number.isFinite(best) ? best : 'none yet';
    process.stderr.write(`fmin: ${done}${total} trials, best loss ${loss}\n`);
    last = Date.now();
  };
  return {
    update: (nowDone, bestLoss) => {
      done = nowDone;
      best = bestLoss;
      if (Date.now() - last >= secondsBetweenLines * 1000) print();
    },
    stop: print,
  };
}
