import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  MaxTrialsCallback,
  RandomSampler,
  TrialPruned,
} from '../../src/optuna/index.js';

test('MaxTrialsCallback stops at a number of trials in the states that it counts', async (t) => {
  const objectiveOf = (states: string) => (trial: { number: number }) => {
    const state = states[trial.number % states.length];
    if (state === 'p') throw new TrialPruned();
    if (state === 'f') throw new RangeError();
    return 1;
  };
  const run = async (...args: Parameters<typeof MaxTrialsCallback>) => {
    const study = await createStudy({ sampler: new RandomSampler({ seed: 0 }) });
    const callbacks = [MaxTrialsCallback(...args)];
    await study.optimize(objectiveOf('pfc'), { nTrials: 30, catch: RangeError, callbacks });
    return (await study.trials()).length;
  };
  t.is(await run(2), 6);
  t.is(await run(2, { states: ['pruned'] }), 4);
  t.is(await run(4, { states: ['pruned', 'fail'] }), 5);
  t.is(await run(4, { states: null }), 4);
  t.is(await run(0), 1);
  t.throws(() => MaxTrialsCallback(1.5), { instanceOf: InvalidArgumentError });
  t.throws(() => MaxTrialsCallback(1, { states: ['done' as never] }), { message: /not 'done'/ });
});
