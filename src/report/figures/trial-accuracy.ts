import type { Results } from '../../compare/results.js';
import { summarise } from '../../compare/statistics.js';
import { colour } from '../palette.js';
import { accuracyAxis, axis, errorOf } from './axes.js';
import { drawChart } from './chart.js';
import type { Figure } from './figure.js';
import { markOf } from './marks.js';

/** Every trial's accuracy, in columns by strategy. */
export function trialAccuracy(results: Results): Figure {
  return {
    name: 'trial-accuracy',
    title: 'All trials',
    caption:
      'Test accuracy of every trial after its last epoch, from left to right in the order they ran. Hollow: pruned before its end.',
    svg: ({ width, narrow }) => {
      const columns = summarise(results).map((summary) => ({
        ...summary,
        points: summary.trials.flatMap((trial) => {
          const accuracy = trial.epochs.at(-1)?.testAccuracy;
          if (accuracy === undefined || !['complete', 'pruned'].includes(trial.state)) return [];
          return [{ trial, error: errorOf(accuracy, results.plan.testSize) }];
        }),
      }));
      const errors = columns.flatMap(({ points }) => points.map(({ error }) => error));
      const base = axis('', 0);
      return drawChart(
        {
          grid: { left: 66, right: 16, top: 16, bottom: narrow ? 56 : 32 },
          xAxis: {
            ...base,
            type: 'value',
            min: 0,
            max: columns.length,
            interval: 1,
            axisLabel: { show: false },
          },
          yAxis: accuracyAxis('test accuracy', errors),
          series: columns.map(({ name, title, points, trials }, column) => ({
            type: 'scatter' as const,
            symbol: markOf(name).symbol,
            symbolSize: 10,
            data: points.map(({ trial, error }) => ({
              value: [column + (trial.number + 1) / (trials.length + 1), error],
              itemStyle:
                trial.state === 'pruned'
                  ? { color: colour('surface'), borderColor: colour(name), borderWidth: 1.5 }
                  : { color: colour(name) },
            })),
            markPoint: {
              silent: true,
              symbol: 'rect',
              symbolSize: 0,
              data: [{ name: title, coord: [column + 0.5, accuracyAxis('', errors).max] }],
              label: {
                formatter: narrow ? title.replace(' ', '\n') : title,
                position: 'bottom',
                distance: 8,
                color: colour('ink'),
                fontSize: 12,
              },
            },
          })),
        },
        { width, height: narrow ? 320 : 340 },
      );
    },
  };
}
