// The logarithm that decides how many brackets Hyperband has: 243 = 3^5 comes out as 5 brackets
// instead of 6 because of how the logarithms of both round, and Math.log does not always round to the
// nearest double.

const fractionBits = 160n;
const one = 1n << fractionBits;

/** The natural logarithm of a positive finite double, rounded to the nearest. */
export function naturalLog(x: number): number {
  let exponent = Math.floor(Math.log2(x));
  // At most 2^600 at once: the smallest doubles have no finite inverse.
  let mantissa = x;
  for (let left = exponent; left !== 0; ) {
    const part = Math.max(-600, Math.min(600, left));
    mantissa /= 2 ** part;
    left -= part;
  }
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const m = BigInt(mantissa * 2 ** 54) << (fractionBits - 54n);
  const total =
    BigInt(exponent) * twoArtanh(one / 3n) + twoArtanh(((m - one) << fractionBits) / (m + one));
  // The division is by a power of two: only the conversion rounds.
  return Number(total) / 2 ** Number(fractionBits);
}

/** 2 artanh(s) = log((1 + s) / (1 - s)) in fixed point, for |s| up to a third. */
function twoArtanh(s: bigint): bigint {
  const square = (s * s) >> fractionBits;
  let total = 0n;
  let power = s;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    total += power / n;
    power = (power * square) >> fractionBits;
  }
  return 2n * total;
}
