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

/** The largest of low, low + step, low + 2 step, ... that does not exceed `high`. */
export function lastOnGrid(low: number, high: number, step: number): number {
  const decimals = [low, high, step].map(decimalOf);
  const exponent = Math.min(...decimals.map((decimal) => decimal.exponent));
  const [from, to, by] = decimals.map(
    (decimal) => decimal.digits * 10n ** BigInt(decimal.exponent - exponent),
  ) as [bigint, bigint, bigint];
  const rest = (to - from) % by;
  return rest === 0n ? high : Number(`${to - rest}e${exponent}`);
}
