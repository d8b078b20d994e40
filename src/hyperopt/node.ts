import type { Distribution } from './distribution.js';

/** A labelled number of a space. Made by the functions of `hp`. */
export class ParameterNode {
  /** Tells nodes apart. */
  readonly kind = 'parameter';
  /** Unique within a space. */
  readonly label: string;
  /** What its value is drawn from. */
  readonly distribution: Distribution;

  constructor(label: string, distribution: Distribution) {
    this.label = label;
    this.distribution = distribution;
  }
}

/** A labelled choice among the nodes, objects, arrays or values `options`. Made by the functions of `hp`. */
export class ChoiceNode<Options extends readonly unknown[] = readonly unknown[]> {
  /** Tells nodes apart. */
  readonly kind = 'choice';
  /** Unique within a space. */
  readonly label: string;
  /** What the index of its option is drawn from. */
  readonly distribution: Distribution;
  /** What it chooses among. */
  readonly options: Options;

  constructor(label: string, distribution: Distribution, options: Options) {
    this.label = label;
    this.distribution = distribution;
    this.options = options;
  }
}

/** What `hp` makes: a place in a search space. */
export type SpaceNode = ParameterNode | ChoiceNode;

/** The configuration a space stands for: nodes become numbers or the chosen option. */
export type Evaluated<Space> =
  Space extends ChoiceNode<infer Options>
    ? Evaluated<Options[number]>
    : Space extends ParameterNode
      ? number
      : Space extends (...args: never[]) => unknown
        ? Space
        : Space extends object
          ? { -readonly [Key in keyof Space]: Evaluated<Space[Key]> }
          : Space;

export function isNode(value: unknown): value is SpaceNode {
  return value instanceof ParameterNode || value instanceof ChoiceNode;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
