import { fmin, hp, spaceEval, tpe } from 'trialforge/hyperopt';

const space = {
  lr: hp.loguniform('lr', Math.log(1e-4), Math.log(1e-1)),
  activation: hp.choice('activation', ['relu', 'tanh', 'elu']),
  units: hp.quniform('units', 64, 512, 64),
};
const best = await fmin({
  fn: async ({ lr, activation, units }) =>
    (Math.log10(lr) + 3) ** 2 + (activation === 'relu' ? 0 : 0.1) + units / 5120,
  space,
  algo: tpe.suggest,
  maxEvals: 50,
  rstate: 42,
});
console.log(best, spaceEval(space, best));
