import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { callNative } from '../../src/native/addon.js';
import { type MixtureParameter, mixtureLogPdf, naturalLogs } from '../../src/parzen/mixture.js';

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);
const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

function close(actual: number, expected: number): boolean {
  return actual === expected || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
}

test('a mixture joins components by their weights and parameters by their product', (t) => {
  const out = mixtureLogPdf(
    f64(Math.log(0.25), Math.log(0.75)),
    [
      { kernel: 'normal', mu: f64(0, 1), sigma: f64(1, 2), x: f64(0.5, -3) },
      {
        kernel: 'categorical',
        probability: f64(0.2, 0.8, 0.6, 0.4),
        nChoices: 2,
        choice: Int32Array.of(1, 0),
      },
    ],
    2,
  );
  const expected = [
    0.25 * density(0.5) * 0.8 + 0.75 * (density(-0.25) / 2) * 0.4,
    0.25 * density(-3) * 0.2 + 0.75 * (density(-2) / 2) * 0.6,
  ];
  for (const [i, value] of expected.entries()) t.true(close(out[i]!, Math.log(value)));
});

test('a log-normal is a density of x, its mass that of the logarithm', (t) => {
  const shared = { mu: f64(0.3), sigma: f64(0.7) };
  const log = mixtureLogPdf(f64(0), [{ kernel: 'logNormal', ...shared, x: f64(2, 0, -1) }], 3);
  t.true(close(log[0]!, Math.log(density((Math.log(2) - 0.3) / 0.7) / (0.7 * 2))));
  t.deepEqual([log[1], log[2]], [-Infinity, -Infinity]);
  const [mass] = mixtureLogPdf(
    f64(0),
    [{ kernel: 'logNormalMass', ...shared, lower: f64(0), upper: f64(3) }],
    1,
  );
  const [same] = mixtureLogPdf(
    f64(0),
    [{ kernel: 'normalMass', ...shared, lower: f64(Math.log(1e-12)), upper: f64(Math.log(3)) }],
    1,
  );
  t.true(close(mass!, same!));
});

test('masses of a truncated grid sum to 1', (t) => {
  const grid = Array.from({ length: 10 }, (_, i) => i);
  const out = mixtureLogPdf(
    f64(Math.log(0.5), Math.log(0.5)),
    [
      {
        kernel: 'truncatedNormalMass',
        mu: f64(2, 7),
        sigma: f64(0.1, 5),
        low: -0.5,
        high: 9.5,
        lower: f64(...grid.map((x) => x - 0.5)),
        upper: f64(...grid.map((x) => x + 0.5)),
      },
    ],
    10,
  );
  const total = out.reduce((sum, value) => sum + Math.exp(value), 0);
  t.true(Math.abs(total - 1) < 1e-12);
});

test('logarithms agree with Math.log but for the last bit', (t) => {
  const x = f64(0, 1e-300, 0.1, 1, 2.5, 1e300, Infinity);
  const logs = naturalLogs(x);
  for (const [i, value] of x.entries()) t.true(close(logs[i]!, Math.log(value)));
  t.true(Number.isNaN(naturalLogs(f64(-1))[0]));
  t.throws(() => naturalLogs([1] as never), { instanceOf: InvalidArgumentError });
});

const normal: MixtureParameter = { kernel: 'normal', mu: f64(0), sigma: f64(1), x: f64(0) };
const truncated: MixtureParameter = { ...normal, kernel: 'truncatedNormal', low: -1, high: 1 };
const categorical: MixtureParameter = {
  kernel: 'categorical',
  probability: f64(0.5, 0.5),
  nChoices: 2,
  choice: Int32Array.of(0),
};

const refusals: [string, RegExp, unknown][] = [
  ['no list', /parameters must be an array/, undefined],
  ['no object', /parameters\[0\] must be an object/, [1]],
  ['unknown kernel', /kernel must be an integer in 0\.\.6/, [{ ...normal, kernel: 'gamma' }]],
  ['mu missing', /parameters\[0\]\.mu must be a Float64Array/, [{ ...normal, mu: undefined }]],
  ['mu of another type', /mu must be a Float64Array/, [{ ...normal, mu: new Float32Array(1) }]],
  ['mu too long', /mu must have 1 elements, not 2/, [{ ...normal, mu: f64(0, 1) }]],
  ['mu NaN', /mu\[0\] must be finite/, [{ ...normal, mu: f64(NaN) }]],
  ['sigma negative', /sigma\[0\] must be finite and not negative/, [{ ...normal, sigma: f64(-1) }]],
  ['sigma zero', /sigma\[0\] must be finite and positive/, [{ ...truncated, sigma: f64(0) }]],
  ['x NaN', /x\[0\] must be a number/, [{ ...normal, x: f64(NaN) }]],
  ['x too short', /x must have 1 elements, not 0/, [{ ...normal, x: f64() }]],
  ['second parameter', /parameters\[1\]\.x/, [normal, { ...normal, x: f64() }]],
  ['low above high', /low < high/, [{ ...truncated, low: 2 }]],
  ['low not a number', /low must be a number/, [{ ...truncated, low: '0' }]],
  ['high NaN', /low < high/, [{ ...truncated, high: NaN }]],
  ['masses without bounds', /lower must be/, [{ ...normal, kernel: 'normalMass' }]],
  ['choice out of range', /choice\[0\]/, [{ ...categorical, choice: Int32Array.of(2) }]],
  ['choice negative', /choice\[0\]/, [{ ...categorical, choice: Int32Array.of(-1) }]],
  ['choice of another type', /choice must be an Int32Array/, [{ ...categorical, choice: f64(0) }]],
  ['choice too short', /choice must have 1/, [{ ...categorical, choice: new Int32Array() }]],
  ['choices not countable', /nChoices must be an integer/, [{ ...categorical, nChoices: 0.5 }]],
  ['choices NaN', /nChoices must be an integer/, [{ ...categorical, nChoices: NaN }]],
  ['choices huge', /nChoices must be an integer/, [{ ...categorical, nChoices: 1e300 }]],
  ['choices too many', /1 rows of 3/, [{ ...categorical, nChoices: 3 }]],
  ['no choices', /nChoices must be positive/, [{ ...categorical, nChoices: 0 }]],
];

for (const [name, message, parameters] of refusals) {
  test(`refuses a mixture: ${name}`, (t) => {
    t.throws(
      () =>
        Array.isArray(parameters) && typeof parameters[0] === 'object'
          ? mixtureLogPdf(f64(0), parameters as MixtureParameter[], 1)
          : callNative((addon) => addon.parzenLogPdf(f64(0), parameters as never, f64(0))),
      { instanceOf: InvalidArgumentError, code: 'ERR_INVALID_ARGUMENT', message },
    );
  });
}

test('refuses weights and quantiles that are none', (t) => {
  const refused = (call: () => unknown, message: RegExp) =>
    t.throws(call, { instanceOf: InvalidArgumentError, message });
  refused(() => mixtureLogPdf(f64(), [], 1), /logWeight must have at least one element/);
  refused(() => mixtureLogPdf([0] as never, [], 1), /logWeight must be a Float64Array/);
  refused(() => mixtureLogPdf(f64(NaN), [], 1), /logWeight\[0\]/);
});

test('choices that share memory with the result, or are detached by a getter, stay in bounds', (t) => {
  const memory = new ArrayBuffer(24);
  const choice = new Int32Array(memory, 0, 3);
  t.notThrows(() =>
    callNative((addon) =>
      addon.parzenLogPdf(f64(0), [{ ...categorical, kernel: 2, choice }], new Float64Array(memory)),
    ),
  );
  const muMemory = new ArrayBuffer(8);
  const mu = new Float64Array(muMemory);
  const detaching = {
    kernel: 3,
    mu,
    sigma: f64(1),
    get x() {
      structuredClone(mu, { transfer: [muMemory] });
      return f64(0);
    },
  };
  t.throws(() => callNative((addon) => addon.parzenLogPdf(f64(0), [detaching], f64(0))), {
    instanceOf: InvalidArgumentError,
    message: /mu must have 1 elements, not 0/,
  });
});
