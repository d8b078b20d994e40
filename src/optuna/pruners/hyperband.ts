import { crc32 } from 'node:zlib';
import { InvalidArgumentError, invalidArgument } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import type { StudyView, TrialFilter } from '../study/study-context.js';
import type { FrozenTrial } from '../trial/frozen-trial.js';
import { checkCount } from './check-count.js';
import { naturalLog } from './natural-log.js';
import type { Pruner } from './pruner.js';
import { largestStep, SuccessiveHalvingPruner } from './successive-halving.js';

/** Options of HyperbandPruner. */
export interface HyperbandPrunerOptions {
  /** Steps after which the trials of the first bracket are first judged, 1 or more. Default 1. */
  minResource?: number;
  /**
   * The steps of a trial that is not pruned, 1 or more. 'auto': those of the longest complete trial
   * when the pruner is first asked after there is one; nothing is pruned before. Default 'auto'.
   */
  maxResource?: number | 'auto';
  /** See SuccessiveHalvingPruner; 2 or more. Default 3. */
  reductionFactor?: number;
  /** See SuccessiveHalvingPruner; 0 or more. Needs maxResource. Default 0. */
  bootstrapCount?: number;
  /**
   * What samplers see. 'study': all trials, as the samplers of Optuna 5.0.0 do, seed for seed.
   * 'bracket': those of the trial's bracket, so that what was trained differently long is not
   * compared; a TPE then has its start-up trials in every bracket. GridSampler and BruteForceSampler
   * need 'study'. Default 'study'.
   */
  samplerView?: 'study' | 'bracket';
}

const optionNames = [
  'minResource',
  'maxResource',
  'reductionFactor',
  'bootstrapCount',
  'samplerView',
];
const samplerViews = ['study', 'bracket'];

/** What the pruner knows of a study. */
interface Known {
  /** The bracket of each trial, by number. */
  readonly brackets: number[];
  /** The trials of each bracket. */
  readonly views: StudyView[];
  /** All trials. */
  readonly all: StudyView;
}

/**
 * Hyperband (Li et al., Hyperband: A novel bandit-based approach to hyperparameter optimization,
 * JMLR 18, 2018) on asynchronous successive halving: several brackets that differ in how early they
 * judge; trials compete within their bracket. There are
 * floor(log(maxResource / minResource) / log(reductionFactor)) + 1 brackets, computed with doubles:
 * 5 for 243 by 3. A trial's bracket follows from the study's name and the trial's number alone; name
 * the study to have the same brackets again. What 'auto' found is kept for other studies, too.
 */
export class HyperbandPruner implements Pruner {
  readonly #options: HyperbandPrunerOptions;
  readonly #minResource: number;
  #maxResource: number | undefined;
  readonly #reductionFactor: number;
  readonly #bootstrapCount: number;
  readonly #filtersSampler: boolean;
  /** One a bracket. */
  #pruners: readonly SuccessiveHalvingPruner[] = [];
  /** The share of trials that each bracket gets. */
  #budgets: readonly number[] = [];
  readonly #known = new WeakMap<object, Known>();

  /** Throws InvalidArgumentError for options out of range or that exclude each other. */
  constructor(options: HyperbandPrunerOptions = {}) {
    checkOptionNames('HyperbandPruner', options, optionNames);
    const {
      minResource = 1,
      maxResource = 'auto',
      reductionFactor = 3,
      bootstrapCount = 0,
      samplerView = 'study',
    } = options;
    checkCount('minResource', minResource, 1);
    if (maxResource !== 'auto' && !(Number.isInteger(maxResource) && maxResource >= 1)) {
      throw invalidArgument('maxResource', "an integer from 1 or 'auto'", maxResource);
    }
    checkCount('reductionFactor', reductionFactor, 2);
    checkCount('bootstrapCount', bootstrapCount, 0);
    if (bootstrapCount > 0 && maxResource === 'auto') {
      throw new InvalidArgumentError(
        `bootstrapCount must be 0 with maxResource 'auto', not ${bootstrapCount}`,
      );
    }
    if (!samplerViews.includes(samplerView)) {
      throw invalidArgument('samplerView', `one of ${samplerViews.join(', ')}`, samplerView);
    }
    this.#options = { ...options };
    this.#minResource = minResource;
    this.#maxResource = maxResource === 'auto' ? undefined : maxResource;
    this.#reductionFactor = reductionFactor;
    this.#bootstrapCount = bootstrapCount;
    this.#filtersSampler = samplerView === 'bracket';
  }

  /** One of the same options that remembers nothing yet. */
  forTrial(): HyperbandPruner {
    return new HyperbandPruner(this.#options);
  }

  prune(study: StudyView, trial: FrozenTrial): boolean {
    if (this.#pruners.length === 0) this.#makeBrackets(study);
    const pruner = this.#pruners[this.#bracketOf(study, trial)];
    return pruner?.prune(this.#bracketView(study, trial), trial) ?? false;
  }

  samplerView(study: StudyView, trial: FrozenTrial): StudyView {
    return this.#filtersSampler && this.#pruners.length > 0
      ? this.#bracketView(study, trial)
      : this.#of(study).all;
  }

  #makeBrackets(study: StudyView): void {
    if (this.#maxResource === undefined) {
      const last = largestStep(study);
      if (last === undefined) return;
      this.#maxResource = last + 1;
    }
    const [ratio, factor] = [this.#maxResource / this.#minResource, this.#reductionFactor];
    const count = Math.max(Math.floor(naturalLog(ratio) / naturalLog(factor)) + 1, 0);
    const brackets = Array.from({ length: count }, (_, bracket) => bracket);
    this.#budgets = brackets.map((bracket) => {
      const s = count - 1 - bracket;
      return Math.ceil((count * factor ** s) / (s + 1));
    });
    this.#pruners = brackets.map(
      (bracket) =>
        new SuccessiveHalvingPruner({
          minResource: this.#minResource,
          reductionFactor: factor,
          minEarlyStoppingRate: bracket,
          bootstrapCount: this.#bootstrapCount,
        }),
    );
  }

  #bracketView(study: StudyView, trial: FrozenTrial): StudyView {
    const bracket = this.#bracketOf(study, trial);
    const { views } = this.#of(study);
    views[bracket] ??= new TrialsView(study, {}, (trials) =>
      trials.filter((other) => this.#bracketOf(study, other) === bracket),
    );
    return views[bracket];
  }

  /** 0 for all trials until there are brackets. */
  #bracketOf(study: StudyView, { number }: FrozenTrial): number {
    if (this.#pruners.length === 0) return 0;
    const { brackets } = this.#of(study);
    brackets[number] ??= this.#drawBracket(study.studyName, number);
    return brackets[number];
  }

  #drawBracket(studyName: string, number: number): number {
    const total = this.#budgets.reduce((sum, budget) => sum + budget, 0);
    let left = crc32(`${studyName}_${number}`) % total;
    return this.#budgets.findIndex((budget) => {
      left -= budget;
      return left < 0;
    });
  }

  #of(study: StudyView): Known {
    let known = this.#known.get(study.key);
    if (known === undefined) {
      const all = new TrialsView(study, study.scope, (trials) => trials);
      known = { brackets: [], views: [], all };
      this.#known.set(study.key, known);
    }
    return known;
  }
}

/** Some trials of a study, always as they are now: a filtered study of Optuna has no cached list. */
class TrialsView implements StudyView {
  readonly scope: object;
  readonly #study: StudyView;
  readonly #select: (trials: readonly FrozenTrial[]) => readonly FrozenTrial[];

  constructor(
    study: StudyView,
    scope: object,
    select: (trials: readonly FrozenTrial[]) => readonly FrozenTrial[],
  ) {
    this.#study = study;
    this.scope = scope;
    this.#select = select;
  }

  get key(): object {
    return this.#study.key;
  }

  get storageKey(): object {
    return this.#study.storageKey;
  }

  get studyName(): string {
    return this.#study.studyName;
  }

  get directions(): StudyView['directions'] {
    return this.#study.directions;
  }

  trials({ states }: TrialFilter = {}): readonly FrozenTrial[] {
    return this.#select(this.#study.trials({ states }));
  }

  trial(trialId: number): FrozenTrial {
    return this.#study.trial(trialId);
  }

  setTrialSystemAttr(...args: Parameters<StudyView['setTrialSystemAttr']>): void {
    this.#study.setTrialSystemAttr(...args);
  }

  stop(): void {
    this.#study.stop();
  }
}
