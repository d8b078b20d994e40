// Studies that Optuna itself reads, writes and goes on with, in every storage that both have.
import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import {
  categoricalDistribution,
  compactJournal,
  createStudy,
  type Direction,
  distributionToJson,
  type FrozenTrial,
  floatDistribution,
  intDistribution,
  type Json,
  loadStudy,
  RandomSampler,
  type Study,
  type Trial,
} from '../../src/optuna/index.js';
import { dumps } from '../../src/optuna/python-json.js';
import { openStorage } from '../../src/optuna/storages/open-storage.js';
import { sharedPostgres } from '../helpers/postgres.js';
import { findOptuna } from '../helpers/python-optuna.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const optuna = await findOptuna();
const postgres = await sharedPostgres();

/** The same place as we and as Optuna name it. */
interface Place {
  readonly ours: string;
  readonly theirs: string;
}

async function file(t: ExecutionContext, name: string, scheme: string): Promise<Place> {
  const path = join(await temporaryFolder(t), name);
  return { ours: scheme + path, theirs: scheme + path };
}

const places: Readonly<Record<string, (t: ExecutionContext) => Promise<Place>>> = {
  'a journal': (t) => file(t, 'ä b.log', ''),
  'a compacted journal': (t) => file(t, 'a.log', ''),
  SQLite: (t) => file(t, 'a.db', 'sqlite:///'),
  PostgreSQL: async () => {
    const url = await (postgres as Exclude<typeof postgres, string>).createDatabase();
    return { ours: url, theirs: url };
  },
};

function suggest(trial: Trial): number {
  const x = trial.suggestFloat('x', -5, 5);
  trial.suggestFloat('größe', 1e-5, 1e2, { log: true });
  trial.suggestFloat('step', 0, 1, { step: 0.1 });
  const n = trial.suggestInt('n', -3, 8);
  trial.suggestInt('log n', 1, 1000, { log: true });
  trial.suggestInt('step n', 0, 20, { step: 5 });
  trial.suggestCategorical('c', [null, true, 3, 0.5, '日本', '1']);
  trial.suggestCategorical('one', ['only']);
  trial.suggestFloat('fixed', 2, 2);
  return x * x + n;
}

/** A trial as run_optuna.py makes them, which ends as its number says; some go on for ever. */
async function oneTrial(study: Study): Promise<void> {
  const trial = await study.ask();
  const value = suggest(trial);
  const k = trial.number % 10;
  await trial.report(value, 0);
  await trial.report(
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1][k % 4]!,
    7,
  );
  await trial.setUserAttr('notes', {
    ключ: [1, 0.5, null, true, '\u2028"\\'],
    nan: Number.NaN,
  });
  if (k === 3) await study.tell(trial, undefined, { state: 'fail' });
  else if (k === 4) await study.tell(trial, undefined, { state: 'pruned' });
  else if (k === 5) {
    const sign = trial.number % 20 === 5 ? 1 : -1;
    await study.tell(trial, sign * Number.POSITIVE_INFINITY);
  } else if (k !== 6) await study.tell(trial, value);
}

const name = 'Все виды';

async function write(url: string): Promise<void> {
  const storage = await openStorage(url);
  const direction: Direction = 'maximize';
  const sampler = new RandomSampler({ seed: 1 });
  const study = await createStudy({ storage, studyName: name, direction, sampler });
  const inf = Number.NEGATIVE_INFINITY;
  await study.setUserAttr('nested', { a: [1, { b: null }], nan: Number.NaN, inf });
  await study.setMetricNames(['gain']);
  for (let i = 0; i < 48; i++) await oneTrial(study);
  await study.enqueueTrial({ x: 1.5, c: '日本' }, { userAttrs: { queued: true } });
  await study.enqueueTrial({ x: 99 });
  const directions: Direction[] = ['minimize', 'maximize'];
  const two = await createStudy({ storage, studyName: 'two', directions, sampler });
  await two.setMetricNames(['loss', 'gain']);
  for (let i = 0; i < 10; i++) {
    const trial = await two.ask();
    const x = trial.suggestFloat('x', 0, 1);
    await trial.setConstraint('c', x - 0.5);
    await trial.setConstraint('é', Number.NEGATIVE_INFINITY);
    await two.tell(trial, [x, i === 3 ? Number.POSITIVE_INFINITY : 1 - x]);
  }
  await storage.close();
}

/** All that the storage says, in the form of run_optuna.py's dump. */
async function dump(url: string) {
  const storage = await openStorage(url);
  const studies = [];
  for (const record of await storage.studies()) {
    const study = await loadStudy({ storage, studyName: record.name });
    studies.push({
      name: study.studyName,
      directions: study.directions,
      metricNames: await study.metricNames(),
      userAttrs: await study.userAttrs(),
      systemAttrs: await study.systemAttrs(),
      trials: (await study.trials()).map(described),
    });
  }
  await storage.close();
  return studies;
}

function described(trial: FrozenTrial) {
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values,
    params: Object.entries(trial.params),
    distributions: Object.fromEntries(
      Object.entries(trial.distributions).map(([of, one]) => [of, distributionToJson(one)]),
    ),
    intermediateValues: [...trial.intermediateValues].sort(([a], [b]) => a - b),
    userAttrs: trial.userAttrs,
    systemAttrs: trial.systemAttrs,
    datetimeStart: trial.datetimeStart?.getTime() ?? null,
    datetimeComplete: trial.datetimeComplete?.getTime() ?? null,
  };
}

/** States by how often they occur. */
function states(dumped: Awaited<ReturnType<typeof dump>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of dumped.find((study) => study.name === name)!.trials) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

async function moreTrials(url: string, n: number): Promise<void> {
  const storage = await openStorage(url);
  const study = await loadStudy({ storage, studyName: name });
  for (let i = 0; i < n; i++) await oneTrial(study);
  await storage.close();
}

/**
 * Lines of a journal whose workers contradict each other: names and kinds that are taken, trials and
 * studies that are unknown, finished or deleted.
 */
function randomRecords(seed: number, n: number): string {
  let word = seed;
  const below = (count: number): number => {
    // Numerical Recipes' linear congruential generator; its upper bits.
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return Math.floor((word / 2 ** 32) * count);
  };
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const distributions = [
    floatDistribution(0, 1),
    floatDistribution(0.5, 2),
    floatDistribution(0.5, 2, { log: true }),
    intDistribution(0, 3),
    categoricalDistribution(['a', 'b', 'c', null]),
    categoricalDistribution([true, 'b', 0.5]),
  ].map(distributionToJson);
  const time = (): string => `2026-01-01T00:00:${10 + below(50)}.${100000 + below(900000)}+00:00`;
  const value = (): number => pick([1, 0.25, -3e-7, 2 ** 60, Number.NaN]);
  const attr = () => ({
    [pick(['a', 'é', '__proto__'])]: pick([value(), 'text', [null, { b: 1 }]]),
  });
  let trials = 0;
  const fields = (code: number): object => {
    const study = { study_id: below(5) };
    const trial = { trial_id: Math.max(0, trials + 1 - below(12)) };
    switch (code) {
      case 0:
        return { study_name: `s${below(4)}`, directions: [1 + below(2)] };
      case 1:
        return study;
      case 2:
        return { ...study, user_attr: attr() };
      case 3:
        return { ...study, system_attr: attr() };
      case 4:
        trials += 1;
        return { ...study, ...newTrial() };
      case 5:
        return {
          ...trial,
          param_name: pick(['x', 'y']),
          param_value_internal: below(2),
          distribution: pick(distributions),
        };
      case 6: {
        const state = pick([0, 1, 1, 2, 3, 4]);
        const end = { datetime_complete: time() };
        const when = state === 0 ? { datetime_start: time() } : state === 4 ? {} : end;
        return { ...trial, state, values: state === 1 ? [0.5 + below(9)] : null, ...when };
      }
      case 7:
        return { ...trial, step: below(4), intermediate_value: value() };
      case 8:
        return { ...trial, user_attr: attr() };
      case 9:
        return { ...trial, system_attr: attr() };
      default:
        return { trial_ids: [below(9)] };
    }
  };
  const newTrial = (): object =>
    pick([
      { datetime_start: time() },
      { datetime_start: null, state: 4, system_attrs: { fixed_params: { x: 1 } } },
      {
        datetime_start: time(),
        datetime_complete: time(),
        state: 1,
        value: 3,
        values: null,
        distributions: { y: distributions[4], x: pick(distributions) },
        params: { y: 2, x: 0 },
        user_attrs: attr(),
        intermediate_values: { 5: 0.5, 3: Number.NaN },
      },
    ]);
  const codes = [0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 7, 7, 8, 9, 10];
  const lines = Array.from({ length: n }, (_, i) => {
    const code = i < 3 ? 0 : i < 20 ? 4 : pick(codes);
    // Deletions are rare.
    const kept = code === 1 && below(4) > 0 ? 8 : code;
    const record = { op_code: kept, worker_id: `w${below(3)}`, ...fields(kept) };
    return `${dumps(record as { [key: string]: Json }, { compact: true })}\n`;
  });
  return lines.join('');
}

const written = { complete: 33, fail: 5, pruned: 5, running: 5, waiting: 2 };

if (typeof optuna === 'string') {
  test.skip(`Optuna reads and continues what is written here: ${optuna}`, () => {});
} else {
  for (const [kind, make] of Object.entries(places)) {
    const title = `${kind}, with Optuna ${optuna.version}`;
    if (kind === 'PostgreSQL' && typeof postgres === 'string') {
      test.skip(`${title}: ${postgres}`, () => {});
      continue;
    }
    const settle = async (place: Place): Promise<void> => {
      if (kind === 'a compacted journal') await compactJournal(place.ours);
    };

    test(`Optuna reads and continues what is written here: ${title}`, async (t) => {
      const place = await make(t);
      await write(place.ours);
      await settle(place);
      const ours = await dump(place.ours);
      t.deepEqual(states(ours), written);
      t.deepEqual(await optuna.run('dump', place.theirs), ours as unknown as Json);
      const theirs = (await optuna.run('continue', place.theirs, name, '12')) as unknown;
      const continued = await dump(place.ours);
      t.is(continued[0]!.trials.length, 60);
      t.is(states(continued)['waiting'], undefined);
      t.deepEqual(theirs, continued as unknown);
      t.deepEqual(continued[0]!.trials.slice(0, 48), ours[0]!.trials.slice(0, 48));
      t.is(continued[0]!.trials[48]!.params[0]![1], 1.5);
    });

    test(`what Optuna writes is read and continued here: ${title}`, async (t) => {
      const place = await make(t);
      const theirs = (await optuna.run('write', place.theirs)) as unknown;
      await settle(place);
      const ours = await dump(place.ours);
      t.deepEqual(states(ours), written);
      t.deepEqual(ours as unknown, theirs);
      await moreTrials(place.ours, 12);
      const seen = (await optuna.run('dashboard', place.theirs)) as unknown;
      const continued = await dump(place.ours);
      t.is(continued.find((study) => study.name === name)!.trials.length, 60);
      t.is(states(continued)['waiting'], undefined);
      t.deepEqual(seen, continued as unknown);
      t.like(
        continued
          .map(({ systemAttrs }) => systemAttrs)
          .find((attrs) => 'dashboard:note_ver' in attrs),
        {
          'dashboard:note_str:0': '# Übersicht\n',
          'dashboard:0:note_str:0': 'x'.repeat(2000),
        },
      );
    });
  }

  test(`a journal of random records means the same, with Optuna ${optuna.version}`, async (t) => {
    const folder = await temporaryFolder(t);
    for (const seed of [1, 2, 3]) {
      const path = join(folder, `${seed}.log`);
      await writeFile(path, randomRecords(seed, 600));
      const theirs = (await optuna.run('dump', path)) as unknown;
      const ours = await dump(path);
      t.true(ours.length > 1 && ours.some(({ trials }) => trials.length > 5));
      t.deepEqual(ours as unknown, theirs);
      await compactJournal(path);
      t.deepEqual((await optuna.run('dump', path)) as unknown, theirs);
      t.deepEqual((await dump(path)) as unknown, theirs);
    }
  });

  test(`processes of both share a journal, with Optuna ${optuna.version}`, async (t) => {
    const path = join(await temporaryFolder(t), 'a.log');
    await createStudy({ storage: path, studyName: 's' });
    const script = fileURLToPath(new URL('../helpers/journal-worker.js', import.meta.url));
    const ours = () =>
      new Promise((resolve) =>
        fork(script, [path, 'optimize', '25']).on('close', (code) => resolve(code)),
      );
    const ends = await Promise.all([
      ...[1, 2, 3].map(ours),
      ...[1, 2, 3].map(() => optuna.run('work', path, 's', '25')),
    ]);
    t.deepEqual(ends, [0, 0, 0, 25, 25, 25]);
    const dumped = await dump(path);
    t.deepEqual(
      dumped[0]!.trials.map(({ number, state }) => [number, state]),
      Array.from({ length: 150 }, (_, i) => [i, 'complete']),
    );
    t.deepEqual(await optuna.run('dump', path), dumped as unknown as Json);
    for (const line of (await readFile(path, 'utf8')).trimEnd().split('\n')) JSON.parse(line);
  });
}
