import process from 'node:process';
import type { ComparisonOptions } from '../../src/compare/harness.js';
import { makePlan, type Preset } from '../../src/compare/plan.js';
import { presets } from '../../src/compare/presets/index.js';
import type { Results } from '../../src/compare/results.js';
import { analyticObjective } from './analytic-objective.js';

/** The quick preset with a grid that six trials do not exhaust. */
const preset: Preset = {
  ...presets.quick,
  strategies: presets.quick.strategies.map((strategy) => {
    if (strategy.name !== 'grid') return strategy;
    const { values } = strategy.settings as { values: Record<string, readonly unknown[]> };
    return { ...strategy, settings: { values: { ...values, dropout_rate: [0.2, 0.3, 0.4] } } };
  }),
};

/** A comparison of all strategies over the analytic objective. */
export function analyticComparison(folder: string): ComparisonOptions {
  return {
    plan: makePlan(preset, { trials: 6, epochs: 4, trainSize: 2, testSize: 1000, seed: 3 }),
    objective: analyticObjective(),
    folder,
    data: {
      name: 'two <tiny> images',
      shape: [2, 2, 1],
      classes: 2,
      sample: [
        { label: 0, pixels: Buffer.of(0, 255, 0, 255).toString('base64') },
        { label: 1, pixels: Buffer.of(255, 0, 0, 0).toString('base64') },
      ],
    },
    environment: {
      trialforge: '0.0.0',
      node: process.versions.node,
      compiler: 'a compiler',
      platform: 'any',
      cpu: 'a processor',
      cores: 2,
      threads: 1,
      instructionSet: 'any',
      memoryGiB: 1,
      cuda: 'none here',
    },
  };
}

/** Everything but the times, in the order in which it is written. */
export function withoutTimes({ times: _, ...rest }: Results): string {
  return JSON.stringify(rest);
}
