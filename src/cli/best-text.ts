import { type Direction, type FrozenTrial, NoBestTrialError } from '../optuna/index.js';
import { bestTrial, paretoFront } from '../optuna/study/best.js';
import { paramText, valuesText, visible } from './study-text.js';

/** The best trial of one objective, the Pareto front of several; nothing if there is none yet. */
export function bestTrials(
  trials: readonly FrozenTrial[],
  directions: readonly Direction[],
): readonly FrozenTrial[] {
  if (directions.length > 1) return paretoFront(trials, directions);
  try {
    return [bestTrial(trials, directions[0]!)];
  } catch (error) {
    if (!(error instanceof NoBestTrialError)) throw error;
    return [];
  }
}

/** The best trial with its parameters, a line each, or a line for each trial of the front. */
export function bestText(best: readonly FrozenTrial[], directions: readonly Direction[]): string {
  if (best.length === 0) return 'no best trial yet';
  if (directions.length === 1) {
    const [{ number, values, params }] = best as [FrozenTrial];
    const names = Object.keys(params);
    const width = Math.max(0, ...names.map((name) => visible(name).length));
    const lines = names.map(
      (name) => `  ${visible(name).padEnd(width)}  ${paramText(params[name])}`,
    );
    return [`best value ${valuesText(values)} (trial ${number})`, ...lines].join('\n');
  }
  const lines = best.map(({ number, values, params }) => {
    const shown = Object.entries(params).map(
      ([name, value]) => `${visible(name)} ${paramText(value)}`,
    );
    return `  trial ${number}: ${valuesText(values)}  (${shown.join(', ')})`;
  });
  return [`Pareto front of ${best.length}`, ...lines].join('\n');
}
