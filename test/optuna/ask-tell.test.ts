import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  createTrial,
  floatDistribution,
  IncompatibleDistributionError,
  InMemoryStorage,
  intDistribution,
  loadStudy,
  NoBestTrialError,
  type ParamValue,
  RandomSampler,
  type Study,
  type StudyView,
  TrialNotFoundError,
  TrialStateError,
  UpdateFinishedTrialError,
} from '../../src/optuna/index.js';
import type { ToldState } from '../../src/optuna/study/tell.js';
import { warningsOf } from '../helpers/warnings.js';

const study = (): Promise<Study> => createStudy({ sampler: new RandomSampler({ seed: 0 }) });

test('a trial is asked for, suggests, reports, and is told its value', async (t) => {
  const s = await study();
  const trial = await s.ask();
  t.is(trial.number, 0);
  t.is(trial.state, 'running');
  const x = trial.suggestFloat('x', 0, 1);
  const n = trial.suggestInt('n', 1, 9, { step: 2 });
  const act: 'relu' | 'tanh' = trial.suggestCategorical('act', ['relu', 'tanh']);
  t.deepEqual(trial.params, { x, n, act });
  t.is(trial.suggestFloat('x', 0, 1), x);
  await trial.report(0.7, 3);
  await trial.setUserAttr('note', { a: [1] });
  const told = await s.tell(trial, 0.5);
  t.like(told, { number: 0, state: 'complete', values: [0.5], params: { x, n, act } });
  t.deepEqual([...told.intermediateValues], [[3, 0.7]]);
  t.deepEqual(told.userAttrs, { note: { a: [1] } });
  t.true(told.datetimeStart! <= told.datetimeComplete!);
  t.deepEqual(await s.trials(), [told]);
  t.deepEqual(await s.bestTrial(), told);
  t.is(await s.bestValue(), 0.5);
  t.deepEqual(await s.bestParams(), { x, n, act });
  t.deepEqual(await s.bestTrials(), [told]);
});

test('a range without end can be given, enqueued and read, but not drawn from', async (t) => {
  const s = await study();
  const endless = floatDistribution(-1e308, 1e308);
  await s.addTrial(createTrial({ params: { x: 9e307 }, distributions: { x: endless }, values: 1 }));
  await s.enqueueTrial({ x: -5 });
  t.is((await s.ask()).suggestFloat('x', -1e308, 1e308), -5);
  const trial = await s.ask();
  t.throws(() => trial.suggestFloat('x', -1e308, 1e308), {
    instanceOf: InvalidArgumentError,
    message: /high - low must be finite: low is -1e\+308, high is 1e\+308/,
  });
});

test('what samplers see is read anew after a trial was asked for or told', async (t) => {
  const seen: string[] = [];
  const sampler = Object.assign(new RandomSampler({ seed: 0 }), {
    sampleIndependent: (view: StudyView) => {
      seen.push(
        view
          .trials({ cached: true })
          .map(({ state }) => state[0])
          .join(''),
      );
      return 0.5;
    },
  });
  const s = await createStudy({ sampler });
  const [a, b] = [await s.ask(), await s.ask()];
  b.suggestFloat('x', 0, 1);
  await s.tell(a, 1);
  b.suggestFloat('y', 0, 1);
  await s.ask();
  b.suggestFloat('z', 0, 1);
  t.deepEqual(seen, ['rr', 'cr', 'crr']);
});

// What Optuna 5.0.0 makes of the same, with TypeScript's values for Python's.
const told: [what: unknown, state: ToldState | undefined, becomes: ToldState, values?: number[]][] =
  [
    [1, undefined, 'complete', [1]],
    [[1], undefined, 'complete', [1]],
    [Infinity, undefined, 'complete', [Infinity]],
    [-Infinity, 'complete', 'complete', [-Infinity]],
    [true, undefined, 'complete', [1]],
    [Number.NaN, undefined, 'fail'],
    [undefined, undefined, 'fail'],
    [null, undefined, 'fail'],
    ['abc', undefined, 'fail'],
    ['1.5', undefined, 'fail'],
    [[1, 2], undefined, 'fail'],
    [[], undefined, 'fail'],
    [[null], undefined, 'fail'],
    [{}, undefined, 'fail'],
    [undefined, 'pruned', 'pruned'],
    [null, 'fail', 'fail'],
  ];

for (const [what, state, becomes, values] of told) {
  test.serial(`told ${typeof what} ${JSON.stringify(what)} as ${state}: ${becomes}`, async (t) => {
    const s = await study();
    const trial = await s.ask();
    const messages = await warningsOf(() => s.tell(trial, what as number, { state }));
    const [result] = await s.trials();
    t.is(result!.state, becomes);
    t.deepEqual(result!.values, values ?? null);
    t.is(messages.length, becomes === 'fail' && state === undefined ? 1 : 0);
  });
}

const untellable: [name: string, what: unknown, state: unknown, message: RegExp][] = [
  ['a value, pruned', 1, 'pruned', /values must be left out with state 'pruned', not be 1/],
  ['a value, failed', 1, 'fail', /values must be left out with state 'fail'/],
  ['no value, complete', undefined, 'complete', /values must be numbers .* undefined/],
  ['NaN, complete', Number.NaN, 'complete', /values must be numbers .* NaN/],
  ['two values, complete', [1, 2], 'complete', /values must be 1, one an objective, not 2/],
  ['state running', 1, 'running', /state must be one of complete, pruned, fail, not 'running'/],
  ['state waiting', 1, 'waiting', /not 'waiting'/],
  ['state COMPLETE', 1, 'COMPLETE', /not 'COMPLETE'/],
];

for (const [name, what, state, message] of untellable) {
  test(`cannot be told: ${name}; the trial goes on`, async (t) => {
    const s = await study();
    const trial = await s.ask();
    await t.throwsAsync(s.tell(trial, what as number, { state: state as ToldState }), {
      instanceOf: InvalidArgumentError,
      message,
    });
    t.is(trial.state, 'running');
    t.is((await s.tell(trial, 1)).state, 'complete');
  });
}

test('only running trials of the study can be told', async (t) => {
  const s = await study();
  const trial = await s.ask();
  await s.tell(trial, 1);
  await t.throwsAsync(s.tell(trial, 2), {
    instanceOf: TrialStateError,
    message: /trial 0 must be running .* finished \(complete\)/,
  });
  t.deepEqual((await s.tell(trial, 2, { skipIfFinished: true })).values, [1]);
  await s.enqueueTrial({ x: 1 });
  await t.throwsAsync(s.tell(1, 2), { instanceOf: TrialStateError, message: /not been asked/ });
  await t.throwsAsync(s.tell(9, 2), { instanceOf: TrialNotFoundError, message: /no trial 9/ });
  for (const wrong of [-1, 0.5, '0', null, undefined, {}]) {
    await t.throwsAsync(s.tell(wrong as number, 2), {
      message: /trial .*-1|a Trial or its number/,
    });
  }
  t.is((await s.trials()).length, 2);
});

test('a trial is told to its own study, by whichever of its objects', async (t) => {
  const storage = new InMemoryStorage();
  const [a, b] = [
    await createStudy({ storage, studyName: 'a' }),
    await createStudy({ storage, studyName: 'b' }),
  ];
  const [own, other] = [await a.ask(), await b.ask()];
  await t.throwsAsync(a.tell(other, 1), {
    instanceOf: TrialNotFoundError,
    message: /trial 0 is of another study than 'a'/,
  });
  t.is(own.state, 'running');
  t.is(other.state, 'running');
  const again = await loadStudy({ storage, studyName: 'a' });
  t.deepEqual((await again.tell(own, 1)).values, [1]);
});

test('a trial can be told by its number', async (t) => {
  const s = await study();
  await s.ask();
  t.like(await s.tell(0, 3), { number: 0, values: [3] });
});

test('a pruned trial takes its last report as its value, unless that is NaN', async (t) => {
  const s = await study();
  const pruned = async (reports: [number, number][]) => {
    const trial = await s.ask();
    for (const [value, step] of reports) await trial.report(value, step);
    return (await s.tell(trial, undefined, { state: 'pruned' })).values;
  };
  t.deepEqual(
    await pruned([
      [5, 4],
      [3, 1],
    ]),
    [5],
  );
  t.is(await pruned([[Number.NaN, 1]]), null);
  t.is(await pruned([]), null);
});

test('a finished trial cannot be changed', async (t) => {
  const s = await study();
  const trial = await s.ask();
  const x = trial.suggestFloat('x', 0, 1);
  await s.tell(trial, 1);
  const finished = { instanceOf: UpdateFinishedTrialError, message: /trial 0 is finished/ };
  t.is(trial.suggestFloat('x', 0, 1), x);
  t.throws(() => trial.suggestFloat('y', 0, 1), finished);
  await t.throwsAsync(trial.report(1, 1), finished);
  await t.throwsAsync(trial.setUserAttr('a', 1), finished);
  await t.throwsAsync(trial.setConstraint('a', 1), finished);
});

test.serial(
  'of two reports of a step, and two constraints of a key, the first holds',
  async (t) => {
    const s = await study();
    const trial = await s.ask();
    const messages = await warningsOf(async () => {
      await trial.report(1, 0);
      await trial.report(2, 0);
      await trial.setConstraint('c', -1);
      await trial.setConstraint('c', 1);
    });
    t.is(trial.frozen().intermediateValues.get(0), 1);
    t.deepEqual(trial.constraints, { c: -1 });
    t.is(messages.length, 2);
  },
);

test.serial(
  'the first range of a name in a trial holds; its kind must stay in the study',
  async (t) => {
    const s = await study();
    const first = await s.ask();
    const x = first.suggestFloat('x', 0, 1);
    const messages = await warningsOf(() => t.is(first.suggestFloat('x', 5, 6), x));
    t.regex(messages.join(), /'x' was suggested in trial 0 with another range/);
    t.throws(() => first.suggestInt('x', 0, 1), { instanceOf: IncompatibleDistributionError });
    const second = await s.ask();
    t.throws(() => second.suggestInt('x', 0, 1), { instanceOf: IncompatibleDistributionError });
    t.throws(() => second.suggestFloat('x', 1, 2, { log: true }), {
      instanceOf: IncompatibleDistributionError,
    });
    t.notThrows(() => second.suggestFloat('x', 5, 6));
  },
);

const badReports: [value: unknown, step: unknown, message: RegExp][] = [
  ['1.5', 1, /value must be a number, not '1\.5'/],
  [null, 1, /value must be a number, not null/],
  [1, -1, /step must be an integer from 0, not -1/],
  [1, 1.5, /step must be an integer from 0, not 1\.5/],
  [1, '1', /step must be .* '1'/],
  [1, undefined, /step must be .* undefined/],
];

for (const [value, step, message] of badReports) {
  test(`refuses the report (${JSON.stringify(value)}, ${JSON.stringify(step)})`, async (t) => {
    const trial = await (await study()).ask();
    await t.throwsAsync(trial.report(value as number, step as number), {
      instanceOf: InvalidArgumentError,
      message,
    });
    t.is(trial.frozen().intermediateValues.size, 0);
  });
}

test('refuses names, attributes and constraints that are none', async (t) => {
  const trial = await (await study()).ask();
  const refused = { instanceOf: InvalidArgumentError };
  t.throws(() => trial.suggestFloat(1 as never, 0, 1), { ...refused, message: /name/ });
  t.throws(() => trial.suggestFloat('x', 2, 1), { ...refused, message: /low/ });
  await t.throwsAsync(trial.setUserAttr('a', undefined), { ...refused, message: /value/ });
  await t.throwsAsync(trial.setUserAttr(1 as never, 1), { ...refused, message: /key/ });
  await t.throwsAsync(trial.setConstraint('a', Number.NaN), { ...refused, message: /value/ });
  t.deepEqual(trial.params, {});
});

test('names that objects have by themselves are names like others', async (t) => {
  const s = await study();
  for (let i = 0; i < 2; i += 1) {
    const trial = await s.ask();
    for (const name of ['__proto__', 'constructor', 'toString', '', '0']) {
      const value = trial.suggestFloat(name, 0, 1);
      t.is(trial.suggestFloat(name, 0, 1), value);
    }
    t.is(Object.keys((await s.tell(trial, 1)).params).length, 5);
  }
});

test.serial(
  'an enqueued trial takes its values, out of range too; the rest is sampled',
  async (t) => {
    const s = await study();
    await s.enqueueTrial({ x: 50, n: 2.7, single: 7, act: 'b' }, { userAttrs: { from: 'me' } });
    const [waiting] = await s.trials();
    t.like(waiting, { state: 'waiting', datetimeStart: null, userAttrs: { from: 'me' } });
    const trial = await s.ask();
    t.is(trial.number, 0);
    const messages = await warningsOf(() => {
      t.is(trial.suggestFloat('x', 0, 1), 50);
      t.is(trial.suggestInt('n', 1, 5), 2);
      t.is(trial.suggestInt('single', 3, 3), 7);
    });
    t.is(messages.length, 3);
    t.is(trial.suggestCategorical('act', ['a', 'b']), 'b');
    t.true(trial.suggestFloat('free', 0, 1) < 1);
    await s.enqueueTrial({ act: 'c' });
    const refused = await s.ask();
    t.throws(() => refused.suggestCategorical('act', ['a', 'b']), {
      instanceOf: InvalidArgumentError,
      message: /act must be one of \['a', 'b'\], not 'c'/,
    });
  },
);

test('enqueued trials are asked for in order, equal ones are skipped if wished', async (t) => {
  const s = await study();
  await s.enqueueTrial({ x: 1, a: 'b' });
  await s.enqueueTrial({ x: 2 });
  const equal: Record<string, ParamValue>[] = [{ x: 1.000001, a: 'b' }, { x: 2 }];
  for (const params of equal) {
    await s.enqueueTrial(params, { skipIfExists: true });
  }
  t.is((await s.trials()).length, 2);
  const different: Record<string, ParamValue>[] = [
    { x: 1.1, a: 'b' },
    { x: true },
    { x: 2, a: null },
    // 1e-5 of the first, not of the second.
    { x: 2 / (1 - 1e-5) },
    { x: Infinity },
    { x: Number.NaN },
  ];
  for (const params of [...different, { x: Infinity }, { x: Number.NaN }]) {
    await s.enqueueTrial(params, { skipIfExists: true });
  }
  t.is((await s.trials()).length, 8);
  t.deepEqual([(await s.ask()).number, (await s.ask()).number, (await s.ask()).number], [0, 1, 2]);
  for (const params of [null, [], { x: {} }, { x: undefined }]) {
    await t.throwsAsync(s.enqueueTrial(params as never), { instanceOf: InvalidArgumentError });
  }
  t.is((await s.trials()).length, 8);
});

test('fixed distributions are suggested at once', async (t) => {
  const s = await study();
  const trial = await s.ask({ x: floatDistribution(0, 1), n: intDistribution(1, 5) });
  t.deepEqual(Object.keys(trial.params), ['x', 'n']);
  await t.throwsAsync(s.ask({ y: floatDistribution(0, 1), x: intDistribution(0, 1) }), {
    instanceOf: IncompatibleDistributionError,
  });
  await t.throwsAsync(s.ask({ y: [0, 1] as never }), {
    instanceOf: InvalidArgumentError,
    message: /the distribution of 'y' must be a distribution, not \[0, 1\]/,
  });
  t.is((await s.trials()).length, 1);
});

test('the best trial is that of the best value, complete, and feasible if any is', async (t) => {
  const s = await createStudy({ direction: 'maximize', sampler: new RandomSampler({ seed: 0 }) });
  await t.throwsAsync(s.bestTrial(), { instanceOf: NoBestTrialError, message: /complete yet/ });
  const finish = async (value: number, constraint?: number) => {
    const trial = await s.ask();
    if (constraint !== undefined) await trial.setConstraint('c', constraint);
    await s.tell(trial, value);
  };
  await finish(9, 1);
  await t.throwsAsync(s.bestTrial(), { instanceOf: NoBestTrialError, message: /constraints/ });
  await finish(5, 0);
  await finish(6);
  await finish(6);
  const pruned = await s.ask();
  await pruned.report(100, 0);
  await s.tell(pruned, undefined, { state: 'pruned' });
  t.is((await s.bestTrial()).number, 2);
  t.deepEqual(
    (await s.bestTrials()).map(({ number }) => number),
    [2, 3],
  );
});

test('what a study gives out cannot change it', async (t) => {
  const s = await study();
  await s.optimize((trial) => trial.suggestFloat('x', 0, 1), { nTrials: 2 });
  const [trial] = await s.trials();
  const { x } = trial!.params;
  t.throws(() => Object.assign(trial!.params, { x: 5 }), { instanceOf: TypeError });
  t.throws(() => Object.assign(trial!, { state: 'fail' }), { instanceOf: TypeError });
  (await s.bestParams())['x'] = 5;
  (await s.trials()).pop();
  t.deepEqual([(await s.trials()).length, (await s.trials())[0]!.params['x']], [2, x]);
});

test('trials can be listed by state', async (t) => {
  const s = await study();
  await s.tell(await s.ask(), 1);
  await s.tell(await s.ask(), undefined, { state: 'fail' });
  await s.ask();
  const numbers = async (...states: ('complete' | 'fail' | 'running')[]) =>
    (await s.trials({ states })).map(({ number }) => number);
  t.deepEqual(await numbers('complete', 'running'), [0, 2]);
  t.deepEqual(await numbers('fail'), [1]);
  t.deepEqual(await numbers(), []);
});

test('misspelt options and states are refused, and change nothing', async (t) => {
  const s = await study();
  const trial = await s.ask();
  const calls: [() => Promise<unknown>, RegExp][] = [
    [() => s.trials({ states: ['COMPLETE' as never] }), /states must be .* not 'COMPLETE'/],
    [() => s.trials({ states: 'complete' as never }), /states must be an array/],
    [() => s.trials({ state: ['fail'] } as never), /an option of trials .* not 'state'/],
    [() => s.tell(trial, 1, { skipFinished: true } as never), /an option of tell/],
    [() => s.tell(trial, 1, 'fail' as never), /the options of tell must be an object/],
    [() => s.enqueueTrial({ x: 1 }, { skip: true } as never), /an option of enqueueTrial/],
    [() => s.enqueueTrial({ x: 1 }, { userAttrs: null } as never), /userAttrs must be an object/],
  ];
  for (const [call, message] of calls) {
    await t.throwsAsync(call(), { instanceOf: InvalidArgumentError, message });
  }
  t.deepEqual(
    (await s.trials()).map(({ state }) => state),
    ['running'],
  );
});

test('a constraint may have any name', async (t) => {
  const s = await study();
  const broken = await s.ask();
  await broken.setConstraint('__proto__', 5);
  t.deepEqual(Object.entries(broken.constraints), [['__proto__', 5]]);
  await s.tell(broken, 1);
  await s.tell(await s.ask(), 2);
  t.is((await s.bestTrial()).number, 1);
});

test('a pruner answers yes or no', async (t) => {
  const pruner = { prune: () => 'no' as unknown as boolean };
  const s = await createStudy({ sampler: new RandomSampler({ seed: 0 }), pruner });
  const trial = await s.ask();
  await trial.report(1, 0);
  await t.throwsAsync(trial.shouldPrune(), {
    instanceOf: InvalidArgumentError,
    message: /the pruner's answer must be a boolean, not 'no'/,
  });
});
