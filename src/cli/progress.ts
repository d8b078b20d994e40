import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';

/** Progress on stderr: a bar on a terminal, lines elsewhere. */
export interface Progress {
  /** `done` of the total; `now` says what is under way. */
  advance(done: number, now: string): void;
  /** A result worth a line of its own. */
  line(text: string): void;
  stop(): void;
}

export function showProgress(total: number, unit: string): Progress {
  return process.stderr.isTTY ? bar(total, unit) : showLines();
}

function bar(total: number, unit: string): Progress {
  const single = new SingleBar(
    {
      format: `{bar} {percentage} % | {done}/{of} ${unit} | {eta_formatted} left | {now}`,
      stream: process.stderr,
      hideCursor: true,
      barsize: 24,
      etaBuffer: 200,
      fps: 5,
    },
    Presets.shades_classic,
  );
  // In steps of a thousandth, so that it moves within long epochs.
  single.start(total * 1000, 0, { done: 0, of: total, now: '' });
  return {
    advance: (done, now) => single.update(Math.round(done * 1000), { done: Math.floor(done), now }),
    line(text) {
      // The bar is redrawn below it.
      process.stderr.write(`\r\u001b[K${text}\n`);
    },
    stop: () => single.stop(),
  };
}

/** Lines alone: for work whose end is not known. */
export function showLines(): Progress {
  return {
    advance: () => {},
    line: (text) => {
      process.stderr.write(`${text}\n`);
    },
    stop: () => {},
  };
}
