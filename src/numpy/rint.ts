const integersOnly = 2 ** 52;

/** NumPy's rint: the nearest integer, halves to the even one. The zero is never negative. */
export function rint(x: number): number {
  // At 2^52 doubles have no fraction left, and the addition rounds halves to even.
  if (x >= 0) return x < integersOnly ? x + integersOnly - integersOnly : x;
  return x > -integersOnly ? x - integersOnly + integersOnly : x;
}
