import type { Results, TrialRecord } from '../../compare/results.js';
import { type StrategySummary, summarise, tellingTrials } from '../../compare/statistics.js';
import { type ColourRole, colour } from '../palette.js';
import { axis, countAxis, legend } from './axes.js';
import { drawChart } from './chart.js';
import type { Figure } from './figure.js';

/** One figure a strategy: accuracy and loss by epoch of its first, middle and best trial. */
export function learningCurves(results: Results): Figure[] {
  return summarise(results)
    .filter((summary) => tellingTrials(summary).length > 0)
    .map((summary) => ({
      name: `learning-curves-${summary.name}`,
      title: summary.title,
      caption: describe(summary),
      svg: ({ width, narrow }) => draw(summary, width, narrow),
    }));
}

function describe(summary: StrategySummary): string {
  const stopped = tellingTrials(summary)
    .filter(({ trial }) => trial.state !== 'complete')
    .map(({ trial }) => ` Trial ${trial.number + 1} was ${trial.state}.`);
  return `Solid: test data. Dashed: training data.${stopped.join('')}`;
}

/** The best trial has the strategy's colour; the others stand back. */
function lineOf(
  roles: readonly string[],
  summary: StrategySummary,
): { role: ColourRole; symbol: string; width: number } {
  if (roles.includes('best')) return { role: summary.name, symbol: 'circle', width: 2.5 };
  if (roles.includes('middle')) return { role: 'ink', symbol: 'triangle', width: 1.5 };
  return { role: 'muted', symbol: 'rect', width: 1.5 };
}

function draw(summary: StrategySummary, width: number, narrow: boolean): string {
  const chosen = tellingTrials(summary).map(({ trial, roles }) => ({
    epochs: trial.epochs,
    name: `${roles.join(', ')} (trial ${trial.number + 1})`,
    line: lineOf(roles, summary),
  }));
  const last = Math.max(...chosen.map(({ epochs }) => epochs.length));
  const panels = [
    { quantity: 'accuracy', train: 'accuracy', test: 'testAccuracy' },
    { quantity: 'loss', train: 'loss', test: 'testLoss' },
  ] as const;
  const loss = axis('loss (cross-entropy)', 44);
  const legendHeight = narrow ? 26 * chosen.length + 16 : 40;
  return drawChart(
    {
      legend: {
        ...legend(
          chosen.map(({ name }) => name),
          narrow,
        ),
        orient: narrow ? 'vertical' : 'horizontal',
      },
      grid: narrow
        ? [
            { left: 62, right: 16, top: legendHeight, height: 170 },
            { left: 62, right: 16, top: legendHeight + 236, height: 170 },
          ]
        : [
            { left: 62, width: width / 2 - 88, top: legendHeight, bottom: 44 },
            { left: width / 2 + 56, right: 16, top: legendHeight, bottom: 44 },
          ],
      xAxis: panels.map((_, gridIndex) => ({ ...countAxis('epoch', last), gridIndex })),
      yAxis: [
        { ...accuracyFrom100(chosen.map(({ epochs }) => epochs)), gridIndex: 0 },
        { ...loss, type: 'value', gridIndex: 1, min: 0 },
      ],
      series: panels.flatMap(({ train, test }, panel) =>
        chosen.flatMap(({ epochs, name, line }) => {
          const common = { name, type: 'line' as const, xAxisIndex: panel, yAxisIndex: panel };
          const stroke = { color: colour(line.role), width: line.width };
          return [
            {
              ...common,
              data: epochs.map((epoch, i) => [i + 1, epoch[test]]),
              symbol: line.symbol,
              symbolSize: 6,
              showSymbol: last <= 20,
              itemStyle: { color: colour(line.role) },
              lineStyle: stroke,
            },
            {
              ...common,
              data: epochs.map((epoch, i) => [i + 1, epoch[train]]),
              symbol: 'none',
              lineStyle: { ...stroke, width: 1.5, type: [5, 4] },
            },
          ];
        }),
      ),
    },
    { width, height: narrow ? legendHeight + 450 : 320 },
  );
}

/** Even steps down from 100 % to below the lowest accuracy. */
function accuracyFrom100(curves: readonly TrialRecord['epochs'][]) {
  const base = axis('accuracy', 44);
  const lowest = Math.min(
    ...curves.flat().flatMap((epoch) => [epoch.accuracy, epoch.testAccuracy]),
  );
  const interval =
    [0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((step) => (1 - lowest) / step <= 6) ?? 0.2;
  return {
    ...base,
    type: 'value' as const,
    min: Math.max(0, 1 - Math.ceil((1 - lowest) / interval) * interval),
    max: 1,
    interval,
    axisLabel: {
      ...base.axisLabel,
      formatter: (value: number) => `${Math.round(1000 * value) / 10} %`,
    },
  };
}
