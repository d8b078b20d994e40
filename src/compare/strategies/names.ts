/** What reports call the strategies, in the order in which they show them. */
export const strategyTitles = {
  manual: 'Manual',
  random: 'Random',
  grid: 'Grid',
  'optuna-tpe': 'Optuna TPE',
  'hyperopt-tpe': 'Hyperopt TPE',
} as const;

export type StrategyName = keyof typeof strategyTitles;

export const strategyNames = Object.keys(strategyTitles) as [StrategyName, ...StrategyName[]];
