import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  createStudy,
  createTrial,
  DuplicatedStudyError,
  type FrozenTrial,
  floatDistribution,
  InMemoryStorage,
  importStudy,
  RandomSampler,
  RDBStorage,
  type Study,
  studyToJson,
  TrialPruned,
} from '../../src/optuna/index.js';
import { warningsOf } from '../helpers/warnings.js';

async function everything(storage = new InMemoryStorage()): Promise<Study> {
  const study = await createStudy({
    studyName: 'ünï "code" 😀',
    directions: ['maximize'],
    sampler: new RandomSampler({ seed: 1 }),
    storage,
  });
  await study.setUserAttr('__proto__', { a: [Number.NaN, -Infinity, -0, 1e300] });
  await study.setUserAttr('text', '\u0000NaN');
  await study.setMetricNames(['accuracy']);
  await study.enqueueTrial({ x: 0.5, waits: true }, { userAttrs: { from: null } });
  await study.optimize(
    async (trial) => {
      trial.suggestFloat('x', 0, 1);
      trial.suggestFloat('__proto__', 1e-5, 1, { log: true });
      trial.suggestFloat('stepped', 0, 0.9, { step: 0.3 });
      trial.suggestInt('i', -3, 3);
      trial.suggestCategorical('c', [null, true, 'a', Number.NaN, 2.5, Infinity]);
      await trial.report(Number.NaN, 7);
      await trial.report(-Infinity, 2);
      await trial.setConstraint('c', -0.5);
      await trial.setUserAttr('nested', { '': [[], {}] });
      if (trial.number === 1) throw new TrialPruned();
      if (trial.number === 2) return Number.NaN;
      return trial.number === 3 ? -Infinity : 0.1;
    },
    { nTrials: 5 },
  );
  await study.ask();
  await study.enqueueTrial({ waits: 'still' });
  return study;
}

const withoutId = ({ id: _, ...trial }: FrozenTrial) => trial;

test.serial('a study comes back from its text as it was', async (t) => {
  let study: Study | undefined;
  await warningsOf(async () => {
    study = await everything();
  });
  const text = await studyToJson(study!);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what the text must be made of
  t.regex(text, /^[\x00-\x7f]*$/);
  const storage = new InMemoryStorage();
  await createStudy({ storage });
  const copy = await importStudy(text, { storage });
  t.is(copy.studyName, study!.studyName);
  t.deepEqual(copy.directions, ['maximize']);
  t.deepEqual(await copy.userAttrs(), await study!.userAttrs());
  t.deepEqual(Object.keys(await copy.userAttrs()), ['__proto__', 'text']);
  t.deepEqual(await copy.metricNames(), ['accuracy']);
  const trials = await copy.trials();
  t.deepEqual(trials.map(withoutId), (await study!.trials()).map(withoutId));
  t.deepEqual(
    trials.map(({ state }) => state),
    ['complete', 'pruned', 'fail', 'complete', 'complete', 'running', 'waiting'],
  );
  t.deepEqual(Object.keys(trials[0]!.params), ['x', '__proto__', 'stepped', 'i', 'c']);
  t.deepEqual([...trials[0]!.intermediateValues.keys()], [7, 2]);
  t.is(await studyToJson(copy), text);

  await copy.tell(5, 1);
  t.deepEqual((await copy.ask()).systemAttrs['fixed_params'], { waits: 'still' });
});

test('a study without trials, and one of several objectives, come back', async (t) => {
  const storage = new InMemoryStorage();
  const empty = await createStudy({ storage, studyName: 'empty' });
  const copy = await importStudy(await studyToJson(empty), { storage, studyName: 'copy' });
  t.deepEqual(await copy.trials(), []);
  t.deepEqual(await copy.userAttrs(), {});
  const two = await createStudy({ directions: ['minimize', 'maximize'] });
  await two.tell(await two.ask(), [1, Infinity]);
  t.deepEqual((await (await importStudy(await studyToJson(two))).trials())[0]!.values, [
    1,
    Infinity,
  ]);
});

test('an import does not touch a study of the same name', async (t) => {
  const storage = new InMemoryStorage();
  const study = await createStudy({ storage, studyName: 'a' });
  const text = await studyToJson(study);
  await study.ask();
  await t.throwsAsync(importStudy(text, { storage }), { instanceOf: DuplicatedStudyError });
  t.is((await study.trials()).length, 1);
});

test('an import that fails leaves no study behind', async (t) => {
  const study = await createStudy({ studyName: 'a' });
  const trial = createTrial({
    values: 1,
    params: { x: 1 },
    distributions: { x: floatDistribution(0, 2) },
  });
  await study.addTrials([trial, trial]);
  const text = await studyToJson(study);
  // The second trial's range becomes one of another scale.
  const broken = text.replace(/"low": 0\.0(.*)"log": false(?!.*\n\{)/, '"low": 0.5$1"log": true');
  for (const storage of [new InMemoryStorage(), new RDBStorage('sqlite://')]) {
    await t.throwsAsync(importStudy(broken, { storage }), {
      code: 'ERR_INCOMPATIBLE_DISTRIBUTION',
    });
    t.deepEqual(await storage.studies(), []);
    await storage.close();
  }
});

test('equal distributions of imported trials are one object', async (t) => {
  const distributions = { x: floatDistribution(0, 2) };
  const study = await createStudy();
  const trial = () => createTrial({ values: 1, params: { x: 1 }, distributions });
  await study.addTrials([trial(), trial()]);
  const [one, two] = await (await importStudy(await studyToJson(study))).trials();
  t.is(one!.distributions['x'], two!.distributions['x']);
});

const damage: [name: string, pattern: string | RegExp, by: string, message: RegExp][] = [
  ['is no JSON', /\}\n$/, '', /it is not JSON/],
  ['is something else', /^.*$/s, '[1]', /version 1 of the format 'trialforge-study': the whole/],
  ['is of a later version', '"version": 1', '"version": 2', /version 1 .*: version: /],
  ['has no name', '"studyName": "a", ', '', /a study: studyName: /],
  ['has an unknown direction', '"minimize"', '"up"', /a study: directions\[0\]: /],
  ['has no direction', '["minimize"]', '[]', /directions: /],
  ['has an unknown state', '"complete"', '"done"', /trials\[0\]\.state: /],
  ['has a trial without its value', '[0.5]', 'null', /trials\[0\] must have 1 values, not null/],
  ['has too many values', '[0.5]', '[1, 2]', /trials\[0\] must have 1 values, not \[1, 2\]/],
  ['has a value NaN', '[0.5]', '[NaN]', /values\[0\]: must be a number that is not NaN/],
  ['misses a trial', '"number": 0', '"number": 1', /trials\[0\] must have number 0, not 1/],
  ['has a parameter of no range', '"x": {', '"y": {', /one distribution for each of params/],
  ['has a parameter of no number', '{"x": 1}', '{"x": "1"}', /trials\[0\]\.params\['x'\] must be/],
  ['has an unknown distribution', 'FloatDistribution', 'Float', /names no known distribution/],
  ['has a broken time', /"datetimeStart": "/, '"datetimeStart": "x', /datetimeStart: /],
  ['has a step that is none', '[[3, ', '[[-3, ', /intermediateValues\[0\]\[0\]: /],
  ['has an unknown field', '"number": 0', '"number": 0, "numbre": 0', /trials\[0\]: .*numbre/],
];

for (const [name, pattern, by, message] of damage) {
  test(`refuses a text that ${name}`, async (t) => {
    const study = await createStudy({ studyName: 'a' });
    await study.addTrial(
      createTrial({
        values: 0.5,
        params: { x: 1 },
        distributions: { x: floatDistribution(0, 2) },
        intermediateValues: [[3, 4]],
      }),
    );
    const text = await studyToJson(study);
    await importStudy(text);
    const storage = new InMemoryStorage();
    const damaged = text.replace(pattern, by);
    t.not(damaged, text);
    await t.throwsAsync(importStudy(damaged, { storage }), {
      instanceOf: InvalidArgumentError,
      message,
    });
    t.deepEqual(await storage.studies(), []);
  });
}

test('refuses what is no text', async (t) => {
  for (const wrong of [undefined, null, {}]) {
    await t.throwsAsync(importStudy(wrong as unknown as string), {
      message: /json must be a text/,
    });
  }
});
