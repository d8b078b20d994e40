import type {
  Direction,
  Distribution,
  FrozenTrial,
  Json,
  ParamValue,
  TrialState,
} from '../optuna/index.js';

/** Text of a study as it may be shown on one line of a terminal. */
export function visible(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be shown
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Six digits are enough to read; the JSON document has all of them. */
export function number(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? `${value}`
    : `${Number(value.toPrecision(6))}`;
}

export function paramText(value: ParamValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? number(value) : visible(String(value));
}

export function valuesText(values: readonly number[] | null): string {
  return values === null ? '' : values.map(number).join(', ');
}

/** UTC, to the second. */
export function timeText(time: Date | null): string {
  return time === null ? '' : time.toISOString().slice(0, 19).replace('T', ' ');
}

export function rangeText(distribution: Distribution): string {
  if (distribution.kind === 'categorical') {
    return distribution.choices
      .map((choice) => visible(JSON.stringify(jsonNumber(choice))))
      .join(', ');
  }
  const { low, high, log, step } = distribution;
  const stepped =
    step === null || (distribution.kind === 'int' && step === 1) ? '' : `, step ${step}`;
  return `${number(low)} .. ${number(high)}${log ? ', log' : ''}${stepped}`;
}

export function directionsText(directions: readonly Direction[]): string {
  return directions.join(', ');
}

/** How many trials are in each state, of those states that occur. */
export function countStates(trials: readonly FrozenTrial[]): Partial<Record<TrialState, number>> {
  const counts: Partial<Record<TrialState, number>> = {};
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function trialsText(trials: readonly FrozenTrial[]): string {
  const counts = Object.entries(countStates(trials)).map(([state, count]) => `${count} ${state}`);
  const total = `${trials.length} ${trials.length === 1 ? 'trial' : 'trials'}`;
  return counts.length === 0 ? total : `${total} (${counts.join(', ')})`;
}

/** When a trial last started or ended; null if none did. */
export function lastChange(trials: readonly FrozenTrial[]): Date | null {
  let last: Date | null = null;
  for (const { datetimeStart, datetimeComplete } of trials) {
    const time = datetimeComplete ?? datetimeStart;
    if (time !== null && (last === null || time > last)) last = time;
  }
  return last;
}

/** Seconds; null unless the trial started and ended. */
export function durationOf({ datetimeStart, datetimeComplete }: FrozenTrial): number | null {
  if (datetimeStart === null || datetimeComplete === null) return null;
  return (datetimeComplete.getTime() - datetimeStart.getTime()) / 1000;
}

/** A number that JSON lacks as its name: 'NaN', 'Infinity' or '-Infinity'. */
function jsonNumber(value: Json): Json {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A document of a command as text. Numbers that JSON lacks are written as their names. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, (_, value) => jsonNumber(value), 2)}\n`;
}

/** A trial in the documents of commands. */
export function trialDocument(trial: FrozenTrial): Record<string, unknown> {
  const { number, state, values, params, userAttrs, systemAttrs } = trial;
  return {
    ...{ number, state, values, params },
    intermediateValues: Object.fromEntries(trial.intermediateValues),
    ...{ userAttrs, systemAttrs },
    datetimeStart: trial.datetimeStart,
    datetimeComplete: trial.datetimeComplete,
    durationSeconds: durationOf(trial),
  };
}
