import {
  createStudy,
  type Outcome,
  type Pruner,
  type Sampler,
  type Trial,
  TrialPruned,
} from '../../optuna/index.js';
import { TrialStopped } from '../objective.js';
import type { TrialRecord } from '../results.js';
import type { ParameterSpace, SearchSpace, TrialParams } from '../space.js';
import type { StrategyContext } from './strategy.js';

export interface OptunaTools {
  sampler: Sampler;
  pruner: Pruner;
}

/** Runs the trials of a strategy as an in-memory Optuna study that maximises the test accuracy. */
export async function runOptunaStudy(
  { trials, space, trialArray, runTrials }: StrategyContext<unknown>,
  { sampler, pruner }: OptunaTools,
): Promise<void> {
  const study = await createStudy({ direction: 'maximize', sampler, pruner });
  await study.optimize(
    async (asked) => {
      const records = await runTrials(
        asked.map((trial) => ({
          params: suggestAll(trial, space),
          watch: async ({ testAccuracy }, epoch) => {
            await trial.report(testAccuracy, epoch);
            return (await trial.shouldPrune()) ? pruneReason(testAccuracy, epoch) : undefined;
          },
        })),
      );
      return records.map(outcomeOf);
    },
    { nTrials: trials, trialArray, catch: [TrialStopped] },
  );
}

function outcomeOf({ state, value, reason }: TrialRecord): Outcome {
  if (state === 'pruned') return new TrialPruned(reason);
  return value ?? new TrialStopped('failed', reason ?? state);
}

function pruneReason(testAccuracy: number, epoch: number): string {
  return `test accuracy ${testAccuracy.toFixed(4)} is below the median of earlier trials after epoch ${epoch}`;
}

function suggestAll(trial: Trial, space: SearchSpace): TrialParams {
  return Object.fromEntries(
    Object.entries(space).map(([name, values]) => [name, suggest(trial, name, values)]),
  );
}

function suggest(trial: Trial, name: string, values: ParameterSpace): number | string {
  switch (values.type) {
    case 'choice':
      return trial.suggestCategorical(name, values.values);
    case 'uniform':
      return trial.suggestFloat(name, values.low, values.high);
    case 'logUniform':
      return trial.suggestFloat(name, values.low, values.high, { log: true });
  }
}
