// The Wilcoxon signed-rank test (Wilcoxon, Individual comparisons by ranking methods, 1945), with the
// choices of SciPy 1.17 for `method='auto'`, `zero_method='zsplit'` and no correction for continuity.

/** Differences up to this many, without ties and zeros, have the exact distribution. */
const mostExact = 50;
/** The same for differences with ties or zeros: all ways to sign them are counted. */
const mostExactWithTies = 13;

/**
 * The probability that differences which are symmetric about 0 would have as large a sum of the ranks of
 * positive ones as these ('greater'), or as small a one ('less'). Half of the ranks of zeros count as
 * positive. The number of `differences` is 1 or more; none is NaN.
 */
export function wilcoxonPValue(
  differences: readonly number[],
  alternative: 'greater' | 'less',
): number {
  const n = differences.length;
  const { ranks, tied } = averageRanks(differences.map(Math.abs));
  let positive = 0;
  for (const [i, difference] of differences.entries()) {
    positive += difference > 0 ? ranks[i]! : difference === 0 ? ranks[i]! / 2 : 0;
  }
  const isSimple = tied === 0 && !differences.includes(0);
  if (n <= (isSimple ? mostExact : mostExactWithTies)) {
    return exactPValue(differences, ranks, alternative);
  }
  const mean = n * (n + 1) * 0.25;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - tied / 2) / 24);
  const z = (positive - mean) / deviation;
  return upperTail(alternative === 'greater' ? z : -z);
}

/** Ranks from 1, equal values share theirs; and the sum of t^3 - t over groups of t equal values. */
function averageRanks(values: readonly number[]): { ranks: number[]; tied: number } {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]! || 0);
  const ranks = new Array<number>(values.length);
  let tied = 0;
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && values[order[end]!] === values[order[begin]!]) end += 1;
    for (const i of order.slice(begin, end)) ranks[i] = (begin + 1 + end) / 2;
    const size = end - begin;
    tied += size ** 3 - size;
    begin = end;
  }
  return { ranks, tied };
}

/** Counts the signs of the differences that are not 0. The counts are below 2^53, so p is exact. */
function exactPValue(
  differences: readonly number[],
  ranks: readonly number[],
  alternative: 'greater' | 'less',
): number {
  // Doubled ranks are integers.
  const doubled = differences.flatMap((difference, i) =>
    difference === 0 ? [] : [{ rank: 2 * ranks[i]!, isPositive: difference > 0 }],
  );
  const total = doubled.reduce((sum, { rank }) => sum + rank, 0);
  const counts = new Float64Array(total + 1);
  counts[0] = 1;
  let reached = 0;
  let observed = 0;
  for (const { rank, isPositive } of doubled) {
    for (let sum = reached; sum >= 0; sum -= 1) counts[sum + rank]! += counts[sum]!;
    reached += rank;
    if (isPositive) observed += rank;
  }
  const tail =
    alternative === 'greater' ? counts.subarray(observed) : counts.subarray(0, observed + 1);
  return tail.reduce((sum, count) => sum + count, 0) / 2 ** doubled.length;
}

/** The probability that a standard normal variable exceeds z. */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // Abramowitz and Stegun, 26.2.11.
    let term = z;
    let sum = z;
    for (let k = 3; term > sum * 1e-17; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // 26.2.14, a continued fraction, from its end.
  let tail = z;
  for (let k = 100; k >= 1; k -= 1) tail = z + k / tail;
  return density / tail;
}
