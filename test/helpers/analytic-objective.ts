import { setImmediate } from 'node:timers/promises';
import { type Objective, TrialStopped } from '../../src/compare/objective.js';
import { misfit } from '../../src/compare/paper-shapes.js';
import { parsePaperParams } from '../../src/compare/paper-space.js';

/**
 * Learning curves by formula: the error falls exponentially to a floor that is lowest at a learning
 * rate of 1e-3 and in wide networks. A rate above 3e-2 diverges to NaN in its second epoch; shapes
 * that do not fit are pruned as in training.
 */
export function analyticObjective(shape: [number, number, number] = [28, 28, 1]): Objective {
  return async (given, { epochs, seed, signal, onEpoch, onEpochProgress }) => {
    const params = parsePaperParams(given);
    const problem = misfit(params, shape);
    if (problem) throw new TrialStopped('pruned', problem.reason);
    const decades = Math.log10(params.learning_rate) + 3;
    const floor =
      0.008 +
      0.02 * decades ** 2 +
      0.3 / params.hidden_size +
      0.2 / params.conv_depth_2 +
      (seed % 10) * 1e-4;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await setImmediate();
      signal.throwIfAborted();
      onEpochProgress(1);
      const testError = floor + (0.9 - floor) * Math.exp((-60 * epoch) / params.batch_size);
      const trainError = testError * (0.6 + params.dropout_rate / 2);
      const diverged = params.learning_rate > 3e-2 && epoch > 1;
      await onEpoch({
        loss: diverged ? Number.NaN : -Math.log(1 - trainError),
        accuracy: 1 - trainError,
        testLoss: -Math.log(1 - testError),
        testAccuracy: 1 - testError,
      });
    }
  };
}
