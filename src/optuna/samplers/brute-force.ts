import { invalidArgument } from '../../errors.js';
import { RandomState } from '../../numpy/random-state.js';
import { sum } from '../../numpy/sum.js';
import { checkOptionNames } from '../../options.js';
import {
  type Distribution,
  type ParamValue,
  sameChoice,
  toExternal,
  toInternal,
} from '../distributions.js';
import { type FrozenTrial, isFinished, type TrialState } from '../frozen-trial.js';
import type { StudyView } from '../study-context.js';
import { ChoiceTree, candidatesOf, type Step } from './choice-tree.js';
import type { Sampler } from './sampler.js';

/** Options of BruteForceSampler. */
export interface BruteForceSamplerOptions {
  /** An integer in 0..2^32-1 that decides the order; from the operating system if left out. */
  seed?: number;
  /**
   * Count combinations that are being tried as untried: the study does not stop before all have
   * finished, but parallel trials may try one twice. Default false.
   */
  avoidPrematureStop?: boolean;
}

const begunStates: readonly TrialState[] = ['running', 'complete', 'pruned', 'fail'];

/**
 * Tries every combination once, in an order decided by the seed, then stops. What is suggested may
 * depend on the values before, unless names are integers ('7'), whose order is not kept. Every float
 * needs a step; ranges must not change. Failed trials count as tried.
 */
export class BruteForceSampler implements Sampler {
  readonly #rng: RandomState;
  readonly #withoutRunning: boolean;

  /** Throws InvalidArgumentError for a seed out of range. */
  constructor(options: BruteForceSamplerOptions = {}) {
    checkOptionNames('BruteForceSampler', options, ['seed', 'avoidPrematureStop']);
    const { seed, avoidPrematureStop = false } = options;
    if (typeof avoidPrematureStop !== 'boolean') {
      throw invalidArgument('avoidPrematureStop', 'a boolean', avoidPrematureStop);
    }
    this.#rng = new RandomState(seed);
    this.#withoutRunning = !avoidPrematureStop;
  }

  sampleIndependent(
    study: StudyView,
    trial: FrozenTrial,
    name: string,
    distribution: Distribution,
  ): ParamValue {
    const tree = new ChoiceTree();
    tree.expand(name, distribution);
    const others = begunTrials(study).filter(({ number }) => number !== trial.number);
    populate(tree, others, trial.params, name);
    const internal = tree.hasOpen(this.#withoutRunning)
      ? this.#sampleChild(tree)
      : this.#rng.choice(candidatesOf(name, distribution));
    return toExternal(distribution, internal);
  }

  afterTrial(study: StudyView, trial: FrozenTrial, state: TrialState): void {
    const trials = begunTrials(study).map((other) =>
      other.number === trial.number ? { ...other, state } : other,
    );
    const params = Object.entries(trial.params);
    while (params.pop()) {
      const tree = new ChoiceTree();
      populate(tree, trials, Object.fromEntries(params));
      if (tree.hasOpen(this.#withoutRunning)) return;
    }
    study.stop();
  }

  /** Half by what is open below a candidate, half alike; running ones only if no other is open. */
  #sampleChild(tree: ChoiceTree): number {
    const counts = tree.openCounts(this.#withoutRunning);
    const total = sum(counts);
    const each = 1 / counts.filter((count) => count > 0).length;
    const weights = counts.map((count) => 0.5 * (count / total) + (count > 0 ? 0.5 * each : 0));
    const running = tree.runningFlags();
    if (weights.some((weight, i) => weight > 0 && !running[i])) {
      for (const [i, isRunning] of running.entries()) if (isRunning) weights[i] = 0;
    }
    const scale = sum(weights);
    const [choice] = this.#rng.weightedIndices(
      weights.map((weight) => weight / scale),
      1,
    );
    return tree.candidates[choice!]!;
  }
}

function begunTrials(study: StudyView): readonly FrozenTrial[] {
  return study.trials({ states: begunStates });
}

/** Adds the trials that have these parameters, by their other parameters, of which `next` is first. */
function populate(
  tree: ChoiceTree,
  trials: readonly FrozenTrial[],
  params: Readonly<Record<string, ParamValue>>,
  next?: string,
): void {
  const given = Object.entries(params);
  for (const trial of trials) {
    const agrees = given.every(
      ([name, value]) => Object.hasOwn(trial.params, name) && sameChoice(trial.params[name], value),
    );
    if (!agrees) continue;
    const node = tree.add(pathOf(trial, params, next));
    if (isFinished(trial.state)) node?.finish();
    else node?.run();
  }
}

function pathOf(
  { params, distributions }: FrozenTrial,
  without: Readonly<Record<string, ParamValue>>,
  next: string | undefined,
): Step[] {
  const steps = Object.entries(distributions)
    .filter(([name]) => !Object.hasOwn(without, name))
    .map(([name, distribution]) => {
      const value = toInternal(distribution, params[name], name);
      return { name, distribution, value };
    });
  // Objects put names that are integers before others, whenever they were suggested.
  const at = steps.findIndex(({ name }) => name === next);
  return at > 0 ? [steps[at]!, ...steps.toSpliced(at, 1)] : steps;
}
