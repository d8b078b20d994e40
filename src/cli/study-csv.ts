import type { FrozenTrial, Study } from '../optuna/index.js';
import { durationOf } from './study-text.js';

interface Column {
  readonly head: string;
  readonly cell: (trial: FrozenTrial) => unknown;
}

/** The trials, a line each, under the column names of Optuna's `trials_dataframe` (RFC 4180). */
export async function studyToCsv(study: Study): Promise<string> {
  const trials = await study.trials();
  const metrics = await study.metricNames();
  const columns: Column[] = [
    { head: 'number', cell: ({ number }) => number },
    ...study.directions.map((_, i) => ({
      head: valueHead(i, study.directions.length, metrics?.[i]),
      cell: ({ values }: FrozenTrial) => values?.[i],
    })),
    { head: 'datetime_start', cell: ({ datetimeStart }) => datetimeStart?.toISOString() },
    { head: 'datetime_complete', cell: ({ datetimeComplete }) => datetimeComplete?.toISOString() },
    { head: 'duration', cell: durationOf },
    ...namedColumns('params', trials, ({ params }) => params),
    ...namedColumns('user_attrs', trials, ({ userAttrs }) => userAttrs),
    ...namedColumns('system_attrs', trials, ({ systemAttrs }) => systemAttrs),
    { head: 'state', cell: ({ state }) => state.toUpperCase() },
  ];
  const lines = [
    columns.map(({ head }) => field(head)),
    ...trials.map((trial) => columns.map(({ cell }) => field(cell(trial)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

function valueHead(i: number, count: number, metric: string | undefined): string {
  if (count === 1) return metric === undefined ? 'value' : `value_${metric}`;
  return `values_${metric ?? i}`;
}

/** A column for each name that any trial has, in the order of the alphabet. */
function namedColumns(
  prefix: string,
  trials: readonly FrozenTrial[],
  part: (trial: FrozenTrial) => Readonly<Record<string, unknown>>,
): Column[] {
  const names = new Set(trials.flatMap((trial) => Object.keys(part(trial))));
  return [...names].sort().map((name) => ({
    head: `${prefix}_${name}`,
    cell: (trial) => (Object.hasOwn(part(trial), name) ? part(trial)[name] : undefined),
  }));
}

function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
