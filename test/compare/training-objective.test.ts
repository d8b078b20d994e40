import test from 'ava';
import { runComparison } from '../../src/compare/harness.js';
import {
  type EpochMetrics,
  type Objective,
  type ObjectiveContext,
  TrialStopped,
} from '../../src/compare/objective.js';
import { manualParams } from '../../src/compare/paper-space.js';
import { makePlan } from '../../src/compare/plan.js';
import { presets } from '../../src/compare/presets/index.js';
import type { TrialParams } from '../../src/compare/space.js';
import { trainingArrayObjective, trainingObjective } from '../../src/compare/training-objective.js';
import { loadMnist } from '../../src/data/index.js';
import { InvalidArgumentError, OutOfMemoryError } from '../../src/errors.js';
import { TrialArray, TrialArrayError } from '../../src/nn/index.js';
import { analyticComparison } from '../helpers/comparison.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const mnist = await loadMnist();
const train = mnist.train.take(600, { seed: 1 });
const held = mnist.test.take(200, { seed: 1 });
const objective = trainingObjective({ train, test: held, threads: 1 });
const small: TrialParams = { ...manualParams, strides: 2, conv_depth_2: 32, hidden_size: 64 };

async function curveOf(
  run: Objective,
  params: TrialParams,
  context: Partial<ObjectiveContext> = {},
): Promise<EpochMetrics[]> {
  const curve: EpochMetrics[] = [];
  await run(params, {
    epochs: 3,
    seed: 1,
    signal: new AbortController().signal,
    onEpochProgress: () => {},
    onEpoch: async (metrics) => {
      curve.push(metrics);
    },
    ...context,
  });
  return curve;
}

test('it learns digits and tests after every epoch, the same for a seed', async (t) => {
  const shares: number[] = [];
  const curve = await curveOf(objective, small, { onEpochProgress: (share) => shares.push(share) });
  t.is(curve.length, 3);
  t.true(curve[2]!.loss < curve[0]!.loss);
  t.true(curve[2]!.testAccuracy > 0.6, `test accuracy ${curve[2]!.testAccuracy}`);
  t.true(shares.length > 0 && shares.every((share) => share > 0 && share <= 1));
  t.deepEqual(await curveOf(objective, small), curve);
  t.notDeepEqual(await curveOf(objective, small, { seed: 2 }), curve);
});

test('trials that train together get what each gets alone, and end on their own', async (t) => {
  const enough = new Error('enough');
  const given: TrialParams[] = [
    small,
    { ...small, learning_rate: 0.01, batch_size: 32 },
    { ...small, kernel_size: 5, strides: 9 },
    { ...small, dropout_rate: 0.3 },
  ];
  const curves: EpochMetrics[][] = given.map(() => []);
  const together = trainingArrayObjective({ train, test: held, threads: 2 });
  const { signal } = new AbortController();
  const ended = await together(
    given.map((params, trial) => ({
      params,
      context: {
        epochs: 2,
        seed: 1,
        signal,
        onEpochProgress: () => {},
        onEpoch: async (metrics) => {
          curves[trial]!.push(metrics);
          if (trial === 3) throw enough;
        },
      },
    })),
  );
  t.deepEqual(
    ended.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  const reasons = ended.map((one) => (one.status === 'rejected' ? one.reason : undefined));
  t.true(reasons[2] instanceof TrialStopped && reasons[2].state === 'pruned', `${reasons[2]}`);
  t.is(reasons[3], enough);
  for (const trial of [0, 1]) {
    t.deepEqual(curves[trial], await curveOf(objective, given[trial]!, { epochs: 2 }));
  }
  t.is(curves[3]!.length, 1);
});

test.serial(
  'trials that find no memory beside the others train alone, unless they began',
  async (t) => {
    const fit = TrialArray.prototype.fit;
    const memory = new OutOfMemoryError('no memory');
    TrialArray.prototype.fit = async (_, options) => {
      await options!.onEpochEnd!(0, 0, { loss: 1, accuracy: 0, valLoss: 1, valAccuracy: 0 });
      const failed = (reason: unknown) => ({ status: 'rejected' as const, reason });
      throw new TrialArrayError([failed(memory), failed(memory), failed(new Error('another'))]);
    };
    t.teardown(() => {
      TrialArray.prototype.fit = fit;
    });
    const epochs: EpochMetrics[][] = [[], [], []];
    const together = trainingArrayObjective({ train, test: held, threads: 2 });
    const ended = await together(
      epochs.map((told) => ({
        params: small,
        context: {
          epochs: 1,
          seed: 1,
          signal: new AbortController().signal,
          onEpochProgress: () => {},
          onEpoch: async (metrics) => {
            told.push(metrics);
          },
        },
      })),
    );
    t.deepEqual(
      ended.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected'],
    );
    t.deepEqual(epochs[1], await curveOf(objective, small, { epochs: 1 }));
  },
);

test('a rejecting onEpoch ends the training with the same error', async (t) => {
  const enough = new Error('enough');
  let epochs = 0;
  const onEpoch = async () => {
    epochs++;
    throw enough;
  };
  t.is(await t.throwsAsync(curveOf(objective, small, { onEpoch })), enough);
  t.is(epochs, 1);
});

test('a signal ends the training within an epoch', async (t) => {
  const controller = new AbortController();
  const context = { signal: controller.signal, onEpochProgress: () => controller.abort() };
  await t.throwsAsync(curveOf(objective, small, { ...context, epochs: 1000 }), {
    code: 'ERR_ABORTED',
  });
});

test("parameters that are not the paper's are refused by name", async (t) => {
  const { strides: _, ...rest } = small;
  await t.throwsAsync(curveOf(objective, rest), {
    instanceOf: InvalidArgumentError,
    message: /strides/,
  });
  await t.throwsAsync(curveOf(objective, { ...small, activation: 'swish' }), {
    message: /activation/,
  });
  await t.throwsAsync(curveOf(objective, { ...small, kernel_size: 40 }), {
    code: 'ERR_TRIAL_PRUNED',
    message: /40 x 40, does not fit its input of 28 x 28/,
  });
});

test('a learning rate that blows up fails its trial', async (t) => {
  const options = analyticComparison(await temporaryFolder(t));
  const quick = presets.quick.strategies.find(({ name }) => name === 'manual')!;
  const plan = makePlan(
    {
      ...presets.quick,
      strategies: [
        { ...quick, settings: { params: { ...small, learning_rate: 1e30 } } } as typeof quick,
      ],
    },
    { epochs: 2 },
  );
  const { strategies } = await runComparison({ ...options, plan, objective });
  const [trial] = strategies[0]!.trials;
  t.is(trial!.state, 'failed');
  t.regex(trial!.reason!, /^(loss|testLoss) is (NaN|Infinity) after epoch 1$/);
});
