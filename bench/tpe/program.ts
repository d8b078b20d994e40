import process from 'node:process';
import { json } from 'node:stream/consumers';
import {
  createStudy,
  RandomSampler,
  type Sampler,
  TPESampler,
  type Trial,
} from '../../src/optuna/index.js';
import { openStorage } from '../../src/optuna/storages/open-storage.js';
import type { SamplerName, StorageName, TpeCase } from './cases.js';
import type { TpeMeasurement } from './measure.js';

// Runs the study of one case, which it reads from standard input, in the current folder, and prints
// its times as a line of JSON. A process of its own, so that memory is that of this study.

const seed = 0;
/** The mean over so many trials is the time of a trial at the end of the study. */
const lastTrials = 100;

const samplers: Record<SamplerName, () => Sampler> = {
  defaults: () => new TPESampler({ seed }),
  independent: () => new TPESampler({ seed, version: 'v4' }),
  random: () => new RandomSampler({ seed }),
};

const storages: Record<StorageName, string | undefined> = {
  memory: undefined,
  sqlite: 'sqlite:///bench.db',
  journal: 'bench.log',
};

/** The squares of what was suggested, cheap and without local minima. */
function suggestAll(trial: Trial, { space, parameters }: TpeCase): number {
  let sum = 0;
  for (let i = 0; i < parameters; i++) {
    const kind = space === 'floats' ? 0 : i % 5;
    if (kind === 0) sum += trial.suggestFloat(`x${i}`, -5, 5) ** 2;
    else if (kind === 1)
      sum += Math.log10(trial.suggestFloat(`x${i}`, 1e-5, 1, { log: true })) ** 2;
    else if (kind === 2) sum += (trial.suggestInt(`x${i}`, -10, 10) / 2) ** 2;
    else if (kind === 3) sum += Math.log2(trial.suggestInt(`x${i}`, 1, 1024, { log: true })) ** 2;
    else sum += trial.suggestCategorical(`x${i}`, ['a', 'b', 'c', 'd']) === 'c' ? 0 : 1;
  }
  return sum;
}

async function run(one: TpeCase): Promise<TpeMeasurement> {
  const storage = await openStorage(storages[one.storage]);
  const study = await createStudy({
    storage,
    sampler: samplers[one.sampler](),
    directions: Array.from({ length: one.objectives }, () => 'minimize'),
  });
  const ends: number[] = [];
  const started = performance.now();
  await study.optimize(
    (trial) => {
      const value = suggestAll(trial, one);
      return one.objectives === 1 ? value : [value, (trial.params['x0'] as number) + 5];
    },
    { nTrials: one.trials, callbacks: [() => void ends.push(performance.now())] },
  );
  const seconds = (performance.now() - started) / 1000;
  await storage.close();
  const last = Math.min(lastTrials, one.trials - 1);
  return {
    ...{ name: one.name, pass: one.pass, seconds },
    lastSeconds: (ends.at(-1)! - ends.at(-1 - last)!) / last / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

process.stdout.write(`${JSON.stringify(await run((await json(process.stdin)) as TpeCase))}\n`);
