import test from 'ava';
import {
  createStudy,
  HyperbandPruner,
  type HyperbandPrunerOptions,
  type Sampler,
  type StudyView,
  TPESampler,
  TrialPruned,
} from '../../src/optuna/index.js';
import { naturalLog } from '../../src/optuna/pruners/natural-log.js';

test('a logarithm is the nearest double, where Math.log need not be', (t) => {
  // From Python, whose C library rounds so.
  t.is(naturalLog(3), 1.0986122886681098);
  t.is(naturalLog(243), 5.493061443340548);
  t.is(naturalLog(1), 0);
  t.is(naturalLog(0.5), -Math.LN2);
  t.is(naturalLog(5e-324), -744.4400719213812);
  t.is(naturalLog(1.7976931348623157e308), 709.782712893384);
});

/** The steps at which the trials of a study are judged first, one a bracket. */
async function rungs(options: HyperbandPrunerOptions): Promise<number[]> {
  const study = await createStudy({
    studyName: 'rungs',
    pruner: new HyperbandPruner(options),
    sampler: { sampleIndependent: () => 0 },
  });
  const first = new Set<number>();
  for (let i = 0; i < 300; i += 1) {
    const trial = await study.ask();
    for (let step = 1; !('completed_rung_0' in trial.systemAttrs); step += 1) {
      await trial.report(1, step);
      await trial.shouldPrune();
      first.add(step);
    }
  }
  return [Math.max(...first), (await study.trials()).length];
}

test('81 has five brackets by 3, and 243 has five too, as in Optuna', async (t) => {
  t.deepEqual(await rungs({ maxResource: 81 }), [81, 300]);
  t.deepEqual(await rungs({ maxResource: 243 }), [81, 300]);
});

/** A sampler that notes what it sees of a study. */
class Watcher implements Sampler {
  readonly views: { call: string; view: StudyView; numbers: number[]; scope: object }[] = [];

  #note(call: string, view: StudyView): void {
    const numbers = view.trials().map(({ number }) => number);
    this.views.push({ call, view, numbers, scope: view.scope });
  }

  beforeTrial(study: StudyView): void {
    this.#note('before', study);
  }

  inferRelativeSearchSpace(study: StudyView) {
    this.#note('infer', study);
    return new Map();
  }

  sampleRelative(study: StudyView) {
    this.#note('relative', study);
    return new Map();
  }

  sampleIndependent(study: StudyView): number {
    this.#note('independent', study);
    return 0.5;
  }

  afterTrial(study: StudyView): void {
    this.#note('after', study);
  }
}

async function watch(options: HyperbandPrunerOptions, nTrials: number): Promise<Watcher> {
  const sampler = new Watcher();
  const study = await createStudy({
    studyName: 'watched',
    pruner: new HyperbandPruner({ maxResource: 9, ...options }),
    sampler,
  });
  await study.optimize(
    async (trial) => {
      const x = trial.suggestFloat('x', 0, 1);
      await trial.report(x, 1);
      await trial.shouldPrune();
      return x;
    },
    { nTrials },
  );
  return sampler;
}

test('samplers see the whole study, as those of Optuna do', async (t) => {
  const { views } = await watch({}, 12);
  t.is(views.length, 12 * 5);
  for (const [i, { numbers }] of views.entries()) t.is(numbers.length, Math.floor(i / 5) + 1);
  t.is(new Set(views.map(({ scope }) => scope)).size, 1);
  t.is(new Set(views.map(({ view }) => view.key)).size, 1);
});

test("with samplerView 'bracket' every call shows the trials of the bracket", async (t) => {
  const { views } = await watch({ samplerView: 'bracket' }, 40);
  const calls = ['before', 'infer', 'relative', 'independent', 'after'];
  t.deepEqual(
    views.slice(0, 5).map(({ call }) => call),
    calls,
  );
  // The first trial is asked for before there are brackets.
  const later = views.slice(10);
  const scopes = new Map<object, number[]>();
  for (const { scope, numbers } of later) {
    const before = scopes.get(scope) ?? [];
    t.deepEqual(numbers.slice(0, before.length), before, 'trials are only added');
    scopes.set(scope, numbers);
  }
  t.is(scopes.size, 3);
  const seen = [...scopes.values()].flat().sort((a, b) => a - b);
  t.deepEqual(
    seen,
    Array.from({ length: 40 }, (_, i) => i),
  );
  t.is(new Set(later.map(({ view }) => view.key)).size, 1);
});

test('TPE models each bracket by itself if it sees no more', async (t) => {
  const run = async (samplerView: 'study' | 'bracket') => {
    const study = await createStudy({
      studyName: 'tpe',
      pruner: new HyperbandPruner({ maxResource: 9, samplerView }),
      sampler: new TPESampler({ seed: 0, nStartupTrials: 5 }),
    });
    await study.optimize(
      async (trial) => {
        const x = trial.suggestFloat('x', 0, 1) + trial.suggestInt('n', 0, 3);
        for (let step = 1; step <= 9; step += 1) {
          await trial.report(x + 1 / step, step);
          if (await trial.shouldPrune()) throw new TrialPruned();
        }
        return x;
      },
      { nTrials: 50 },
    );
    return (await study.trials()).map(({ params }) => params);
  };
  const [all, bracket] = [await run('study'), await run('bracket')];
  t.is(bracket.length, 50);
  t.deepEqual(bracket, await run('bracket'));
  // The start-up is over after five trials of the study, but not of any bracket.
  t.deepEqual(bracket.slice(0, 5), all.slice(0, 5));
  t.notDeepEqual(bracket.slice(5), all.slice(5));
});

test('nothing is pruned before a complete trial tells how long trials are', async (t) => {
  const study = await createStudy({ pruner: new HyperbandPruner() });
  const trials = [await study.ask(), await study.ask()];
  for (const trial of trials) {
    for (let step = 0; step < 30; step += 1) {
      await trial.report(step, step);
      t.false(await trial.shouldPrune());
    }
  }
  await study.tell(trials[0]!, 1);
  await trials[1]!.report(99, 30);
  await trials[1]!.shouldPrune();
  t.true('completed_rung_0' in trials[1]!.systemAttrs);
});

test('a resource too small for one bracket prunes nothing', async (t) => {
  const study = await createStudy({
    pruner: new HyperbandPruner({ minResource: 9, maxResource: 2 }),
  });
  for (let i = 0; i < 9; i += 1) {
    const trial = await study.ask();
    await trial.report(i, 50);
    t.false(await trial.shouldPrune());
    await study.tell(trial, i);
  }
});
