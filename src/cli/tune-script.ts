import { basename, extname } from 'node:path';
import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { checkOptionNames } from '../options.js';
import type { Direction, OptimizeOptions, Pruner, Sampler, Trial } from '../optuna/index.js';
import { loadScript } from './load-script.js';

/** What an objective is told beside its trial. */
export interface TuneContext {
  /** Fires at Ctrl-C: the trial has failed then, and what the objective still does is in vain. */
  readonly signal: AbortSignal;
  /** Tells a line on stderr, beside the progress. */
  log(text: string): void;
}

export type TuneObjective = (
  trial: Trial,
  context: TuneContext,
) => number | readonly number[] | Promise<number | readonly number[]>;

/** Of `options`: what optimize takes and the command line sets, too. */
const optionNames = ['nTrials', 'timeout', 'nJobs', 'deterministic', 'catch', 'callbacks'] as const;

/** What a script for `trialforge tune` exports. */
export interface TuneScript {
  objective: TuneObjective;
  studyName: string;
  directions: readonly Direction[] | undefined;
  /** A sampler, or what makes one from --seed. */
  sampler: Sampler | ((seed: number | undefined) => Sampler) | undefined;
  pruner: Pruner | undefined;
  options: OptimizeOptions;
}

const exportNames = [
  'default',
  'studyName',
  'direction',
  'directions',
  'sampler',
  'pruner',
  'options',
];

/**
 * Loads a script. Its other exports are its own affair.
 * @throws InvalidArgumentError for exports that are not what they should be, DataError
 */
export async function loadTuneScript(file: string): Promise<TuneScript> {
  const exported = await loadScript(file);
  const {
    default: objective,
    studyName = basename(file, extname(file)),
    direction,
    directions,
    sampler,
    pruner,
    options = {},
  } = exported as Record<(typeof exportNames)[number], never>;
  if (typeof objective !== 'function') {
    throw invalidArgument(
      `the default export of ${file}`,
      'the objective, a function of a trial',
      objective,
    );
  }
  if (typeof studyName !== 'string') {
    throw invalidArgument(`studyName of ${file}`, 'a string', studyName);
  }
  if (direction !== undefined && directions !== undefined) {
    throw new InvalidArgumentError(`${file} must not export both direction and directions`);
  }
  checkOptionNames(`${file}`, options, optionNames);
  const { callbacks = [] } = options as OptimizeOptions;
  if (!Array.isArray(callbacks)) {
    throw invalidArgument(`options.callbacks of ${file}`, 'an array of functions', callbacks);
  }
  return {
    objective,
    studyName,
    directions: directions ?? (direction === undefined ? undefined : [direction]),
    sampler,
    pruner,
    options,
  };
}
