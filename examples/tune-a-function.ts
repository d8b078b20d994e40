import { type Trial, TrialPruned } from 'trialforge/optuna';

export const direction = 'minimize';

export default async (trial: Trial): Promise<number> => {
  const rate = trial.suggestFloat('rate', 1e-5, 1e-1, { log: true });
  const layers = trial.suggestInt('layers', 1, 8);
  const activation = trial.suggestCategorical('activation', ['relu', 'tanh', 'elu']);
  let loss = 1;
  for (let epoch = 0; epoch < 5; epoch++) {
    // In place of a training of your own.
    loss = 0.7 * loss + 0.1 * Math.abs(Math.log10(rate) + 3) + 0.02 * Math.abs(layers - 5);
    await trial.report(loss, epoch);
    if (await trial.shouldPrune()) throw new TrialPruned();
  }
  return activation === 'relu' ? loss : loss + 0.1;
};
