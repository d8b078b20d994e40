import type { Direction } from './frozen-trial.js';

/** Objective values with those to maximise negated, so that small is good. */
export function toLosses(values: readonly number[], directions: readonly Direction[]): number[] {
  return values.map((value, i) => (directions[i] === 'maximize' ? -value : value));
}

/** Whether `a` is nowhere worse than `b`, and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((x, i) => x <= b[i]!) && a.some((x, i) => x < b[i]!);
}

/**
 * The rank of every row of losses: 0 for those that none dominates, 1 for those that only rank 0
 * dominates, and so on, until `enough` rows are ranked; the rest share the next rank.
 */
export function nonDominationRanks(
  losses: readonly (readonly number[])[],
  enough = losses.length,
): Int32Array {
  const ranks = new Int32Array(losses.length);
  // In lexicographic order only an earlier row can dominate a later one.
  let left = [...losses.keys()].sort((a, b) => compareRows(losses[a]!, losses[b]!));
  for (let rank = 0; left.length > 0; rank += 1) {
    const done = losses.length - left.length >= enough;
    const front: number[] = [];
    const rest: number[] = [];
    for (const i of left) {
      const beaten = !done && front.some((j) => dominates(losses[j]!, losses[i]!));
      (beaten ? rest : front).push(i);
    }
    for (const i of front) ranks[i] = rank;
    left = rest;
  }
  return ranks;
}

/** Lexicographic order of rows. */
export function compareRows(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i += 1) {
    if (a[i]! !== b[i]!) return a[i]! < b[i]! ? -1 : 1;
  }
  return 0;
}
