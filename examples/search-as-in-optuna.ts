import { createStudy, MedianPruner, TPESampler, TrialPruned } from 'trialforge/optuna';

const study = await createStudy({
  direction: 'minimize',
  sampler: new TPESampler({ seed: 42 }),
  pruner: new MedianPruner(),
});
await study.optimize(
  async (trial) => {
    const x = trial.suggestFloat('x', -10, 10);
    const y = trial.suggestFloat('y', 1e-3, 1, { log: true });
    await trial.report((x - 2) ** 2 + y, 0);
    if (await trial.shouldPrune()) throw new TrialPruned();
    return (x - 2) ** 2 + y;
  },
  { nTrials: 50 },
);
console.log(await study.bestParams());
