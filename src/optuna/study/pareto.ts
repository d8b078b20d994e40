import type { Direction } from '../trial/frozen-trial.js';

/** Objective values with those to maximise negated, so that small is good. */
export function toLosses(values: readonly number[], directions: readonly Direction[]): number[] {
  return values.map((value, i) => (directions[i] === 'maximize' ? -value : value));
}

/** Whether `a` is nowhere worse than `b`. */
export function covers(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i += 1) {
    if (!(a[i]! <= b[i]!)) return false;
  }
  return true;
}

/** Whether `a` is nowhere worse than `b`, and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  return covers(a, b) && !covers(b, a);
}

/** Whether each row of losses is one that no other dominates. */
export function onParetoFront(losses: readonly (readonly number[])[]): boolean[] {
  const isOn = new Array<boolean>(losses.length).fill(false);
  const front: (readonly number[])[] = [];
  const planar = losses[0]?.length === 2;
  // In lexicographic order only an earlier row can dominate a later one.
  const order = [...losses.keys()].sort((a, b) => compareRows(losses[a]!, losses[b]!));
  for (const i of order) {
    const row = losses[i]!;
    const last = front.at(-1);
    if (last === undefined || compareRows(last, row) !== 0) {
      // With two objectives the latest on the front is the best in the second.
      if (planar ? last && last[1]! <= row[1]! : front.some((other) => covers(other, row)))
        continue;
      front.push(row);
    }
    isOn[i] = true;
  }
  return isOn;
}

/** Lexicographic order of rows. */
export function compareRows(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i += 1) {
    if (a[i]! !== b[i]!) return a[i]! < b[i]! ? -1 : 1;
  }
  return 0;
}
