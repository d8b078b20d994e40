import test from 'ava';
import {
  adam,
  createStudy,
  deleteStudy,
  dense,
  fmin,
  GridSampler,
  hp,
  loadMnist,
  loadStudy,
  MaxTrialsCallback,
  Network,
  RandomSampler,
  spaceEval,
  TPESampler,
  TrialforgeError,
  trialsFromDocs,
} from '../src/index.js';
import { columns, tinyNetwork, tinyOptions } from './helpers/tiny-network.js';

const attempts: [string, RegExp, () => unknown][] = [
  [
    'optimize',
    /not 'n_trials'/,
    async () => (await createStudy()).optimize(() => 0, { n_trials: 1 } as never),
  ],
  ['createStudy', /not 'smapler'/, () => createStudy({ smapler: 1 } as never)],
  ['createStudy', /must be an object, not 'maximize'/, () => createStudy('maximize' as never)],
  ['createStudy', /must be an object, not null/, () => createStudy(null as never)],
  ['loadStudy', /must be an object, not undefined/, () => loadStudy(undefined as never)],
  [
    'a float',
    /not 'lgo'/,
    async () => (await (await createStudy()).ask()).suggestFloat('x', 0, 1, { lgo: true } as never),
  ],
  [
    'a float',
    /must be an object, not null/,
    async () => (await (await createStudy()).ask()).suggestFloat('x', 0, 1, null as never),
  ],
  [
    'trials',
    /not 'state'/,
    async () => (await createStudy()).trials({ state: ['complete'] } as never),
  ],
  [
    'tell',
    /not 'skip_if_finished'/,
    async () => {
      const study = await createStudy();
      await study.tell(await study.ask(), 1, { skip_if_finished: true } as never);
    },
  ],
  [
    'enqueueTrial',
    /not 'user_attrs'/,
    async () => (await createStudy()).enqueueTrial({ x: 1 }, { user_attrs: {} } as never),
  ],
  ['deleteStudy', /not 'name'/, () => deleteStudy({ name: 's', storage: 's.log' } as never)],
  ['MaxTrialsCallback', /not 'state'/, async () => MaxTrialsCallback(5, { state: null } as never)],
  ['RandomSampler', /not 'sed'/, async () => new RandomSampler({ sed: 1 } as never)],
  ['GridSampler', /not 'sed'/, async () => new GridSampler({ x: [1] }, { sed: 1 } as never)],
  ['TPESampler', /not 'gama'/, async () => new TPESampler({ gama: 5 } as never)],
  ['Network', /not 'foo'/, async () => new Network({ ...tinyOptions, foo: 1 } as never)],
  ['fit', /not 'epoch'/, () => tinyNetwork().fit(columns(4), { epoch: 3 } as never)],
  ['predict', /not 'epochs'/, () => tinyNetwork().predict(columns(4), { epochs: 3 } as never)],
  ['adam', /not 'lr'/, async () => adam({ lr: 1 } as never)],
  ['dense', /not 'unit'/, async () => dense({ unit: 1 } as never)],
  [
    'fmin',
    /not 'max_evals'/,
    () => fmin({ fn: () => 0, space: { x: hp.uniform('x', 0, 1) }, max_evals: 1 } as never),
  ],
  [
    'space',
    /must be an object, an array or an hp node, not 5/,
    () => fmin({ fn: () => 0, space: 5 }),
  ],
  [
    'assignment',
    /must be an object of values by label, not null/,
    async () => spaceEval({}, null as never),
  ],
  ['documents', /must be an array, not 5/, async () => trialsFromDocs(5 as never)],
  [
    'fixedDistributions',
    /must be an object, not null/,
    async () => (await createStudy()).ask(null as never),
  ],
  ['split', /must be an object, not undefined/, async () => columns(4).split(undefined as never)],
  ['loadMnist', /must be an object, not null/, () => loadMnist(null as never)],
];

for (const [of, message, attempt] of attempts) {
  test(`${of} refuses what it does not know: ${message.source}`, async (t) => {
    const error = await t.throwsAsync(async () => attempt(), {
      instanceOf: TrialforgeError,
      message,
    });
    t.true(error?.message.includes(of));
  });
}
