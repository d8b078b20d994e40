import { invalidArgument } from '../errors.js';
import { type Distribution, expectedValue } from './distribution.js';
import { type Evaluated, isNode, isPlainObject, type SpaceNode } from './node.js';
import { compareCodePoints, drawOrder, isActive, type PlacedNode, placedNodes } from './places.js';

/** A number for every active label; a choice's is the index of its option. */
export type Assignment = Record<string, number>;

/** A value a label, or none where it is inactive: the form trial documents keep. */
export type LabelValues = Record<string, number[]>;

/** A space, checked and indexed by label. */
export class SearchSpace {
  /** All labels, in the order of the alphabet. */
  readonly labels: readonly string[];
  readonly #space: unknown;
  readonly #nodes: ReadonlyMap<string, PlacedNode>;
  readonly #drawOrder: readonly string[];

  /**
   * Throws DuplicateLabel when two nodes share a label, and InvalidSpace when `space` contains
   * itself.
   */
  constructor(space: unknown) {
    this.#space = space;
    this.#nodes = placedNodes(space);
    this.#drawOrder = drawOrder(this.#nodes);
    this.labels = [...this.#nodes.keys()].sort(compareCodePoints);
  }

  /** What `label` draws from. Throws InvalidArgumentError for an unknown label. */
  distribution(label: string): Distribution {
    return this.#placed(label).node.distribution;
  }

  /**
   * Draws a value for every active label and leaves the others empty. The order is Hyperopt's, on
   * which seeded results depend: labels against the alphabet, but each after the choices that
   * decide whether it is active.
   */
  draw(drawValue: (label: string, distribution: Distribution) => number): LabelValues {
    const values = new Map<string, number[]>();
    for (const label of this.#drawOrder) {
      const { node, places } = this.#placed(label);
      const active = isActive(places, (choice) => values.get(choice)?.[0]);
      values.set(label, active ? [drawValue(label, node.distribution)] : []);
    }
    return Object.fromEntries(this.labels.map((label) => [label, values.get(label)!]));
  }

  /**
   * The configuration at `assignment`. Only the chosen options are evaluated, and labels that are
   * not needed are ignored. Throws InvalidArgumentError when a needed label is missing or its value
   * impossible.
   */
  evaluate(assignment: Readonly<Partial<Assignment>>): unknown {
    const evaluate = (part: unknown): unknown => {
      if (isNode(part)) {
        const value = valueIn(assignment, part);
        return part.kind === 'choice' ? evaluate(part.options[value]) : value;
      }
      if (Array.isArray(part)) return part.map(evaluate);
      if (!isPlainObject(part)) return part;
      return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, evaluate(value)]));
    };
    return evaluate(this.#space);
  }

  /**
   * The values of `assignment` at the active labels. Throws InvalidArgumentError when it has an
   * unknown label, lacks an active one, or has an impossible value.
   */
  valuesOf(assignment: Readonly<Partial<Assignment>>): LabelValues {
    for (const label of Object.keys(assignment)) this.#placed(label);
    return this.draw((label) => valueIn(assignment, this.#placed(label).node));
  }

  #placed(label: string): PlacedNode {
    const found = this.#nodes.get(label);
    if (found === undefined) {
      throw invalidArgument('label', `one of the space's (${this.labels.join(', ')})`, label);
    }
    return found;
  }
}

function valueIn(
  assignment: Readonly<Partial<Assignment>>,
  { label, distribution }: SpaceNode,
): number {
  const value = Object.hasOwn(assignment, label) ? assignment[label] : undefined;
  const expected = expectedValue(distribution, value);
  if (expected !== undefined) throw invalidArgument(`the value of '${label}'`, expected, value);
  return value as number;
}

/**
 * The configuration that `assignment` (an `argmin`, say) stands for: choices become their options,
 * everything else stays in place. Labels that are not active may be left out.
 * Throws InvalidArgumentError when a needed label is missing or its value impossible.
 */
export function spaceEval<const Space>(
  space: Space,
  assignment: Readonly<Partial<Assignment>>,
): Evaluated<Space> {
  if (typeof assignment !== 'object' || assignment === null) {
    throw invalidArgument('assignment', 'an object of values by label', assignment);
  }
  return new SearchSpace(space).evaluate(assignment) as Evaluated<Space>;
}
