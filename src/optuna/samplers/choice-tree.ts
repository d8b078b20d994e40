import { InvalidArgumentError, invalidArgument, show } from '../../errors.js';
import { decimalGrid } from '../distributions/decimal.js';
import type { Distribution } from '../distributions/distributions.js';

/**
 * The values that a parameter can take, as samplers know them: numbers, or indices of choices. Throws
 * InvalidArgumentError if there is no end to them.
 */
export function candidatesOf(name: string, distribution: Distribution): readonly number[] {
  const [low, high, step] = rangeOf(distribution);
  if (low === high) return [low];
  if (step === null) {
    throw invalidArgument(`step of '${name}'`, 'given for BruteForceSampler', null);
  }
  if (distribution.kind === 'float') return decimalGrid(low, high, step);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
}

type Range = readonly [low: number, high: number, step: number | null];

function rangeOf(distribution: Distribution): Range {
  if (distribution.kind === 'categorical') return [0, distribution.choices.length - 1, 1];
  return [distribution.low, distribution.high, distribution.step];
}

/** A parameter of a trial. */
export interface Step {
  readonly name: string;
  readonly distribution: Distribution;
  /** As samplers know it. */
  readonly value: number;
}

/** The candidates of each distribution, made once for all nodes of a tree. */
type Lists = Map<Distribution, readonly number[]>;

/**
 * Parameters in the order in which they are suggested, by the values of those before. A node is
 * unknown (what follows has not been seen), a running trial's last one, a finished trial's last one
 * (nothing follows), or has a parameter that follows.
 */
export class ChoiceTree {
  readonly #lists: Lists;
  #name: string | undefined;
  #range: Range | undefined;
  /** Undefined while it is not known what follows. */
  #candidates: readonly number[] | undefined;
  /** By candidate. Those left out are unknown. */
  readonly #children = new Map<number, ChoiceTree>();
  #isRunning = false;

  constructor(lists: Lists = new Map()) {
    this.#lists = lists;
  }

  get candidates(): readonly number[] {
    return this.#candidates ?? [];
  }

  /** Whether a running trial has come this far. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Throws InvalidArgumentError if another parameter, or another range, is known to follow here. */
  expand(name: string, distribution: Distribution): void {
    const range = rangeOf(distribution);
    if (this.#candidates === undefined) {
      let list = this.#lists.get(distribution);
      if (list === undefined) {
        list = candidatesOf(name, distribution);
        this.#lists.set(distribution, list);
      }
      this.#name = name;
      this.#range = range;
      this.#candidates = list;
    } else if (this.#name !== name) {
      throw inconsistent(`'${name}' is suggested where ${this.#describe()}`);
    } else if (range.some((bound, i) => bound !== this.#range![i])) {
      throw inconsistent(
        `'${name}' has another range than in trials with the same parameters before`,
      );
    }
  }

  /** The node at the end of the path; undefined if a value is not among the candidates. */
  add(path: readonly Step[]): ChoiceTree | undefined {
    let node: ChoiceTree = this;
    for (const { name, distribution, value } of path) {
      node.expand(name, distribution);
      let next = node.#children.get(value);
      if (next === undefined) {
        if (!node.#candidates!.includes(value)) return undefined;
        next = new ChoiceTree(this.#lists);
        node.#children.set(value, next);
      }
      node = next;
    }
    return node;
  }

  /** Notes that a trial ends here. */
  finish(): void {
    if (this.#name !== undefined) throw inconsistent(`a trial ends where ${this.#describe()}`);
    this.#candidates = [];
  }

  /** Notes that a trial has come this far. */
  run(): void {
    this.#isRunning = true;
  }

  /** How many ways to go on are left below; without those that trials are on, if told so. */
  countOpen(withoutRunning: boolean): number {
    if (this.#candidates === undefined) return withoutRunning && this.#isRunning ? 0 : 1;
    let count = this.#candidates.length - this.#children.size;
    for (const child of this.#children.values()) count += child.countOpen(withoutRunning);
    return count;
  }

  hasOpen(withoutRunning: boolean): boolean {
    if (this.#candidates === undefined) return !(withoutRunning && this.#isRunning);
    if (this.#candidates.length > this.#children.size) return true;
    for (const child of this.#children.values()) if (child.hasOpen(withoutRunning)) return true;
    return false;
  }

  /** countOpen of every candidate. */
  openCounts(withoutRunning: boolean): Float64Array {
    return Float64Array.from(
      this.candidates,
      (candidate) => this.#children.get(candidate)?.countOpen(withoutRunning) ?? 1,
    );
  }

  /** Whether a trial has come to this candidate and not farther, for every candidate. */
  runningFlags(): boolean[] {
    return this.candidates.map((candidate) => this.#children.get(candidate)?.isRunning ?? false);
  }

  #describe(): string {
    return this.#name === undefined
      ? 'another trial with the same parameters ended'
      : `another trial with the same parameters was suggested ${show(this.#name)}`;
  }
}

function inconsistent(what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `BruteForceSampler needs an objective whose suggestions follow from the values before: ${what}`,
  );
}
