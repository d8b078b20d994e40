import test from 'ava';
import {
  type Distribution,
  type FrozenTrial,
  floatDistribution,
  GroupDecomposedSearchSpace,
  IntersectionSearchSpace,
  intDistribution,
  type TrialState,
} from '../../src/optuna/index.js';
import { byName } from '../../src/optuna/search-space/names.js';
import { UnseenTrials } from '../../src/optuna/search-space/unseen-trials.js';

const x = floatDistribution(0, 1);
const wide = floatDistribution(0, 2);
const n = intDistribution(1, 5);

function list(
  ...rows: [state: TrialState, distributions: Record<string, Distribution>][]
): FrozenTrial[] {
  return rows.map(([state, distributions], number) => ({
    id: number,
    number,
    state,
    values: null,
    params: {},
    distributions,
    intermediateValues: new Map(),
    userAttrs: {},
    systemAttrs: {},
    datetimeStart: null,
    datetimeComplete: null,
  }));
}

const cases: [string, FrozenTrial[], string[]][] = [
  ['no trials', [], []],
  ['running and failed ones alone', list(['running', { x }], ['fail', { x }]), []],
  ['names in order', list(['complete', { z: x, A: x, a: x }]), ['A', 'a', 'z']],
  ['pruned ones count', list(['complete', { x, n }], ['pruned', { x }]), ['x']],
  ['failed ones do not', list(['complete', { x, n }], ['fail', { x }]), ['n', 'x']],
  [
    'another range is another parameter',
    list(['complete', { x, n }], ['complete', { x: wide, n }]),
    ['n'],
  ],
  ['nothing in common', list(['complete', { x }], ['complete', { n }]), []],
  ['one without parameters', list(['complete', { x }], ['complete', {}], ['complete', { x }]), []],
];

for (const [name, trials, expected] of cases) {
  test(`intersection: ${name}`, (t) => {
    t.deepEqual([...new IntersectionSearchSpace().calculate(trials).keys()], expected);
  });
}

test('intersection: what is remembered equals what is computed anew', (t) => {
  const kinds: Record<string, Distribution>[] = [
    { x, n },
    { x, n, y: wide },
    { x },
    { x: wide, n },
  ];
  const remembering = new IntersectionSearchSpace();
  const trials: FrozenTrial[] = [];
  const states: TrialState[] = ['running', 'complete', 'fail', 'pruned', 'waiting', 'complete'];
  for (let i = 0; i < 40; i += 1) {
    trials.push({
      ...list(['running', kinds[(i * i) % (i < 20 ? 2 : kinds.length)]!])[0]!,
      id: i,
      number: i,
    });
    const old = (i * 7) % trials.length;
    if (trials[old]!.state === 'running') {
      trials[old] = { ...trials[old]!, state: states[i % states.length]! };
    }
    const expected = new IntersectionSearchSpace().calculate(trials);
    t.deepEqual([...remembering.calculate(trials)], [...expected], `after ${i}`);
  }
});

test('a trial is looked at once, at most so many at a time, even behind one that never ends', (t) => {
  const trials = list(['running', { x }], ...new Array(9).fill(['complete', { x }]));
  const unseen = new UnseenTrials();
  const looked: number[] = [];
  const look = (most?: number) => unseen.look(trials, ({ number }) => looked.push(number), most);
  t.false(look(4));
  t.deepEqual(looked, [1, 2, 3]);
  t.true(look());
  t.true(look());
  t.deepEqual(looked, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  trials[0] = { ...trials[0]!, state: 'pruned' };
  trials.push({ ...trials[1]!, number: 10, state: 'fail' });
  t.true(look(1));
  t.deepEqual(looked.slice(9), [0]);
  trials.splice(4, 1);
  t.true(look());
  t.is(looked.length, 10 + 9);
});

test('groups: names that come and go together stay together', (t) => {
  const names = (trials: FrozenTrial[]) =>
    new GroupDecomposedSearchSpace().calculate(trials).map((group) => [...group.keys()].sort());
  t.deepEqual(names([]), []);
  t.deepEqual(names(list(['complete', { kind: n, a: x, b: x }])), [['a', 'b', 'kind']]);
  t.deepEqual(
    names(
      list(
        ['complete', { kind: n, a: x, b: x }],
        ['pruned', { kind: n, c: x }],
        ['fail', { a: x }],
      ),
    ),
    [['kind'], ['a', 'b'], ['c']],
  );
  t.deepEqual(names(list(['complete', { a: x }], ['complete', { b: x }], ['complete', {}])), [
    ['a'],
    ['b'],
  ]);
});

test('names are ordered by code points', (t) => {
  const names = ['\u{1f600}', '\uffff', 'é', 'z', 'Z', '10', '9', ''];
  t.deepEqual(names.sort(byName), ['', '10', '9', 'Z', 'z', 'é', '\uffff', '\u{1f600}']);
});
