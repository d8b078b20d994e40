import { invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { ParamValue } from '../distributions/distributions.js';
import type { Json } from '../python-json.js';
import { byName } from '../search-space/names.js';
import { constraintsOf, type FrozenTrial, trialDuration } from '../trial/frozen-trial.js';

/** Where the columns of a trial's attribute begin: their names in Optuna's data frames. */
const prefixes = {
  number: 'number',
  value: 'value',
  values: 'values',
  datetimeStart: 'datetime_start',
  datetimeComplete: 'datetime_complete',
  duration: 'duration',
  params: 'params',
  userAttrs: 'user_attrs',
  systemAttrs: 'system_attrs',
  intermediateValues: 'intermediate_values',
  constraints: 'constraints',
  state: 'state',
} as const;

/** What a table can show of trials. With several objectives `value` stands for `values`. */
export type TableAttr = keyof typeof prefixes;

const defaultAttrs: readonly TableAttr[] = [
  'number',
  'value',
  'datetimeStart',
  'datetimeComplete',
  'duration',
  'params',
  'userAttrs',
  'systemAttrs',
  'state',
];

/** Options of study.trialsTable. */
export interface TrialsTableOptions {
  /**
   * In this order. Default: number, value, datetimeStart, datetimeComplete, duration, params,
   * userAttrs, systemAttrs, state.
   */
  attrs?: readonly TableAttr[];
}

/** A cell: `duration` is in seconds, `state` in upper case as in Optuna; null where there is nothing. */
export type TableCell = ParamValue | Json | Date;

/** Trials as a data frame: what libraries for data frames and CSV read. */
export interface TrialsTable {
  /** Such as 'number', 'value', 'datetime_start', 'params_x', 'user_attrs_note'. */
  readonly columns: readonly string[];
  /** Of each column: what it shows, and the name within it, '' if it has none. */
  readonly index: readonly (readonly [attr: string, name: string])[];
  /** One a trial, by number: a cell for every column. */
  readonly rows: readonly Readonly<Record<string, TableCell>>[];
}

/** What there is to know of the study. */
interface Of {
  nObjectives: number;
  metricNames: readonly string[] | null;
}

export function tableOf(
  trials: readonly FrozenTrial[],
  options: TrialsTableOptions,
  { nObjectives, metricNames }: Of,
): TrialsTable {
  checkOptionNames('trialsTable', options, ['attrs']);
  const { attrs: given = defaultAttrs } = options;
  if (!Array.isArray(given)) throw invalidArgument('attrs', 'an array', given);
  const wrong = given.findIndex((attr) => !Object.hasOwn(prefixes, attr));
  if (wrong >= 0) {
    const expected = `one of ${Object.keys(prefixes).join(', ')}`;
    throw invalidArgument(`attrs[${wrong}]`, expected, given[wrong]);
  }
  const attrs = new Set(
    given.map((attr): TableAttr => (attr === 'value' && nObjectives > 1 ? 'values' : attr)),
  );
  const objectives = metricNames ?? Array.from({ length: nObjectives }, (_, i) => `${i}`);

  const index: [string, string][] = [];
  const cells: Map<string, TableCell>[] = trials.map(() => new Map());
  for (const attr of attrs) {
    const prefix = prefixes[attr];
    const names = new Set<string>(attr === 'values' && trials.length > 0 ? objectives : []);
    for (const [i, trial] of trials.entries()) {
      const named =
        attr === 'value'
          ? [[metricNames?.[0] ?? '', trial.values?.[0] ?? null] as const]
          : partsOf(trial, attr, objectives);
      for (const [name, cell] of named) {
        names.add(name);
        cells[i]!.set(columnOf(prefix, name), cell);
      }
    }
    for (const name of ordered(attr, names)) index.push([prefix, name]);
  }
  const columns = index.map(([prefix, name]) => columnOf(prefix, name));
  return {
    columns,
    index,
    rows: cells.map((row) =>
      Object.fromEntries(columns.map((column) => [column, row.get(column) ?? null])),
    ),
  };
}

function columnOf(prefix: string, name: string): string {
  return name === '' ? prefix : `${prefix}_${name}`;
}

function ordered(attr: TableAttr, names: ReadonlySet<string>): string[] {
  if (attr === 'values') return [...names];
  const compare = attr === 'intermediateValues' ? (a: string, b: string) => +a - +b : byName;
  return [...names].sort(compare);
}

/** The attribute's cells by name, '' for an attribute that is one cell. */
function partsOf(
  trial: FrozenTrial,
  attr: Exclude<TableAttr, 'value'>,
  objectives: readonly string[],
): Iterable<readonly [string, TableCell]> {
  switch (attr) {
    case 'values':
      return objectives.map((name, i) => [name, trial.values?.[i] ?? null] as const);
    case 'intermediateValues':
      return [...trial.intermediateValues].map(([step, value]) => [`${step}`, value] as const);
    case 'constraints':
      return Object.entries(constraintsOf(trial.systemAttrs));
    case 'params':
    case 'userAttrs':
    case 'systemAttrs':
      return Object.entries(trial[attr]);
    case 'duration':
      return [['', trialDuration(trial)]];
    case 'state':
      return [['', trial.state.toUpperCase()]];
    default:
      return [['', trial[attr]]];
  }
}
