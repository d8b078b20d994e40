import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import { NoBestTrialError } from '../errors.js';
import { bestTrial } from '../study/best.js';
import { dominates, toLosses } from '../study/pareto.js';
import type { Study } from '../study/study.js';
import { type Direction, type FrozenTrial, violation } from '../trial/frozen-trial.js';

/** Shows on standard error how an optimization gets on. */
export interface Progress {
  update(trial: FrozenTrial): void;
  end(): void;
}

export interface Limits {
  /** Infinity: none. */
  nTrials: number;
  /** Milliseconds; Infinity: none. */
  timeout: number;
}

/** A bar on a terminal that knows where it ends, a line a trial elsewhere. */
export async function startProgress(study: Study, limits: Limits): Promise<Progress> {
  const best = bestOf(study.directions);
  for (const trial of await study.trials({ states: ['complete'] })) best.add(trial);
  if (!process.stderr.isTTY) return lines(limits.nTrials, best);
  if (Number.isFinite(limits.nTrials)) return trialBar(limits.nTrials, best);
  return Number.isFinite(limits.timeout)
    ? timeBar(limits.timeout, best)
    : lines(limits.nTrials, best);
}

function trialBar(nTrials: number, best: Best): Progress {
  const bar = startBar('{value}/{total} trials', nTrials, best);
  return {
    update: (trial) => {
      best.add(trial);
      bar.increment({ best: best.text() });
    },
    end: () => bar.stop(),
  };
}

/** By seconds, where the number of trials is not known. */
function timeBar(timeout: number, best: Best): Progress {
  const begin = performance.now();
  const total = Math.ceil(timeout / 1000);
  const bar = startBar('{value}/{total} s, {trials} trials', total, best);
  let trials = 0;
  return {
    update: (trial) => {
      trials += 1;
      best.add(trial);
      const seconds = Math.min(Math.floor((performance.now() - begin) / 1000), total);
      bar.update(seconds, { best: best.text(), trials });
    },
    end: () => bar.stop(),
  };
}

function startBar(done: string, total: number, best: Best): SingleBar {
  const format = `{bar} ${done} | {eta_formatted} left | {best}`;
  const bar = new SingleBar({ format, stream: process.stderr }, Presets.shades_classic);
  bar.start(total, 0, { best: best.text(), trials: 0 });
  return bar;
}

function lines(nTrials: number, best: Best): Progress {
  let finished = 0;
  return {
    update: (trial) => {
      const { number, state, values } = trial;
      finished += 1;
      best.add(trial);
      const of = Number.isFinite(nTrials) ? `${finished}/${nTrials}` : `${finished}`;
      const result = values ? `${state} ${values.join(', ')}` : state;
      process.stderr.write(`[${of}] trial ${number}: ${result}; ${best.text()}\n`);
    },
    end: () => {},
  };
}

/** The best of the trials that it was told of. */
interface Best {
  add(trial: FrozenTrial): void;
  text(): string;
}

function bestOf(directions: readonly Direction[]): Best {
  return directions.length === 1 ? bestValue(directions[0]!) : front(directions);
}

function bestValue(direction: Direction): Best {
  let best: FrozenTrial | undefined;
  return {
    add: (trial) => {
      try {
        best = bestTrial(best ? [best, trial] : [trial], direction);
      } catch (error) {
        if (!(error instanceof NoBestTrialError)) throw error;
      }
    },
    text: () => (best ? `best ${best.values![0]} (trial ${best.number})` : 'no value yet'),
  };
}

function front(directions: readonly Direction[]): Best {
  let losses: number[][] = [];
  return {
    add: (trial) => {
      if (trial.state !== 'complete' || violation(trial) > 0) return;
      const added = toLosses(trial.values!, directions);
      if (losses.some((other) => dominates(other, added))) return;
      losses = losses.filter((other) => !dominates(added, other));
      losses.push(added);
    },
    text: () => `front of ${losses.length}`,
  };
}
