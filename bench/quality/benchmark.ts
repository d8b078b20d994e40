import { Option } from 'commander';
import { wholeNumber } from '../../src/cli/options.js';
import { textTable } from '../../src/cli/text-table.js';
import type { Benchmark } from '../command.js';
import { measureQuality, methodNames, type QualityResults } from './measure.js';

/** How good the values are that the samplers find. */
export const qualityBenchmark: Benchmark<QualityResults, { seeds?: number }> = {
  name: 'quality',
  summary: 'the best values that samplers find on test functions',
  description:
    'Minimizes twelve functions of 2 to 20 dimensions by 100 trials of each sampler. The gain of a sampler is how much of the way from the mean of random search to the minimum its mean has come. The results depend on the seeds alone: --threads, --rounds, --seconds and --repeats have no effect.',
  quick: 'with three seeds',
  options: [
    new Option('--seeds <n>', 'studies of each sampler and function (default: 30)').argParser(
      wholeNumber(1),
    ),
  ],
  measure: (settings, { seeds = settings.quick ? 3 : 30 }, signal, startProgress) =>
    measureQuality(settings, seeds, signal, startProgress),
  describe: describeQuality,
};

function describeQuality({
  trialforge,
  trials,
  seeds,
  functions,
  gains,
  batchLoss,
}: QualityResults): string {
  const cell = (median: number, mean: number) => `${digits(median)} / ${digits(mean)}`;
  const table = textTable(
    ['median / mean of the best', ...methodNames],
    functions.map(({ name, methods }) => [
      name,
      ...methodNames.map((method) => cell(methods[method].median, methods[method].mean)),
    ]),
  );
  const gainTable = textTable(
    ['gain over random, %', ...methodNames],
    [
      ...functions.map(({ name, methods }) => [
        name,
        ...methodNames.map((method) => percent(methods[method].gain)),
      ]),
      ['mean', ...methodNames.map((method) => percent(gains[method]))],
    ],
  );
  const verdict = batchLoss < 0.1 ? 'less than' : 'NOT less than';
  return [
    `trialforge ${trialforge}, ${trials} trials, ${seeds} seeds`,
    '',
    table,
    '',
    gainTable,
    '',
    `batches of 8 lose ${percent(batchLoss)} % of the gain of TPE v5 over random: ${verdict} 10 %`,
  ].join('\n');
}

function digits(value: number): string {
  return value.toPrecision(4);
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
