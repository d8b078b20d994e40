const lanes = 8;
const block = 128;

/**
 * NumPy's sum: eight partial sums for up to 128 numbers, halves beyond that. Its rounding decides
 * between scores that would be equal without any.
 */
export function sum(values: Float64Array): number {
  const n = values.length;
  if (n < lanes) return values.reduce((total, value) => total + value, 0);
  if (n > block) {
    const half = Math.floor(n / 2 / lanes) * lanes;
    return sum(values.subarray(0, half)) + sum(values.subarray(half));
  }
  const partial = values.slice(0, lanes);
  const rest = n % lanes;
  for (let i = lanes; i < n - rest; i++) partial[i % lanes]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = partial as unknown as number[];
  let total = a! + b! + (c! + d!) + (e! + f! + (g! + h!));
  for (let i = n - rest; i < n; i++) total += values[i]!;
  return total;
}
