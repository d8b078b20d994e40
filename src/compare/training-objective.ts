import type { Dataset } from '../data/index.js';
import { type DeviceName, Network } from '../nn/index.js';
import { type Objective, TrialStopped } from './objective.js';
import { paperNetwork } from './paper-network.js';
import { misfit } from './paper-shapes.js';
import { parsePaperParams } from './paper-space.js';

export interface TrainingOptions {
  train: Dataset;
  test: Dataset;
  /** As in Network. */
  device?: DeviceName;
  threads?: number;
}

/** The objective of the paper: trains its network and tests it after every epoch. */
export function trainingObjective({ train, test, device, threads }: TrainingOptions): Objective {
  return async (given, { epochs, seed, signal, onEpoch, onEpochProgress }) => {
    const params = parsePaperParams(given);
    const problem = misfit(params, train.shape);
    if (problem) throw new TrialStopped('pruned', problem.reason);
    const network = new Network({
      ...paperNetwork(params, train.shape, train.classes),
      seed,
      device,
      threads,
    });
    try {
      await network.fit(train, {
        batchSize: params.batch_size,
        epochs,
        validationData: test,
        signal,
        onBatchEnd: ({ batch, batches }) => onEpochProgress(batch / batches),
        onEpochEnd: (_, { loss, accuracy, valLoss, valAccuracy }) =>
          onEpoch({ loss, accuracy, testLoss: valLoss!, testAccuracy: valAccuracy! }),
      });
    } finally {
      network.dispose();
    }
  };
}
