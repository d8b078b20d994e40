import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { FrozenTrial } from './frozen-trial.js';
import type { Study } from './study.js';

/** Shows on standard error how an optimization gets on. */
export interface Progress {
  update(trial: FrozenTrial): Promise<void>;
  end(): void;
}

/** A bar on a terminal that knows where it ends, a line a trial elsewhere. */
export function startProgress(study: Study, { nTrials }: { nTrials: number }): Progress {
  return process.stderr.isTTY && Number.isFinite(nTrials)
    ? bar(study, nTrials)
    : lines(study, nTrials);
}

function bar(study: Study, nTrials: number): Progress {
  const format = '{bar} {value}/{total} trials | {eta_formatted} left | {best}';
  const shown = new SingleBar({ format, stream: process.stderr }, Presets.shades_classic);
  shown.start(nTrials, 0, { best: 'no value yet' });
  return {
    update: async () => shown.increment({ best: await bestSoFar(study) }),
    end: () => shown.stop(),
  };
}

function lines(study: Study, nTrials: number): Progress {
  let finished = 0;
  return {
    update: async ({ number, state, values }) => {
      finished += 1;
      const of = Number.isFinite(nTrials) ? `${finished}/${nTrials}` : `${finished}`;
      const result = values ? `${state} ${values.join(', ')}` : state;
      process.stderr.write(`[${of}] trial ${number}: ${result}; ${await bestSoFar(study)}\n`);
    },
    end: () => {},
  };
}

async function bestSoFar(study: Study): Promise<string> {
  if (study.directions.length > 1) return `front of ${(await study.bestTrials()).length}`;
  try {
    const best = await study.bestTrial();
    return `best ${best.values![0]} (trial ${best.number})`;
  } catch {
    return 'no value yet';
  }
}
