// A trial's jointly chosen parameters, noted in its system attributes before they are suggested one
// by one, so that others know what a running trial is about to try.
import type { Distribution, ParamValue, SearchSpace } from '../../distributions/distributions.js';
import { dumps, loads, PythonFloat } from '../../python-json.js';
import type { StudyView } from '../../study/study-context.js';
import type { FrozenTrial } from '../../trial/frozen-trial.js';

const prefix = 'tpe:relative_params:';
/** Optuna's databases keep attributes in columns of limited length. */
const pieceLength = 2045;
/** Of a number, as in -2.2250738585072014e-308. */
const longestNumber = 24;

/** `values`: those of `space`, in its order. */
export function writeRelativeParams(
  study: StudyView,
  trial: FrozenTrial,
  space: SearchSpace,
  values: readonly ParamValue[],
): void {
  const { beforeValues, longest } = layoutOf(space);
  const note = () => noteOf(space, beforeValues, values);
  if (longest <= pieceLength) {
    study.setTrialSystemAttr(trial.id, `${prefix}0`, note);
    return;
  }
  const text = note();
  for (let i = 0; i * pieceLength < text.length; i += 1) {
    const piece = text.slice(i * pieceLength, (i + 1) * pieceLength);
    study.setTrialSystemAttr(trial.id, `${prefix}${i}`, piece);
  }
}

function noteOf(
  space: SearchSpace,
  beforeValues: readonly string[],
  values: readonly ParamValue[],
): string {
  let text = '';
  let i = 0;
  for (const { kind } of space.values()) {
    const value = values[i]!;
    text += beforeValues[i] + dumps(kind === 'float' ? new PythonFloat(value as number) : value);
    i += 1;
  }
  return `${text}}`;
}

/** Of the notes on values of one space. */
interface Layout {
  /** What stands before each value. */
  beforeValues: readonly string[];
  /** No note is longer. */
  longest: number;
}

const layouts = new WeakMap<SearchSpace, Layout>();

function layoutOf(space: SearchSpace): Layout {
  let layout = layouts.get(space);
  if (layout === undefined) {
    const beforeValues = [...space.keys()].map((name, i) => `${i ? ', ' : '{'}${dumps(name)}: `);
    const lengths = [...beforeValues.map(({ length }) => length), ...[...space.values()].map(room)];
    layout = { beforeValues, longest: lengths.reduce((sum, length) => sum + length, 1) };
    layouts.set(space, layout);
  }
  return layout;
}

function room(distribution: Distribution): number {
  if (distribution.kind !== 'categorical') return longestNumber;
  return Math.max(...distribution.choices.map((choice) => dumps(choice).length));
}

/** Empty if nothing was noted, or nothing that can be read. */
export function readRelativeParams(trial: FrozenTrial): Readonly<Record<string, ParamValue>> {
  let text = '';
  for (let i = 0; Object.hasOwn(trial.systemAttrs, `${prefix}${i}`); i += 1) {
    text += trial.systemAttrs[`${prefix}${i}`];
  }
  try {
    const params = loads(text);
    return typeof params === 'object' && params !== null && !Array.isArray(params)
      ? (params as Record<string, ParamValue>)
      : {};
  } catch {
    return {};
  }
}
