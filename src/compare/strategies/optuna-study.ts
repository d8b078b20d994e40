import {
  createStudy,
  type Pruner,
  type Sampler,
  type Trial,
  TrialPruned,
} from '../../optuna/index.js';
import { TrialStopped } from '../objective.js';
import type { ParameterSpace, SearchSpace, TrialParams } from '../space.js';
import type { StrategyContext } from './strategy.js';

export interface OptunaTools {
  sampler: Sampler;
  pruner: Pruner;
}

/** Runs the trials of a strategy as an in-memory Optuna study that maximises the test accuracy. */
export async function runOptunaStudy(
  { trials, space, runTrial }: Pick<StrategyContext<unknown>, 'trials' | 'space' | 'runTrial'>,
  { sampler, pruner }: OptunaTools,
): Promise<void> {
  const study = await createStudy({ direction: 'maximize', sampler, pruner });
  await study.optimize(
    async (trial) => {
      const record = await runTrial(suggestAll(trial, space), async ({ testAccuracy }, epoch) => {
        await trial.report(testAccuracy, epoch);
        return (await trial.shouldPrune()) ? pruneReason(testAccuracy, epoch) : undefined;
      });
      if (record.state === 'pruned') throw new TrialPruned(record.reason);
      if (record.value === undefined)
        throw new TrialStopped('failed', record.reason ?? record.state);
      return record.value;
    },
    { nTrials: trials, catch: [TrialStopped] },
  );
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
