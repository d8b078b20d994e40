import { grid } from './grid.js';
import { hyperoptTpe } from './hyperopt-tpe.js';
import { manual } from './manual.js';
import type { StrategyName } from './names.js';
import { optunaTpe } from './optuna-tpe.js';
import { random } from './random.js';
import type { Strategy } from './strategy.js';

export const strategies = {
  manual,
  random,
  grid,
  'optuna-tpe': optunaTpe,
  'hyperopt-tpe': hyperoptTpe,
} as const satisfies Record<StrategyName, Strategy>;
