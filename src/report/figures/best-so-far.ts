import type { Results } from '../../compare/results.js';
import { type StrategySummary, summarise } from '../../compare/statistics.js';
import { colour } from '../palette.js';
import { accuracyAxis, axis, countAxis, errorOf, legend } from './axes.js';
import { drawChart } from './chart.js';
import type { Figure } from './figure.js';
import { markOf } from './marks.js';

/** The best accuracy reached, against the number of trials. */
export function bestByTrial(results: Results): Figure {
  const summaries = summarise(results);
  const last = Math.max(1, ...summaries.map(({ trials }) => trials.length));
  return {
    name: 'best-by-trial',
    title: 'Best accuracy by trials',
    caption: `${reading} A search that starts higher or climbs earlier needs fewer trials.`,
    svg: ({ width, narrow }) =>
      draw(results, summaries, ({ trial }) => trial, last, countAxis('trials', last), {
        width,
        narrow,
      }),
  };
}

/** The best accuracy reached, against the time spent. */
export function bestByTime(results: Results): Figure {
  const summaries = summarise(results);
  const longest = Math.max(...summaries.map(({ seconds }) => seconds));
  const unit =
    longest > 2 * 3600
      ? { name: 'h', seconds: 3600 }
      : longest > 180
        ? { name: 'min', seconds: 60 }
        : { name: 's', seconds: 1 };
  const base = axis(`time in ${unit.name}`, 28);
  return {
    name: 'best-by-time',
    title: 'Best accuracy by time',
    caption: `${reading} Time is that of training and testing on this machine.`,
    svg: ({ width, narrow }) =>
      draw(
        results,
        summaries,
        ({ seconds }) => seconds / unit.seconds,
        longest / unit.seconds,
        { ...base, type: 'value' as const, min: 0, splitLine: { show: false } },
        { width, narrow },
      ),
  };
}

const reading = 'Best test accuracy so far; each line upwards halves the share of wrong answers.';

function draw(
  results: Results,
  summaries: readonly StrategySummary[],
  x: (point: StrategySummary['progress'][number]) => number,
  last: number,
  xAxis: object,
  { width, narrow }: { width: number; narrow: boolean },
): string {
  const curves = summaries
    .map(({ name, title, progress }) => ({
      name,
      title,
      points: progress.flatMap((point) =>
        point.best === undefined
          ? []
          : [[x(point), errorOf(point.best, results.plan.testSize)] as [number, number]],
      ),
    }))
    .filter(({ points }) => points.length > 0);
  const errors = curves.flatMap(({ points }) => points.map(([, error]) => error));
  return drawChart(
    {
      grid: { left: 66, right: 16, top: narrow ? 64 : 40, bottom: 44 },
      legend: legend(
        curves.map(({ title }) => title),
        narrow,
      ),
      xAxis,
      yAxis: accuracyAxis('test accuracy', errors),
      series: curves.flatMap(({ name, title, points }) => {
        const { symbol, dash } = markOf(name);
        const ended = points.at(-1)!;
        const line = { color: colour(name), type: dash };
        return [
          {
            name: title,
            type: 'line' as const,
            step: 'end' as const,
            data: points,
            symbol,
            symbolSize: 8,
            itemStyle: { color: colour(name) },
            lineStyle: { ...line, width: 2 },
          },
          // What the strategy had reached stays true for as long as the others go on.
          {
            name: title,
            type: 'line' as const,
            data: [ended, [last, ended[1]]],
            symbol: 'none',
            lineStyle: { ...line, width: 1, opacity: 0.6 },
          },
        ];
      }),
    },
    { width, height: narrow ? 320 : 360 },
  );
}
