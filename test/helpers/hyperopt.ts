import type { ExecutionContext } from 'ava';
import type { LabelValues } from '../../src/hyperopt/index.js';

/** Compares what a trial has at each label: floats to 1e-9 relative, integers and activity exactly. */
export function checkValues(
  t: ExecutionContext,
  tid: number,
  actual: LabelValues,
  expected: LabelValues,
): void {
  t.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [label, wanted] of Object.entries(expected)) {
    const got = actual[label]!;
    const close =
      got.length === wanted.length &&
      got.every((value, i) => {
        if (Number.isInteger(wanted[i])) return value === wanted[i];
        return Math.abs(value - wanted[i]!) <= 1e-9 * Math.abs(wanted[i]!);
      });
    t.true(close, `trial ${tid}, ${label}: [${got}], expected [${wanted}]`);
  }
}
