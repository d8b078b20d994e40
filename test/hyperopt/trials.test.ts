import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import {
  AllTrialsFailed,
  Domain,
  hp,
  InvalidTrial,
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  type JobState,
  rand,
  type TrialDocument,
  type TrialResult,
  Trials,
  trialsFromDocs,
} from '../../src/hyperopt/index.js';

const domain = new Domain(() => 0, {
  c: hp.choice('c', [{ x: hp.uniform('x', 0, 1) }, { y: hp.uniform('y', 0, 1) }]),
});

function documents(trials: Trials, n: number): TrialDocument[] {
  return rand.suggest(trials.newTrialIds(n), domain, trials, 1);
}

function finished(results: (number | TrialResult)[]): Trials {
  const trials = new Trials();
  const docs = documents(trials, results.length);
  docs.forEach((doc, i) => {
    const result = results[i]!;
    doc.state = JOB_STATE_DONE;
    doc.result = typeof result === 'number' ? { status: 'ok', loss: result } : result;
  });
  trials.insertTrialDocs(docs);
  trials.refresh();
  return trials;
}

test('a proposed document has every field of Hyperopt', (t) => {
  const trials = new Trials();
  trials.newTrialIds(3);
  const [doc] = documents(trials, 1);
  const { idxs, vals } = doc!.misc;
  t.deepEqual(doc, {
    state: JOB_STATE_NEW,
    tid: 3,
    spec: null,
    result: { status: 'new' },
    misc: { tid: 3, cmd: ['domain_attachment', 'FMinIter_Domain'], workdir: null, idxs, vals },
    expKey: null,
    owner: null,
    version: 0,
    bookTime: null,
    refreshTime: null,
  });
  t.deepEqual(Object.keys(vals), ['c', 'x', 'y']);
  const active = vals['c']![0] === 0 ? 'x' : 'y';
  t.deepEqual(idxs, { c: [3], x: [], y: [], [active]: [3] });
});

test('documents are seen after refresh only, and are not copied', (t) => {
  const trials = new Trials();
  const docs = documents(trials, 2);
  t.deepEqual(trials.insertTrialDocs(docs), [0, 1]);
  t.is(trials.length, 0);
  t.is(trials.countByStateSynced(JOB_STATE_NEW), 0);
  t.is(trials.countByStateUnsynced(JOB_STATE_NEW), 2);
  trials.refresh();
  t.is(trials.length, 2);
  t.is(trials.trials[0], docs[0]);
  t.deepEqual([...trials], docs);
});

test('failed and cancelled trials are hidden by refresh', (t) => {
  const trials = new Trials();
  const states: JobState[] = [
    JOB_STATE_NEW,
    JOB_STATE_RUNNING,
    JOB_STATE_DONE,
    JOB_STATE_ERROR,
    JOB_STATE_CANCEL,
  ];
  const docs = documents(trials, 5);
  trials.insertTrialDocs(docs);
  trials.refresh();
  docs.forEach((doc, i) => {
    doc.state = states[i]!;
  });
  t.is(trials.length, 5);
  trials.refresh();
  t.deepEqual(trials.tids, [0, 1, 2]);
  t.is(trials.countByStateSynced(states), 3);
  t.is(trials.countByStateUnsynced(states), 5);
  t.is(trials.countByStateUnsynced([JOB_STATE_ERROR, JOB_STATE_CANCEL]), 2);
  t.throws(() => trials.countByStateSynced(7 as JobState), { instanceOf: InvalidArgumentError });
});

test('ids are never given out twice', (t) => {
  const trials = new Trials();
  t.deepEqual(trials.newTrialIds(3), [0, 1, 2]);
  t.deepEqual(trials.newTrialIds(0), []);
  const [doc] = documents(trials, 1);
  t.is(doc!.tid, 3);
  trials.insertTrialDoc({ ...doc!, tid: 5, misc: { ...doc!.misc, tid: 5 } });
  t.deepEqual(trials.newTrialIds(3), [6, 7, 8]);
  trials.deleteAll();
  t.deepEqual(trials.newTrialIds(1), [9]);
  for (const n of [-1, 1.5, Number.NaN, '2']) {
    t.throws(() => trials.newTrialIds(n as number), {
      instanceOf: InvalidArgumentError,
      message: /n must be/,
    });
  }
});

test('columns', (t) => {
  const trials = finished([3, 1, { status: 'fail' }]);
  t.deepEqual(trials.tids, [0, 1, 2]);
  t.deepEqual(trials.specs, [null, null, null]);
  t.deepEqual(trials.losses(), [3, 1, undefined]);
  t.deepEqual(trials.statuses(), ['ok', 'ok', 'fail']);
  t.deepEqual(trials.results[1], { status: 'ok', loss: 1 });
  t.deepEqual(
    trials.miscs.map(({ tid }) => tid),
    [0, 1, 2],
  );
  t.deepEqual(trials.idxs['c'], [0, 1, 2]);
  t.is(trials.vals['c']!.length, 3);
  t.deepEqual(trials.idxs['x']!.concat(trials.idxs['y']!).sort(), [0, 1, 2]);
  t.deepEqual(new Trials().vals, {});
});

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const bestOf: [results: (number | TrialResult)[], tid: number | undefined][] = [
  [[3, 1, 2], 1],
  [[1, 1], 0],
  [[nan, 2, nan], 1],
  [[2, { status: 'fail', loss: 0 }], 0],
  [[infinity, 5], 1],
  [[infinity], 0],
  [[-infinity, 5], 0],
  [[], undefined],
  [[nan], undefined],
  [[{ status: 'fail' }, { status: 'suspended' }], undefined],
];
for (const [results, tid] of bestOf) {
  test(`best of ${JSON.stringify(results.map((r) => (typeof r === 'number' ? String(r) : r)))}: ${tid}`, (t) => {
    const trials = finished(results);
    if (tid === undefined) {
      t.throws(() => trials.bestTrial, {
        instanceOf: AllTrialsFailed,
        code: 'ERR_ALL_TRIALS_FAILED',
      });
      t.throws(() => trials.argmin, { instanceOf: AllTrialsFailed });
    } else {
      t.is(trials.bestTrial.tid, tid);
      const { vals } = trials.bestTrial.misc;
      const active = Object.entries(vals)
        .filter(([, v]) => v.length > 0)
        .map(([k, v]) => [k, v[0]]);
      t.deepEqual(trials.argmin, Object.fromEntries(active));
      t.is(Object.keys(trials.argmin).length, 2);
    }
  });
}

test('experiments share a store and see their own', (t) => {
  const all = new Trials();
  const mine = all.view('mine');
  const yours = all.view('yours');
  mine.insertTrialDocs(documents(mine, 2));
  yours.insertTrialDocs(documents(yours, 1));
  for (const trials of [all, mine, yours]) trials.refresh();
  t.deepEqual([all.tids, mine.tids, yours.tids], [[0, 1, 2], [0, 1], [2]]);
  t.is(mine.countByStateUnsynced(JOB_STATE_NEW), 2);
  t.is(mine.trials[0]!.expKey, 'mine');
  yours.trialAttachments(yours.trials[0]!).set('note', 1);
  t.is(all.attachments.get('ATTACH::2::note'), 1);
  mine.deleteAll();
  all.refresh();
  t.is(all.length, 0);
});

test('attachments belong to a trial', (t) => {
  const trials = finished([1, 2]);
  const [first, second] = trials.trials.map((trial) => trials.trialAttachments(trial));
  first!.set('weights', [1, 2]);
  t.true(first!.has('weights'));
  t.false(second!.has('weights'));
  t.deepEqual(first!.get('weights'), [1, 2]);
  t.true(first!.delete('weights'));
  t.false(first!.has('weights'));
});

const damage: [what: string, (doc: TrialDocument) => unknown, message: RegExp][] = [
  ['null', () => null, /a trial must be an object, not null/],
  ['no misc', ({ misc, ...rest }) => rest, /must have the key 'misc'/],
  ['no result', ({ result, ...rest }) => rest, /must have the key 'result'/],
  [
    'misc null',
    (doc) => ({ ...doc, misc: null }),
    /the misc of trial 0 must be an object, not null/,
  ],
  [
    'no vals',
    ({ misc: { vals, ...misc }, ...doc }) => ({ ...doc, misc }),
    /must have the key 'vals'/,
  ],
  ['tids that differ', (doc) => ({ ...doc, tid: 9 }), /the misc.tid of trial 9 must be 9, not 0/],
  ['a negative tid', (doc) => ({ ...doc, tid: -1 }), /tid must be a non-negative integer, not -1/],
  [
    'an unknown state',
    (doc) => ({ ...doc, state: 5 }),
    /the state of trial 0 must be in 0..4, not 5/,
  ],
  [
    'another experiment',
    (doc) => ({ ...doc, expKey: 'e' }),
    /the expKey of trial 0 must be null, not e/,
  ],
  [
    'two values',
    (doc) => ({ ...doc, misc: { ...doc.misc, vals: { c: [0, 1] } } }),
    /misc.vals\['c'\] of trial 0/,
  ],
  [
    'a bare value',
    (doc) => ({ ...doc, misc: { ...doc.misc, vals: { c: 0 } } }),
    /misc.vals\['c'\] of trial 0/,
  ],
];
for (const [what, change, message] of damage) {
  test(`a document is refused, and with it all: ${what}`, (t) => {
    const trials = new Trials();
    const [bad, good] = documents(trials, 2);
    t.throws(() => trials.insertTrialDocs([good!, change(bad!) as TrialDocument]), {
      instanceOf: InvalidTrial,
      code: 'ERR_INVALID_TRIAL',
      message,
    });
    trials.refresh();
    t.is(trials.length, 0);
    t.notThrows(() => trials.insertTrialDocs([bad!, good!]));
  });
}

test('a tid is inserted once', (t) => {
  const trials = new Trials();
  const [doc] = documents(trials, 1);
  t.throws(() => trials.insertTrialDocs([doc!, doc!]), {
    instanceOf: InvalidTrial,
    message: /tid must be unique/,
  });
  trials.insertTrialDoc(doc!);
  t.throws(() => trials.insertTrialDoc(doc!), {
    instanceOf: InvalidTrial,
    message: /a trial 0 is there already/,
  });
});

test('a history survives JSON', (t) => {
  const trials = finished([2, 1]);
  const copy = trialsFromDocs(JSON.parse(JSON.stringify(trials.trials)));
  t.deepEqual(copy.argmin, trials.argmin);
  t.deepEqual(copy.newTrialIds(1), [2]);
});
