import test from 'ava';
import { DeviceUnavailableError, InvalidArgumentError } from '../../src/errors.js';
import { tpe } from '../../src/hyperopt/index.js';
import { callNative } from '../../src/native/addon.js';
import { capabilities } from '../../src/native/device.js';
import { createStudy, TPESampler } from '../../src/optuna/index.js';
import { crossing } from '../../src/parzen/crossover.js';
import { cudaIndexFor, parzenPlace } from '../../src/parzen/device.js';
import { mixtureLogPdf } from '../../src/parzen/mixture.js';

const nDevices = capabilities().cudaDevices.length;
const withoutDevice = nDevices === 0 ? test : test.skip;
const withDevice = nDevices > 0 ? test : test.skip;

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);
const normal = { kernel: 'normal', mu: f64(0, 1), sigma: f64(1, 2), x: f64(0.5, -3) } as const;

test('mixtures are evaluated on the CPU unless something else is asked for', (t) => {
  t.deepEqual(parzenPlace({}), { device: 'cpu', crossover: undefined });
  t.is(cudaIndexFor(parzenPlace({}), Number.MAX_VALUE), undefined);
});

const bad: [options: object, message: RegExp][] = [
  [{ device: 'gpu' }, /device must be 'auto', 'cpu', 'cuda' or 'cuda:<index>', not 'gpu'/],
  [{ device: 0 }, /device must be/],
  [{ device: 'cuda:x' }, /device must be/],
  [{ device: 'auto', deviceCrossover: -1 }, /deviceCrossover must be a number from 0, not -1/],
  [{ deviceCrossover: Number.NaN }, /deviceCrossover must be/],
  [{ deviceCrossover: '1' }, /deviceCrossover must be/],
];
for (const [options, message] of bad) {
  test(`both TPEs refuse ${JSON.stringify(options)}`, (t) => {
    t.throws(() => new TPESampler(options), { instanceOf: InvalidArgumentError, message });
    t.throws(() => tpe.with(options), { instanceOf: InvalidArgumentError, message });
  });
}

withoutDevice("'cuda' where there is none is a typed error that says what to do", (t) => {
  const expected = {
    instanceOf: DeviceUnavailableError,
    code: 'ERR_DEVICE_UNAVAILABLE',
    message: /there is no device 'cuda(:1)?': .+\. Use 'auto' or 'cpu'/,
  };
  t.throws(() => new TPESampler({ device: 'cuda' }), expected);
  t.throws(() => new TPESampler({ device: 'cuda:1' }), expected);
  t.throws(() => tpe.with({ device: 'cuda' }), expected);
  t.throws(() => mixtureLogPdf(f64(0, 0), [normal], 2, { device: 'cuda', crossover: undefined }), {
    instanceOf: DeviceUnavailableError,
  });
});

withoutDevice("'auto' is the CPU where there is no device, whatever the size", (t) => {
  const place = parzenPlace({ device: 'auto', deviceCrossover: 0 });
  t.is(cudaIndexFor(place, Number.MAX_VALUE), undefined);
  t.deepEqual(mixtureLogPdf(f64(0, 0), [normal], 2, place), mixtureLogPdf(f64(0, 0), [normal], 2));
});

withDevice("'auto' takes the device from the crossover on, with the CPU's results", (t) => {
  const place = parzenPlace({ device: 'auto', deviceCrossover: 1000 });
  t.is(cudaIndexFor(place, 999), undefined);
  t.is(cudaIndexFor(place, 1000), 0);
  const cuda = mixtureLogPdf(f64(0, 0), [normal], 2, parzenPlace({ device: 'cuda' }));
  const cpu = mixtureLogPdf(f64(0, 0), [normal], 2);
  t.true(cuda.every((value, i) => Math.abs(value - cpu[i]!) <= 1e-12 * Math.abs(cpu[i]!)));
  t.notThrows(() => cudaIndexFor(parzenPlace({ device: 'auto' }), 1));
});

test('a study runs with each device there is, and one seed draws the same on the CPU', async (t) => {
  const best = async (options: object) => {
    const study = await createStudy({
      sampler: new TPESampler({ seed: 1, nStartupTrials: 3, ...options }),
    });
    await study.optimize((trial) => trial.suggestFloat('x', -1, 1) ** 2, { nTrials: 8 });
    return (await study.trials()).map(({ params }) => params['x']);
  };
  t.deepEqual(await best({ device: 'cpu' }), await best({}));
  t.is((await best({ device: 'auto' })).length, 8);
});

test('the crossing of two costs is where they are equal', (t) => {
  t.is(crossing({ fixed: 0, each: 2 }, { fixed: 10, each: 1 }), 10);
  t.is(crossing({ fixed: 3, each: 2 }, { fixed: 1, each: 1 }), 0);
  t.is(crossing({ fixed: 0, each: 1 }, { fixed: 1, each: 1 }), Number.POSITIVE_INFINITY);
  t.is(crossing({ fixed: 0, each: 1 }, { fixed: 1, each: 2 }), Number.POSITIVE_INFINITY);
  t.is(crossing({ fixed: 2, each: 1 }, { fixed: 1, each: 1 }), 0);
});

test('the native call refuses an index that is none', (t) => {
  t.throws(() => callNative((addon) => addon.parzenLogPdf(f64(0), [], f64(0), 0.5)), {
    instanceOf: InvalidArgumentError,
    message: /cudaIndex must be a 32-bit integer/,
  });
  t.throws(() => callNative((addon) => addon.parzenLogPdf(f64(0), [], f64(0), 1000)), {
    instanceOf: DeviceUnavailableError,
  });
});
