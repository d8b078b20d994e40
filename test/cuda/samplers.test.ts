import '../helpers/emulated-addon.js';
import test from 'ava';
import { createStudy, TPESampler, type TPESamplerOptions } from '../../src/optuna/index.js';

async function suggested(options: TPESamplerOptions): Promise<unknown[]> {
  const study = await createStudy({ sampler: new TPESampler({ nStartupTrials: 3, ...options }) });
  await study.optimize(
    (trial) => {
      const x = trial.suggestFloat('x', -3, 3);
      const rate = trial.suggestFloat('rate', 1e-5, 1, { log: true });
      const units = trial.suggestInt('units', 1, 64, { log: true });
      const layers = trial.suggestInt('layers', 1, 3);
      const kind = trial.suggestCategorical('kind', ['a', 'b', 'c']);
      return x ** 2 + Math.log(rate) ** 2 + units / layers + (kind === 'b' ? 0 : 1);
    },
    { nTrials: 15 },
  );
  return (await study.trials()).map(({ params }) => params);
}

test('TPE gives the same study, bit for bit, wherever candidates are evaluated', async (t) => {
  for (const multivariate of [true, false]) {
    for (const nEiCandidates of [1, 24]) {
      for (const constantLiar of [false, true]) {
        const options = { seed: 324, multivariate, nEiCandidates, constantLiar };
        const onCpu = await suggested(options);
        t.deepEqual(await suggested({ ...options, device: 'cuda' }), onCpu);
        t.deepEqual(await suggested({ ...options, device: 'auto', deviceCrossover: 500 }), onCpu);
      }
    }
  }
});
