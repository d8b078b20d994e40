import type { Results, TrialRecord } from './results.js';
import { type StrategyName, strategyTitles } from './strategies/names.js';

/**
 * What the trials of one strategy amount to. Values are the test accuracies of last epochs, in
 * 0..1.
 */
export interface StrategySummary {
  /** Of the strategy, as options have it. */
  name: StrategyName;
  /** Of the strategy, as reports have it. */
  title: string;
  /** In the order of their numbers. */
  trials: readonly TrialRecord[];
  /** How many trials have a value. */
  complete: number;
  /** How many trials were pruned. */
  pruned: number;
  /** How many trials failed. */
  failed: number;
  /** The complete trial of the highest value; the earliest of equals. */
  best: TrialRecord | undefined;
  /** Of the values of complete trials; undefined if there are none. */
  mean: number | undefined;
  /** Sample standard deviation; undefined below two complete trials. */
  deviation: number | undefined;
  /** Of all trials. */
  seconds: number;
  /** After each trial: what the strategy had used, and the best value it had reached. */
  progress: readonly { trial: number; seconds: number; best: number | undefined }[];
}

/** What each strategy of a comparison came to, in the plan's order. */
export function summarise(results: Results): StrategySummary[] {
  return results.strategies.map(({ name, trials }) => {
    const times = results.times.trials[name] ?? [];
    const values = trials.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const mean = values.length > 0 ? sum(values) / values.length : undefined;
    let seconds = 0;
    let best: TrialRecord | undefined;
    const progress = trials.map((trial) => {
      seconds += times[trial.number]?.seconds ?? 0;
      if (trial.value !== undefined && trial.value > (best?.value ?? Number.NEGATIVE_INFINITY))
        best = trial;
      return { trial: trial.number + 1, seconds, best: best?.value };
    });
    const count = (state: TrialRecord['state']) =>
      trials.filter((trial) => trial.state === state).length;
    return {
      name,
      title: strategyTitles[name],
      trials,
      complete: count('complete'),
      pruned: count('pruned'),
      failed: count('failed'),
      best,
      mean,
      deviation:
        mean !== undefined && values.length > 1
          ? Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1))
          : undefined,
      seconds,
      progress,
    };
  });
}

/**
 * The trials whose learning curves tell how a search went: the first, the one in the middle of the
 * search, and the best; those of a search too short to differ are named together.
 */
export function tellingTrials(summary: StrategySummary): { trial: TrialRecord; roles: string[] }[] {
  const curves = summary.trials.filter(({ epochs }) => epochs.length > 0);
  const chosen: [string, TrialRecord | undefined][] = [
    ['first', curves[0]],
    ['middle', curves[Math.floor((curves.length - 1) / 2)]],
    ['best', summary.best],
  ];
  const byTrial = new Map<TrialRecord, string[]>();
  for (const [role, trial] of chosen) {
    if (trial) byTrial.set(trial, [...(byTrial.get(trial) ?? []), role]);
  }
  return [...byTrial].map(([trial, roles]) => ({ trial, roles }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
