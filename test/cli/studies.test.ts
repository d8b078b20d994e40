import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { storageFile } from '../../src/cli/storage-option.js';
import { createStudy, RandomSampler, TrialPruned } from '../../src/optuna/index.js';
import { withoutPassword } from '../../src/optuna/storages/open-storage.js';
import { trialforge } from '../helpers/cli.js';
import { storageFileName, storageIn, storageName } from '../helpers/study-storage.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const at = ['--storage', storageName];

/** A folder whose storage has a study of each kind. */
async function filled(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const storage = await storageIn(folder);
  const one = await createStudy({
    storage,
    studyName: 'ünï, "quoted"',
    sampler: new RandomSampler({ seed: 0 }),
  });
  await one.setUserAttr('note', 'line\nbreak');
  await one.enqueueTrial({ x: 0.5 });
  await one.optimize(
    async (trial) => {
      const x = trial.suggestFloat('x', 0, 1);
      trial.suggestCategorical('__proto__', [null, 'a,b', true]);
      await trial.report(Number.NaN, 0);
      await trial.setUserAttr('list', [1, 'two']);
      if (trial.number === 1) throw new TrialPruned();
      if (trial.number === 2) return Number.POSITIVE_INFINITY;
      return x;
    },
    { nTrials: 4 },
  );
  await one.enqueueTrial({ x: 1 });
  const two = await createStudy({
    ...{ storage, studyName: 'two', directions: ['minimize', 'maximize'] },
    sampler: new RandomSampler({ seed: 0 }),
  });
  await two.setMetricNames(['cost', 'gain']);
  await two.optimize((trial) => [trial.suggestInt('n', 1, 64, { log: true }), 1], { nTrials: 3 });
  await createStudy({ storage, studyName: 'empty' });
  await storage.close();
  return folder;
}

async function run(t: ExecutionContext, folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await trialforge(['studies', ...args], folder);
  t.is(code, 0, stderr);
  t.is(stderr, '');
  return stdout;
}

for (const name of ['list', 'show', 'best', 'export', 'import', 'delete']) {
  test.serial(`studies ${name} --help has an example and the exit codes`, async (t) => {
    const stdout = await run(t, await temporaryFolder(t), name, '--help');
    t.regex(stdout, new RegExp(`Examples?.*:\n {2}trialforge studies ${name} `));
    t.regex(stdout, /Exit codes:/);
    t.regex(stdout, /--json/);
  });
}

test.serial(
  'list has a line for each study, with trials by state and the best value',
  async (t) => {
    const folder = await filled(t);
    const [head, rule, ...rows] = (await run(t, folder, 'list', ...at)).trimEnd().split('\n');
    t.regex(
      head!,
      /^study +directions +trials +complete +pruned +fail +running +waiting +best +last change$/,
    );
    t.regex(rule!, /^-+$/);
    t.is(rows.length, 3);
    t.regex(
      rows[0]!,
      /^ünï, "quoted" +minimize +5 +3 +1 +1 +0\.5 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
    );
    t.regex(rows[1]!, /^two +minimize, maximize +3 +3 +front of \d /);
    t.regex(rows[2]!, /^empty +minimize +0$/);
    const json = JSON.parse(await run(t, folder, 'list', ...at, '--json'));
    t.deepEqual(json[0].states, { complete: 3, pruned: 1, waiting: 1 });
    t.is(json[0].bestValue, 0.5);
    t.is(json[1].bestValue, null);
    t.is(json[2].lastChange, null);
  },
);

test.serial('show has the best trial, the ranges and the trials', async (t) => {
  const folder = await filled(t);
  const text = await run(t, folder, 'show', 'ünï, "quoted"', ...at);
  t.regex(
    text,
    /^study ünï, "quoted": minimize, 5 trials \(3 complete, 1 pruned, 1 waiting\)\nnote: "line\\nbreak"\n/,
  );
  t.regex(text, /\nbest value 0\.5 \(trial 0\)\n {2}x +0\.5\n/);
  t.regex(text, /\nx +float +0 \.\. 1\n__proto__ +categorical +null, "a,b", true\n/);
  t.regex(text, /\n2 +complete +Infinity +\d{4}-/);
  t.regex(text, /\n4 +waiting\n$/);
  const last = await run(t, folder, 'show', 'two', ...at, '--last', '1');
  t.regex(last, /\n2 +complete .*\n\nthe last 1 of 3 trials; --all shows all\n$/);
  t.regex(last, /\nn +int +1 \.\. 64, log\n/);
  t.notRegex(await run(t, folder, 'show', 'two', ...at, '--last', '1', '--all'), /the last/);
  t.is(
    await run(t, folder, 'show', 'empty', ...at),
    'study empty: minimize, 0 trials\n\nno best trial yet\n',
  );
});

test.serial(
  'show --json has parameters as an object, and numbers JSON lacks as texts',
  async (t) => {
    const folder = await filled(t);
    const args = ['show', 'ünï, "quoted"', ...at, '--json', '--states', 'complete,pruned'];
    const study = JSON.parse(await run(t, folder, ...args));
    t.is(study.nTrials, 5);
    t.deepEqual(study.bestTrials, [0]);
    t.deepEqual(
      study.trials.map(({ number }: { number: number }) => number),
      [0, 1, 2, 3],
    );
    const [first, , third] = study.trials;
    t.is(first.params.x, 0.5);
    t.true(Object.hasOwn(first.params, '__proto__'));
    t.deepEqual(first.intermediateValues, { 0: 'NaN' });
    t.deepEqual(first.userAttrs, { list: [1, 'two'] });
    t.deepEqual(third.values, ['Infinity']);
    t.true(third.durationSeconds >= 0);
  },
);

test.serial('best prints the best trial, or the front', async (t) => {
  const folder = await filled(t);
  t.regex(
    await run(t, folder, 'best', 'ünï, "quoted"', ...at),
    /^best value 0\.5 \(trial 0\)\n {2}x/,
  );
  const [best, ...others] = JSON.parse(
    await run(t, folder, 'best', 'ünï, "quoted"', ...at, '--json'),
  );
  t.deepEqual(others, []);
  t.is(best.params.x, 0.5);
  t.regex(
    await run(t, folder, 'best', 'two', ...at),
    /^Pareto front of \d\n {2}trial \d: \d+, 1 {2}\(n \d+\)\n/,
  );
  const none = await trialforge(['studies', 'best', 'empty', ...at], folder);
  t.is(none.code, 1);
  t.is(none.stderr, "error: study 'empty' has no complete trial that keeps its constraints\n");
});

test.serial(
  'what export writes, import reads, in another storage or under another name',
  async (t) => {
    const folder = await filled(t);
    const name = 'ünï, "quoted"';
    const text = await run(t, folder, 'export', name, ...at);
    t.is(await run(t, folder, 'export', name, ...at, '--out', 'a.json'), '');
    t.is(await readFile(join(folder, 'a.json'), 'utf8'), text);
    const before = await readFile(join(folder, storageFileName));

    const taken = await trialforge(['studies', 'import', 'a.json', ...at], folder);
    t.is(taken.code, 2);
    t.regex(taken.stderr, /^error: a study named .* exists already; --study names it otherwise\n$/);
    t.deepEqual(await readFile(join(folder, storageFileName)), before);

    const said = await run(
      t,
      folder,
      'import',
      'a.json',
      '--storage',
      'copy.log',
      '--study',
      'copy',
    );
    t.is(said, 'imported copy: 5 trials (3 complete, 1 pruned, 1 waiting)\n');
    const copy = await run(t, folder, 'export', 'copy', '--storage', 'copy.log');
    t.is(copy.replace('"copy"', '"\\u00fcn\\u00ef, \\"quoted\\""'), text);
    t.deepEqual((await readdir(folder)).sort(), ['a.json', 'copy.log', storageFileName].sort());
  },
);

test.serial('export --format csv has a line a trial, quoted where it must be', async (t) => {
  const folder = await filled(t);
  const text = await run(t, folder, 'export', 'ünï, "quoted"', ...at, '--format', 'csv');
  const [head, first] = text.split('\r\n');
  t.is(
    head,
    'number,value,datetime_start,datetime_complete,duration,params___proto__,params_x,user_attrs_list,system_attrs_fixed_params,state',
  );
  t.regex(
    first!,
    /^0,0\.5,\d{4}-.*Z,\d{4}-.*Z,[\d.]+,.*,0\.5,"\[1,""two""\]","\{""x"":0\.5\}",COMPLETE$/,
  );
  t.regex(text, /\r\n2,Infinity,/);
  t.is(text.split('\r\n').length, 7);
  const two = await run(t, folder, 'export', 'two', ...at, '--format', 'csv');
  t.regex(two, /^number,values_cost,values_gain,datetime_start/);
  const empty = await run(t, folder, 'export', 'empty', ...at, '--format', 'csv');
  t.is(empty, 'number,value,datetime_start,datetime_complete,duration,state\r\n');
});

test.serial('import refuses what is no exported study and leaves nothing', async (t) => {
  const folder = await filled(t);
  await writeFile(join(folder, 'junk.json'), '{"format": "junk"}');
  const { code, stderr } = await trialforge(['studies', 'import', 'junk.json', ...at], folder);
  t.is(code, 1);
  t.regex(stderr, /^error: junk\.json is no exported study: /);
  t.is(JSON.parse(await run(t, folder, 'list', ...at, '--json')).length, 3);
});

test.serial('delete removes a study with --yes alone where it cannot ask', async (t) => {
  const folder = await filled(t);
  const refused = await trialforge(['studies', 'delete', 'two', ...at], folder);
  t.is(refused.code, 2);
  t.is(refused.stderr, 'error: studies delete needs --yes where it cannot ask\n');
  t.is(
    await run(t, folder, 'delete', 'two', ...at, '--yes'),
    'deleted two: 3 trials (3 complete)\n',
  );
  const names = JSON.parse(await run(t, folder, 'list', ...at, '--json'));
  t.deepEqual(
    names.map(({ name }: { name: string }) => name),
    ['ünï, "quoted"', 'empty'],
  );
});

test.serial('a study that is not there is told with those that are, exit code 1', async (t) => {
  const folder = await filled(t);
  for (const command of ['show', 'best', 'export', 'delete']) {
    const args = ['studies', command, 'tow', ...at, ...(command === 'delete' ? ['--yes'] : [])];
    const { code, stdout, stderr } = await trialforge(args, folder);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, /^error: there is no study named 'tow'; the storage has .*'two', 'empty'\n$/);
  }
});

const wrong: [args: string[], RegExp][] = [
  [['list'], /required option '--storage <url>' not specified/],
  [['list', '--storage', 'none.log'], /--storage none\.log: there is no file none\.log/],
  [['list', '--storage', 'sqlite:///none.db'], /there is no file none\.db/],
  [['list', '--storage', 'sqlite:///'], /--storage sqlite:\/\/\/ names no file/],
  [['list', '--storage', ''], /'--storage <url>' argument '' is invalid. It must name a storage/],
  [['show', ...at], /missing required argument 'name'/],
  [['show', 'a', ...at, '--states', 'done'], /'done' is not one of running, complete/],
  [['show', 'a', ...at, '--last', '0'], /whole number from 1 up/],
  [['export', 'a', ...at, '--format', 'xml'], /'xml' is invalid.*json, csv/],
  [['export', 'a', ...at, '--out', 'nowhere/a.json'], /--out nowhere\/a\.json: the folder/],
  [['import', 'none.json', ...at], /none\.json could not be read: ENOENT/],
  [['frobnicate'], /unknown command 'frobnicate'/],
];
for (const [args, message] of wrong) {
  test.serial(`refuses studies ${args.join(' ')} with exit code 2`, async (t) => {
    const folder = await temporaryFolder(t);
    const { code, stdout, stderr } = await trialforge(['studies', ...args], folder);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.deepEqual(await readdir(folder), [], 'nothing is made');
  });
}

test('the file of a storage is known by its name, and passwords are not shown', (t) => {
  t.is(storageFile('sqlite:///a.db'), 'a.db');
  t.is(storageFile('sqlite:////tmp/a.db?timeout=1'), '/tmp/a.db');
  t.is(storageFile('journal:///a b.log'), 'a b.log');
  t.is(storageFile('./a.log'), './a.log');
  t.is(storageFile('postgresql://me:pw@host/db'), undefined);
  t.is(storageFile('sqlite://'), undefined);
  t.is(
    withoutPassword('postgresql+psycopg2://me:p:w@host/db'),
    'postgresql+psycopg2://me:***@host/db',
  );
  t.is(withoutPassword('mysql://me:p/w@host/db'), 'mysql://me:***@host/db');
  t.is(withoutPassword('sqlite:///a:b@c.db'), 'sqlite:///a:b@c.db');
});
