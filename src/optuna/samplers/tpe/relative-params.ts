// A trial's jointly chosen parameters, noted in its system attributes before they are suggested one
// by one, so that others know what a running trial is about to try.
import type { ParamValue, SearchSpace } from '../../distributions/distributions.js';
import { dumps, loads, PythonFloat } from '../../python-json.js';
import type { StudyView } from '../../study/study-context.js';
import type { FrozenTrial } from '../../trial/frozen-trial.js';

const prefix = 'tpe:relative_params:';
/** Optuna's databases keep attributes in columns of limited length. */
const pieceLength = 2045;

export function writeRelativeParams(
  study: StudyView,
  trial: FrozenTrial,
  space: SearchSpace,
  values: ReadonlyMap<string, ParamValue>,
): void {
  let text = '{';
  for (const [name, value] of values) {
    const isFloat = space.get(name)?.kind === 'float';
    if (text.length > 1) text += ', ';
    text += `${dumps(name)}: ${dumps(isFloat ? new PythonFloat(value as number) : value)}`;
  }
  text += '}';
  for (let i = 0; i * pieceLength < text.length; i += 1) {
    const piece = text.slice(i * pieceLength, (i + 1) * pieceLength);
    study.setTrialSystemAttr(trial.id, `${prefix}${i}`, piece);
  }
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
