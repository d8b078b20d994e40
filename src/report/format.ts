/** An accuracy in 0..1 as percent, or a dash. */
export function percent(accuracy: number | undefined): string {
  return accuracy === undefined ? '–' : `${(100 * accuracy).toFixed(2)} %`;
}

/** A duration in the unit that suits it. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A hyperparameter: integers and words as they are, other numbers to four significant digits. */
export function parameter(value: number | string | undefined): string {
  if (value === undefined) return '–';
  if (typeof value === 'string' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
