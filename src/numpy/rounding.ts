/** The nearest integer; halves go to the even neighbour, as in NumPy's rint and Python's round. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The largest double below the finite `x`. */
export function nextBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  double[0] = x;
  bits[0]! += x > 0 ? -1n : 1n;
  return double[0];
}

export function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
