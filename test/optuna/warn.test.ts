import test from 'ava';
import { createStudy, intDistribution } from '../../src/optuna/index.js';
import { warn } from '../../src/optuna/warn.js';
import { warningsOf } from '../helpers/warnings.js';

test.serial('what every trial does is warned about once', async (t) => {
  const study = await createStudy();
  const messages = await warningsOf(() =>
    study.optimize((trial) => trial.suggestInt('x', 0, 99, { step: 4 }), { nTrials: 20 }),
  );
  t.deepEqual(messages, ['[0, 99] is not divisible by step 4; high is 96 instead']);
});

test.serial('what two trials do is warned about for each', async (t) => {
  const study = await createStudy();
  const messages = await warningsOf(() => study.optimize(() => Number.NaN, { nTrials: 2 }));
  t.is(messages.length, 2);
  t.regex(messages[0]!, /^trial 0 failed: .*NaN/);
  t.regex(messages[1]!, /^trial 1 failed: .*NaN/);
});

test.serial('a warning that a test has seen is seen by the next', async (t) => {
  for (let i = 0; i < 2; i += 1) {
    t.is((await warningsOf(() => intDistribution(0, 7, { step: 2 }))).length, 1);
  }
});

test.serial('the texts that are remembered are the last thousand', async (t) => {
  const messages = await warningsOf(() => {
    for (let i = 0; i < 5000; i += 1) {
      warn('again and again');
      warn(`trial ${i}`);
    }
    warn('trial 4999');
    warn('trial 0');
  });
  t.is(messages.length, 5002);
  t.is(messages.filter((message) => message === 'again and again').length, 1);
  t.is(messages.at(-1), 'trial 0');
});
