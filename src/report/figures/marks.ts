import type { StrategyName } from '../../compare/strategies/names.js';

/** The symbol and dash by which a strategy is told apart where colour does not do it. */
export const marks = {
  manual: { symbol: 'diamond', dash: [2, 4] },
  random: { symbol: 'triangle', dash: [7, 4] },
  grid: { symbol: 'rect', dash: [2, 2] },
  'optuna-tpe': { symbol: 'circle', dash: 'solid' },
  'hyperopt-tpe': { symbol: 'roundRect', dash: [12, 3] },
} as const satisfies Record<StrategyName, { symbol: string; dash: 'solid' | readonly number[] }>;

export function markOf(name: StrategyName) {
  const { symbol, dash } = marks[name];
  return { symbol, dash: dash === 'solid' ? dash : [...dash] };
}
