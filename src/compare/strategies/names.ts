/** What reports call the strategies, in the order in which they show them. */
export const strategyTitles = {
  manual: 'Manual',
  random: 'Random',
  grid: 'Grid',
  'optuna-tpe': 'Optuna TPE',
  'hyperopt-tpe': 'Hyperopt TPE',
} as const;

/** A way to choose hyperparameters. */
export type StrategyName = keyof typeof strategyTitles;

/** All strategies, in the order in which a comparison runs them. */
export const strategyNames = Object.keys(strategyTitles) as [StrategyName, ...StrategyName[]];
