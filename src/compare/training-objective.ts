import type { Dataset } from '../data/index.js';
import { OutOfMemoryError } from '../errors.js';
import {
  type DeviceName,
  type EpochLogs,
  Network,
  type NetworkOptions,
  type Precision,
  TrialArray,
  TrialArrayError,
} from '../nn/index.js';
import {
  type ArrayObjective,
  type EpochMetrics,
  type Objective,
  type ObjectiveContext,
  type TrialRun,
  TrialStopped,
} from './objective.js';
import { paperNetwork } from './paper-network.js';
import { misfit } from './paper-shapes.js';
import { type PaperParams, parsePaperParams } from './paper-space.js';
import type { TrialParams } from './space.js';

export interface TrainingOptions {
  train: Dataset;
  test: Dataset;
  /** As in Network. */
  device?: DeviceName;
  precision?: Precision;
  threads?: number;
}

/** The objective of the paper: trains its network and tests it after every epoch. */
export function trainingObjective(options: TrainingOptions): Objective {
  const { train, test, threads } = options;
  return async (given, context) => {
    const { params, network: networkOptions } = prepare(given, context, options);
    const network = new Network({ ...networkOptions, threads });
    try {
      await network.fit(train, {
        batchSize: params.batch_size,
        epochs: context.epochs,
        validationData: test,
        signal: context.signal,
        onBatchEnd: ({ batch, batches }) => context.onEpochProgress(batch / batches),
        onEpochEnd: (_, logs) => context.onEpoch(metricsOf(logs)),
      });
    } finally {
      network.dispose();
    }
  };
}

/** The same for several trials at once, as a TrialArray; one after the other if memory is short. */
export function trainingArrayObjective(options: TrainingOptions): ArrayObjective {
  const objective = trainingObjective(options);
  return async (trials) => {
    const results: PromiseSettledResult<void>[] = [];
    const fitting: (TrialRun & Prepared & { index: number })[] = [];
    for (const [index, run] of trials.entries()) {
      const [prepared] = await Promise.allSettled([
        (async () => prepare(run.params, run.context, options))(),
      ]);
      if (prepared!.status === 'rejected') results[index] = prepared!;
      else fitting.push({ ...run, ...prepared!.value, index });
    }
    if (fitting.length === 0) return results;
    const begun = new Set<number>();
    const ended = await fitTogether(fitting, options, (trial) => begun.add(trial));
    for (const [i, { index, params, context }] of fitting.entries()) {
      let one = ended[i]!;
      if (lacksMemory(one) && !begun.has(i)) {
        [one] = await Promise.allSettled([objective({ ...params }, context)]);
      }
      results[index] = one.status === 'fulfilled' ? { ...one, value: undefined } : one;
    }
    return results;
  };
}

interface Prepared {
  params: PaperParams;
  network: NetworkOptions;
}

/** @throws TrialStopped for parameters that no network can have */
function prepare(
  given: TrialParams,
  { seed }: ObjectiveContext,
  { train, device, precision }: TrainingOptions,
): Prepared {
  const params = parsePaperParams(given);
  const problem = misfit(params, train.shape);
  if (problem) throw new TrialStopped('pruned', problem.reason);
  const layers = paperNetwork(params, train.shape, train.classes);
  return { params, network: { ...layers, seed, device, precision } };
}

function lacksMemory(result: PromiseSettledResult<unknown>): boolean {
  return result.status === 'rejected' && result.reason instanceof OutOfMemoryError;
}

/** `told` is called with each trial that has ended an epoch. */
async function fitTogether(
  trials: readonly (TrialRun & Prepared)[],
  { train, test, threads }: TrainingOptions,
  told: (trial: number) => void,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  let array: TrialArray | undefined;
  try {
    array = new TrialArray(
      trials.map(({ network }) => network),
      { threads },
    );
    const histories = await array.fit(train, {
      batchSize: trials.map(({ params }) => params.batch_size),
      epochs: trials.map(({ context }) => context.epochs),
      validationData: test,
      signal: trials[0]!.context.signal,
      onBatchEnd: (trial, { batch, batches }) =>
        trials[trial]!.context.onEpochProgress(batch / batches),
      onEpochEnd: (trial, _, logs) => {
        told(trial);
        return trials[trial]!.context.onEpoch(metricsOf(logs));
      },
    });
    return histories.map((value) => ({ status: 'fulfilled', value }));
  } catch (error) {
    if (error instanceof TrialArrayError) return error.results;
    return trials.map(() => ({ status: 'rejected', reason: error }));
  } finally {
    array?.dispose();
  }
}

function metricsOf({ loss, accuracy, valLoss, valAccuracy }: EpochLogs): EpochMetrics {
  return { loss, accuracy, testLoss: valLoss!, testAccuracy: valAccuracy! };
}
