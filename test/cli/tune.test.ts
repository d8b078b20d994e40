import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadStudy } from '../../src/optuna/index.js';
import { trialforge } from '../helpers/cli.js';
import { storageIn, storageName } from '../helpers/study-storage.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const parabola = 'export default (trial) => (trial.suggestFloat("x", -5, 5) - 1) ** 2;';

async function folderWith(t: ExecutionContext, files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test.serial('tune --help has examples and exit codes', async (t) => {
  const { code, stdout } = await trialforge(['tune', '--help'], await temporaryFolder(t));
  t.is(code, 0);
  t.regex(stdout, /Examples:\n {2}trialforge tune objective\.ts --trials 100\n/);
  t.regex(stdout, /Exit codes:/);
});

test.serial('tune tells every trial on stderr and the best at the end', async (t) => {
  const folder = await folderWith(t, { 'parabola.mjs': parabola });
  const { code, stdout, stderr } = await trialforge(
    ['tune', 'parabola.mjs', '--trials', '12', '--seed', '1'],
    folder,
  );
  t.is(code, 0, stderr);
  const lines = stderr.trimEnd().split('\n');
  t.is(lines.length, 12);
  for (const [i, line] of lines.entries()) {
    t.regex(line, new RegExp(`^trial ${i} complete \\S+ {2}best \\S+ \\(trial \\d+\\)$`));
  }
  t.regex(
    stdout,
    /^study parabola: 12 trials \(12 complete\), 12 of them in \S+ s\nbest value \S+ \(trial \d+\)\n {2}x {2}\S+\n$/,
  );
  t.deepEqual(await readdir(folder), ['parabola.mjs'], 'nothing is written');
});

test.serial('the same seed gives the same best trial, and --json one document', async (t) => {
  const folder = await folderWith(t, {
    'noisy.mjs': `console.log('to stdout');\n${parabola}`,
  });
  const run = async (...args: string[]) => {
    const all = ['tune', 'noisy.mjs', '--trials', '15', '--seed', '3', '--json', ...args];
    const { code, stdout, stderr } = await trialforge(all, folder);
    t.is(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const first = await run();
  t.is(first.studyName, 'noisy');
  t.deepEqual(first.directions, ['minimize']);
  t.is(first.nTrials, 15);
  t.is(first.interrupted, false);
  t.is(first.bestTrials[0].values[0], (first.bestTrials[0].params.x - 1) ** 2);
  t.deepEqual((await run()).bestTrials[0].params, first.bestTrials[0].params);
  const random = await run('--sampler', 'random');
  t.notDeepEqual(random.bestTrials[0].params, first.bestTrials[0].params);
});

test.serial('TypeScript is loaded with what it imports, and errors name its lines', async (t) => {
  const folder = await folderWith(t, {
    'objective.ts': `
      import type { Trial } from 'trialforge/optuna';
      import { square } from './square.js';
      enum Kind { Good = 'good', Bad = 'bad' }
      interface Context { log(text: string): void }
      export const direction = 'maximize' as const;
      export const studyName = 'typed';
      export default async (trial: Trial, { log }: Context): Promise<number> => {
        const kind = trial.suggestCategorical('kind', [Kind.Good, Kind.Bad]);
        log(\`kind \${kind}\`);
        return square(trial.suggestInt('n', 0, 3)) + (kind === Kind.Good ? 1 : 0);
      };`,
    'square.ts': 'export const square = (x: number): number => x * x;',
    'throws.ts':
      '\ninterface Unused {}\nexport default (): number => {\n  throw new Error("why");\n};',
  });
  const { code, stdout, stderr } = await trialforge(
    ['tune', 'objective.ts', '--trials', '30', '--seed', '0', '--json'],
    folder,
  );
  t.is(code, 0, stderr);
  t.regex(stderr, /^kind good$/m);
  const { studyName, directions, bestTrials } = JSON.parse(stdout);
  t.is(studyName, 'typed');
  t.deepEqual(directions, ['maximize']);
  t.deepEqual(bestTrials[0].params, { kind: 'good', n: 3 });
  const broken = await trialforge(['tune', 'throws.ts', '--trials', '1'], folder);
  t.is(broken.code, 1);
  t.regex(broken.stderr, /throws\.ts:4:/);
});

test.serial('several objectives give a Pareto front', async (t) => {
  const folder = await folderWith(t, {
    'two.mjs':
      'export const directions = ["minimize", "maximize"]; export default (trial) => { const x = trial.suggestFloat("x", 0, 1); return [x, x]; };',
  });
  const { stdout } = await trialforge(['tune', 'two.mjs', '--trials', '7'], folder);
  t.regex(
    stdout,
    /^study two: 7 trials \(7 complete\).*\nPareto front of 7\n( {2}trial \d: .*\n){7}$/,
  );
});

test.serial(
  "the script's sampler, pruner and options hold unless the command line differs",
  async (t) => {
    const folder = await folderWith(t, {
      'own.mjs': `
      let calls = 0;
      export const options = { nTrials: 3 };
      export const sampler = (seed) => ({ sampleIndependent: () => seed / 10 });
      export const pruner = { prune: () => true };
      export default async (trial) => {
        const x = trial.suggestFloat('x', 0, 1);
        await trial.report(x, 0);
        return (await trial.shouldPrune()) ? -1 : x;
      };`,
    });
    const run = async (...args: string[]) =>
      JSON.parse((await trialforge(['tune', 'own.mjs', '--json', ...args], folder)).stdout);
    const own = await run('--seed', '4');
    t.is(own.nTrials, 3);
    t.deepEqual(own.bestTrials[0].values, [-1]);
    t.deepEqual(own.bestTrials[0].params, { x: 0.4 });
    const given = await run('--trials', '2', '--pruner', 'nop', '--seed', '5');
    t.is(given.nTrials, 2);
    t.deepEqual(given.bestTrials[0].values, [0.5]);
  },
);

test.serial(
  'a trial that throws ends it with exit code 1, with --catch only the trial',
  async (t) => {
    const folder = await folderWith(t, {
      'second.mjs':
        'export default (trial) => { if (trial.number === 1) throw new RangeError("second"); return 1; };',
    });
    const args = ['tune', 'second.mjs', '--trials', '4'];
    const { code, stdout, stderr } = await trialforge(args, folder);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, /RangeError: second\n +at .*second\.mjs:1/);
    t.regex(
      stderr,
      /\nerror: second\.mjs: trial 1 failed: second; with --catch the others go on\n$/,
    );
    const caught = await trialforge([...args, '--catch'], folder);
    t.is(caught.code, 0);
    t.regex(caught.stdout, /^study second: 4 trials \(3 complete, 1 fail\)/);
    const json = await trialforge([...args, '--json'], folder);
    t.regex(JSON.parse(json.stderr.trimEnd().split('\n').at(-1)!).error.message, /trial 1 failed/);
  },
);

test.serial('of jobs that throw, the first one is told', async (t) => {
  const folder = await folderWith(t, {
    'both.mjs':
      'export default async (trial) => { await null; throw new Error("of " + trial.number); };',
  });
  const args = ['tune', 'both.mjs', '--trials', '4', '--jobs', '2'];
  const { code, stderr } = await trialforge(args, folder);
  t.is(code, 1);
  t.regex(stderr, /error: both\.mjs: trial 0 failed: of 0; with --catch/);
});

test.serial('every sampler and pruner of the command line runs', async (t) => {
  const folder = await folderWith(t, {
    'whole.mjs': `
      export default async (trial) => {
        const n = trial.suggestInt('n', 0, 3);
        for (let step = 0; step < 3; step++) {
          await trial.report(n + step, step);
          await trial.shouldPrune();
        }
        return n;
      };`,
  });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await trialforge(
      ['tune', 'whole.mjs', '--trials', '12', '--seed', '1', '--json', ...args],
      folder,
    );
    t.is(code, 0, stderr);
    return JSON.parse(stdout);
  };
  for (const sampler of ['tpe', 'tpe-v4', 'random']) {
    t.is((await run('--sampler', sampler)).nTrials, 12, sampler);
  }
  t.is((await run('--sampler', 'brute-force')).nTrials, 4, 'every value once');
  for (const pruner of ['median', 'successive-halving', 'hyperband', 'wilcoxon', 'nop']) {
    t.is((await run('--pruner', pruner)).nTrials, 12, pruner);
  }
});

test.serial('it ends although the script leaves timers behind', async (t) => {
  const folder = await folderWith(t, { 'timer.mjs': `setInterval(() => {}, 1000);\n${parabola}` });
  const started = performance.now();
  t.is((await trialforge(['tune', 'timer.mjs', '--trials', '2'], folder)).code, 0);
  const failing = await trialforge(
    ['tune', 'timer.mjs', '--trials', '2', '--direction', 'minimize,minimize'],
    folder,
  );
  t.is(failing.code, 0, 'a wrong number of values fails the trials alone');
  t.true(performance.now() - started < 60_000);
});

const wrong: [title: string, args: string[], RegExp][] = [
  ['a missing file', ['none.ts'], /^error: there is no file none\.ts\n$/],
  ['a folder', ['.'], /^error: \. is no file\n$/],
  ['no script', [], /missing required argument 'script'/],
  [
    'a module without an objective',
    ['empty.mjs'],
    /default export of empty\.mjs must be the objective/,
  ],
  [
    'a misspelt option in the script',
    ['options.mjs'],
    /options\.mjs must be one of .*not 'trials'/,
  ],
  ['callbacks that are none', ['callbacks.mjs'], /options\.callbacks of callbacks\.mjs must be an/],
  ['endless jobs', ['parabola.mjs', '--jobs', '99999999999'], /--jobs.*at most 65536/],
  ['no trials', ['parabola.mjs', '--trials', '0'], /--trials.*whole number from 1 up/],
  ['an unknown direction', ['parabola.mjs', '--direction', 'up'], /--direction must be .*not 'up'/],
  [
    'an unknown sampler',
    ['parabola.mjs', '--sampler', 'luck'],
    /--sampler.*'luck' is invalid.*tpe/,
  ],
  ['an unknown pruner', ['parabola.mjs', '--pruner', 'x'], /--pruner.*'x' is invalid/],
  ['a seed that is too large', ['parabola.mjs', '--seed', '4294967296'], /--seed.*4294967295/],
  ['an unknown storage', ['parabola.mjs', '--storage', 'ftp://x'], /storage must be/],
];
for (const [title, args, message] of wrong) {
  test.serial(`tune refuses ${title} with exit code 2`, async (t) => {
    const folder = await folderWith(t, {
      'parabola.mjs': parabola,
      'empty.mjs': 'export const objective = 1;',
      'callbacks.mjs': `export const options = { callbacks: () => {} };\n${parabola}`,
      'options.mjs': `export const options = { trials: 3 };\n${parabola}`,
    });
    const { code, stdout, stderr } = await trialforge(['tune', ...args], folder);
    t.is(code, 2, stderr);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /, 'no stack');
  });
}

test.serial('a script that cannot be loaded is told with its place, exit code 1', async (t) => {
  const folder = await folderWith(t, {
    'syntax.mjs': 'export default (trial) => {',
    'imports.mjs': 'import "./nowhere.mjs"; export default () => 1;',
  });
  for (const file of ['syntax.mjs', 'imports.mjs']) {
    const { code, stdout, stderr } = await trialforge(['tune', file], folder);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, new RegExp(`error: ${file} could not be loaded: .+\n$`));
  }
});

const slow = `
  export default async (trial) => {
    const x = trial.suggestFloat('x', 0, 1);
    if (trial.number >= 2) await new Promise(() => setInterval(() => {}, 1000));
    return x;
  };`;

test.serial(
  'Ctrl-C fails the running trial, keeps the others and says how to resume',
  async (t) => {
    const folder = await folderWith(t, { 'slow.mjs': slow });
    const args = ['tune', 'slow.mjs', '--storage', storageName, '--study', "o'clock"];
    const { code, stdout, stderr } = await trialforge(args, folder, (text, child) => {
      if (!child.killed && /trial 1 complete/.test(text))
        setTimeout(() => child.kill('SIGINT'), 200);
    });
    t.is(code, 130, stderr);
    t.regex(stdout, /^study o'clock: 3 trials \(2 complete, 1 fail\)/);
    t.regex(
      stderr,
      /\nInterrupted\.\nTo resume: trialforge tune slow\.mjs --storage sqlite:\/\/\/studies\.db --study 'o'\\''clock'\n$/,
    );
    const storage = await storageIn(folder);
    const study = await loadStudy({ storage, studyName: "o'clock" });
    t.deepEqual(
      (await study.trials()).map(({ state }) => state),
      ['complete', 'complete', 'fail'],
    );
    await storage.close();
  },
);

test.serial('a second run resumes the study, and --no-resume refuses to', async (t) => {
  const folder = await folderWith(t, { 'parabola.mjs': parabola });
  const args = ['tune', 'parabola.mjs', '--storage', storageName, '--trials', '3'];
  const first = await trialforge(args, folder);
  t.is(first.code, 0, first.stderr);
  t.notRegex(first.stderr, /resuming/);
  const second = await trialforge(args, folder);
  t.is(second.code, 0);
  t.regex(second.stderr, /^resuming study parabola: 3 trials \(3 complete\)\ntrial 3 complete/);
  t.regex(second.stdout, /^study parabola: 6 trials \(6 complete\), 3 of them/);
  const refused = await trialforge([...args, '--no-resume'], folder);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /study 'parabola' exists already; without --no-resume it goes on/);
  const other = await trialforge([...args, '--direction', 'maximize'], folder);
  t.is(other.code, 2);
  t.regex(other.stderr, /study 'parabola' has the directions minimize, not maximize/);
});

test.serial('two processes work on one study', async (t) => {
  const folder = await folderWith(t, { 'parabola.mjs': parabola });
  const args = ['tune', 'parabola.mjs', '--storage', storageName, '--trials'];
  t.is((await trialforge([...args, '1'], folder)).code, 0);
  const both = await Promise.all([1, 2].map(() => trialforge([...args, '20'], folder)));
  for (const { code, stderr } of both) t.is(code, 0, stderr);
  const storage = await storageIn(folder);
  const trials = await (await loadStudy({ storage })).trials();
  t.deepEqual(
    trials.map(({ number, state }) => [number, state]),
    Array.from({ length: 41 }, (_, i) => [i, 'complete']),
  );
  await storage.close();
});

test.serial('an objective that nothing can wake fails its trial and the command', async (t) => {
  const folder = await folderWith(t, {
    'never.mjs': 'export default () => new Promise(() => {});',
  });
  const args = ['tune', 'never.mjs', '--trials', '3', '--storage', storageName];
  const { code, stderr } = await trialforge(args, folder);
  t.is(code, 1);
  t.is(
    stderr,
    'error: never.mjs: trial 0 waits for what can never happen: no timer, request or thread is left\n',
  );
  const study = await loadStudy({ storage: await storageIn(folder) });
  t.deepEqual(
    (await study.trials()).map(({ state }) => state),
    ['fail'],
  );
  await study.close();
});

test.serial('an objective that ends the process has not done its work', async (t) => {
  const folder = await folderWith(t, {
    'exits.mjs': 'export default ({ number }) => number < 1 ? 1 : process.exit(0);',
  });
  const { code, stderr } = await trialforge(['tune', 'exits.mjs', '--trials', '3'], folder);
  t.is(code, 1);
  t.regex(stderr, /error: exits\.mjs: trial 1 did not end: the script called process\.exit\(\)/);
});

test.serial(
  '--catch goes on whatever is thrown; without it, what was thrown is told',
  async (t) => {
    const folder = await folderWith(t, {
      'throws.mjs': `export default ({ number }) => {
      throw ['a text', null, { why: 1 }, Object.create(null), new RangeError('r')][number];
    };`,
    });
    const args = ['tune', 'throws.mjs', '--trials'];
    const caught = await trialforge([...args, '5', '--catch'], folder);
    t.is(caught.code, 0, caught.stderr);
    t.regex(caught.stdout, /5 trials \(5 fail\)/);
    const { code, stderr } = await trialforge([...args, '1'], folder);
    t.is(code, 1);
    t.is(stderr, 'error: throws.mjs: trial 0 failed: a text; with --catch the others go on\n');
  },
);

test.serial('an error shows no control characters', async (t) => {
  const folder = await folderWith(t, { 'parabola.mjs': parabola });
  const named = (name: string) => ['--storage', storageName, '--study', name];
  await trialforge(['tune', 'parabola.mjs', '--trials', '1', ...named('a\u001b[31m\n')], folder);
  const show = ['studies', 'show', 'b', '--storage', storageName];
  const { code, stderr } = await trialforge(show, folder);
  t.is(code, 1);
  t.is(stderr, "error: there is no study named 'b'; the storage has 'a\\u001b[31m\\u000a'\n");
});
