// Arithmetic on numbers as they are written: 0.1 means one tenth. Grids of steps are laid out in it,
// so that 0..1 by 0.1 has eleven points.

/** digits * 10^exponent, exactly. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

/** The shortest decimal that reads back as `x`. */
function decimalOf(x: number): Decimal {
  const [mantissa, exponent] = x.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** Numbers with one exponent. */
function aligned(...numbers: readonly number[]): { exponent: number; digits: bigint[] } {
  const decimals = numbers.map(decimalOf);
  const exponent = Math.min(...decimals.map((decimal) => decimal.exponent));
  const digits = decimals.map(
    (decimal) => decimal.digits * 10n ** BigInt(decimal.exponent - exponent),
  );
  return { exponent, digits };
}

/** The digits that Python's decimal numbers keep. */
const precision = 28;
const firstTooLong = 10n ** BigInt(precision);

/** Rounded to `precision` digits, halves to even ones, with zeros behind. */
function rounded(digits: bigint): bigint {
  if (digits < firstTooLong && -digits < firstTooLong) return digits;
  const size = digits < 0n ? -digits : digits;
  const unit = 10n ** BigInt(`${size}`.length - precision);
  const [kept, rest] = [size / unit, size % unit];
  const isUp = 2n * rest > unit || (2n * rest === unit && kept % 2n === 1n);
  const result = (isUp ? kept + 1n : kept) * unit;
  return digits < 0n ? -result : result;
}

/** The largest of low, low + step, low + 2 step, ... that does not exceed `high`. */
export function lastOnGrid(low: number, high: number, step: number): number {
  const { exponent, digits } = aligned(low, high, step);
  const [from, to, by] = digits as [bigint, bigint, bigint];
  const range = rounded(to - from);
  if (range % by === 0n) return high;
  return Number(`${rounded(rounded((range / by) * by) + from)}e${exponent}`);
}

/** Whether low + step exceeds `high`. */
export function isBelowStep(low: number, high: number, step: number): boolean {
  // Rounding does not matter by far, and decimals take their time.
  if (high - low > 2 * step) return false;
  const [from, to, by] = aligned(low, high, step).digits as [bigint, bigint, bigint];
  return rounded(to - from) < by;
}

/** low, low + step, low + 2 step, ... as far as `high`. */
export function decimalGrid(low: number, high: number, step: number): number[] {
  const { exponent, digits } = aligned(low, high, step);
  const [from, to, by] = digits as [bigint, bigint, bigint];
  const values: number[] = [];
  for (let value = from; value <= to; value = rounded(value + by)) {
    values.push(Number(`${value}e${exponent}`));
  }
  return values;
}
