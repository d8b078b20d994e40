import { invalidArgument, invalidInteger } from '../../errors.js';
import { Generator } from '../../numpy/generator.js';
import { type ParzenDeviceOptions, type ParzenPlace, parzenPlace } from '../../parzen/device.js';
import { proposal } from '../algorithm.js';
import type { Distribution } from '../distribution.js';
import type { TrialDocument } from '../documents.js';
import type { Domain } from '../domain.js';
import * as rand from '../rand.js';
import type { Trials } from '../trials.js';
import { type History, observations, partedHistory } from './history.js';
import { posterior } from './posterior.js';

/** Of `tpe.suggest`, under the names of Hyperopt's in camel case. */
export interface TpeOptions extends ParzenDeviceOptions {
  /** Trials, running and failed ones included, before which the search is random. An integer >= 0. */
  nStartupJobs?: number;
  /** Candidates drawn for every label. An integer >= 1. */
  nEICandidates?: number;
  /** The good trials are the best ceil(gamma sqrt(n)), at most 25. A positive number. */
  gamma?: number;
  /** The prior's weight, relative to one observation's. A positive number. */
  priorWeight?: number;
}

type Settings = Required<Omit<TpeOptions, keyof ParzenDeviceOptions>>;

const defaults: Settings = {
  nStartupJobs: 20,
  nEICandidates: 24,
  gamma: 0.25,
  priorWeight: 1,
};

const optionNames = [...Object.keys(defaults), 'device', 'deviceCrossover'];

function checked(options: TpeOptions): Settings & { place: ParzenPlace } {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw invalidArgument('an option of TPE', `one of ${optionNames.join(', ')}`, name);
    }
  }
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  const settings = { ...defaults, ...given };
  const { nStartupJobs, nEICandidates, gamma, priorWeight } = settings;
  if (!Number.isSafeInteger(nStartupJobs) || nStartupJobs < 0) {
    throw invalidInteger('nStartupJobs', 'a non-negative integer', nStartupJobs);
  }
  if (!Number.isSafeInteger(nEICandidates) || nEICandidates < 1) {
    throw invalidInteger('nEICandidates', 'a positive integer', nEICandidates);
  }
  if (!(Number.isFinite(gamma) && gamma > 0)) {
    throw invalidArgument('gamma', 'a positive number', gamma);
  }
  if (!(Number.isFinite(priorWeight) && priorWeight > 0)) {
    throw invalidArgument('priorWeight', 'a positive number', priorWeight);
  }
  return { ...settings, place: parzenPlace(given) };
}

/** The first greatest score; as in NumPy, a score that is NaN is greater than any. */
function argmax(scores: Float64Array): number {
  let best = 0;
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) return i;
    if (scores[i]! > scores[best]!) best = i;
  }
  return best;
}

/** Of the candidates drawn from the good trials' values, the one they most favour over the others'. */
function likeliest(
  label: string,
  distribution: Distribution,
  history: History,
  { nEICandidates, priorWeight, place }: ReturnType<typeof checked>,
  rng: Generator,
): number {
  const after = (documents: readonly TrialDocument[]) =>
    posterior(distribution, observations(documents, label), priorWeight, place);
  const good = after(history.below);
  const other = after(history.above);
  const candidates = good.sample(nEICandidates, rng);
  const otherLogDensity = other.logDensity(candidates);
  const scores = good.logDensity(candidates).map((value, i) => value - otherLogDensity[i]!);
  return candidates[argmax(scores)]!;
}

/**
 * `suggest` with other settings. Throws InvalidArgumentError for impossible or unknown ones, and
 * DeviceUnavailableError for a CUDA device that is not there.
 */
function configured(
  options: TpeOptions,
): (newIds: readonly number[], domain: Domain, trials: Trials, seed: number) => TrialDocument[] {
  const settings = checked(options);
  return (newIds, domain, trials, seed) => {
    const history = partedHistory(trials, settings.gamma, settings.nStartupJobs);
    if (history === undefined) return rand.suggest(newIds, domain, trials, seed);
    const tid = newIds[0];
    if (tid === undefined) return [];
    const rng = new Generator(seed);
    const vals = domain.space.draw((label, distribution) =>
      likeliest(label, distribution, history, settings, rng),
    );
    return [proposal(tid, vals, domain, trials)];
  };
}

export { configured as with };

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011): each label by itself, and the choices
 * above it first, it takes the candidate whose density under the good trials is greatest relative to
 * that under the others. Random at first: see `nStartupJobs`. After that one document is proposed,
 * however many ids there are. Throws InvalidArgumentError unless `seed` is a non-negative integer.
 */
export const suggest = configured({});
