import { colour } from '../palette.js';

const labelSize = 12;

/** What every axis shares: names in the middle, quiet lines. */
export function axis(name: string, nameGap: number) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameGap,
    nameTextStyle: { color: colour('muted'), fontSize: labelSize },
    axisLabel: { color: colour('muted'), fontSize: labelSize },
    axisLine: { show: true, onZero: false, lineStyle: { color: colour('rule') } },
    axisTick: { show: false },
    splitLine: { show: true, lineStyle: { color: colour('rule') } },
  };
}

/** Whole numbers up to `last`. */
export function countAxis(name: string, last: number) {
  const base = axis(name, 28);
  const interval = [1, 2, 5, 10, 20, 50, 100].find((step) => last / step <= 10) ?? 1000;
  return {
    ...base,
    type: 'value' as const,
    min: last > 1 && interval === 1 ? 1 : 0,
    max: Math.max(last, 2),
    interval,
    axisLabel: { ...base.axisLabel, showMaxLabel: last % interval === 0 },
    splitLine: { show: false },
  };
}

/**
 * Accuracy, logarithmic in the error: each line upwards halves the share of wrong answers. What is
 * plotted is the error (see `errorOf`); the labels show the accuracy.
 */
export function accuracyAxis(name: string, errors: readonly number[]) {
  const base = axis(name, 48);
  const smallest = Math.min(0.5, ...errors);
  const largest = Math.max(smallest * 2, ...errors);
  return {
    ...base,
    type: 'log' as const,
    logBase: 2,
    inverse: true,
    min: 2 ** Math.floor(Math.log2(smallest)),
    max: Math.min(1, 2 ** Math.ceil(Math.log2(largest))),
    axisLabel: { ...base.axisLabel, formatter: (error: number) => `${round(100 * (1 - error))} %` },
  };
}

/** The error that an accuracy leaves, kept above 0 so that a logarithm exists: half an image. */
export function errorOf(accuracy: number, testSize: number): number {
  return Math.max(1 - accuracy, 0.5 / testSize);
}

function round(percent: number): number {
  const decimals = percent > 99.9 ? 100 : 10;
  return Math.round(percent * decimals) / decimals;
}

export function legend(names: readonly string[], narrow: boolean) {
  return {
    data: [...names],
    top: 0,
    left: narrow ? 0 : ('center' as const),
    itemWidth: 22,
    itemGap: narrow ? 10 : 20,
    textStyle: { color: colour('ink'), fontSize: labelSize },
  };
}
