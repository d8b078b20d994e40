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
} from '../distributions/distributions.js';
import type { StudyView } from '../study/study-context.js';
import { type FrozenTrial, isFinished, type TrialState } from '../trial/frozen-trial.js';
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
 * depend on the values before. Every float needs a step; ranges must not change. Failed trials count as
 * tried. With names that are integers ('7') the order may not be Optuna's.
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
    let params = Object.entries(trial.params);
    // The tree of fewer parameters first, which is smaller; if their order is known.
    if (params.some(([name]) => isIndex(name))) params = params.slice(0, 1);
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

/** A trial and those of its parameters that are not given. */
interface Path {
  readonly trial: FrozenTrial;
  readonly steps: readonly Step[];
}

/** Adds the trials that have these parameters, by their other parameters, of which `next` is first. */
function populate(
  tree: ChoiceTree,
  trials: readonly FrozenTrial[],
  params: Readonly<Record<string, ParamValue>>,
  next?: string,
): void {
  const given = Object.entries(params);
  const agrees = (trial: FrozenTrial) =>
    given.every(
      ([name, value]) => Object.hasOwn(trial.params, name) && sameChoice(trial.params[name], value),
    );
  const paths = trials.filter(agrees).map((trial) => ({ trial, steps: stepsOf(trial, params) }));
  for (const { trial, steps } of inOrder(paths, next)) {
    const node = tree.add(steps);
    if (isFinished(trial.state)) node?.finish();
    else node?.run();
  }
}

function stepsOf(
  { params, distributions }: FrozenTrial,
  without: Readonly<Record<string, ParamValue>>,
): Step[] {
  return Object.entries(distributions)
    .filter(([name]) => !Object.hasOwn(without, name))
    .map(([name, distribution]) => {
      const value = toInternal(distribution, params[name], name);
      return { name, distribution, value };
    });
}

/** Whether objects put the name before others, whenever it was added. */
function isIndex(name: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(name);
}

/**
 * The paths with their steps in an order in which they may have been suggested. After the same values
 * all trials are suggested the same, so what came next is a step that all of them have, as far as they
 * go on.
 */
function inOrder(paths: readonly Path[], next?: string): readonly Path[] {
  if (!paths.some(({ steps }) => steps.some(({ name }) => isIndex(name)))) return paths;
  const stepOf = ({ steps }: Path, name: string) => steps.find((step) => step.name === name);
  const going = paths.filter(({ steps }) => steps.length > 0);
  const common = (name: string) => going.every((path) => stepOf(path, name));
  const first = next ?? going[0]!.steps.find(({ name }) => common(name))?.name;
  // The tree tells what contradicts what.
  if (first === undefined || !common(first)) return paths;
  const byValue = new Map<number, Path[]>();
  for (const { trial, steps } of going) {
    const { value } = stepOf({ trial, steps }, first)!;
    const rest = steps.filter(({ name }) => name !== first);
    const group = byValue.get(value);
    if (group) group.push({ trial, steps: rest });
    else byValue.set(value, [{ trial, steps: rest }]);
  }
  const ordered = new Map<FrozenTrial, readonly Step[]>();
  for (const group of byValue.values()) {
    for (const { trial, steps } of inOrder(group)) ordered.set(trial, steps);
  }
  return paths.map((path) =>
    path.steps.length === 0
      ? path
      : { trial: path.trial, steps: [stepOf(path, first)!, ...ordered.get(path.trial)!] },
  );
}
