import { DuplicateLabel, InvalidSpace } from './errors.js';
import { isNode, isPlainObject, type SpaceNode } from './node.js';

/** Where a part of a space is wanted: everywhere, under one option of a choice, or in any of several places. */
export type Place = 'everywhere' | { choice: string; option: number } | { any: Place[] };

/** A node, an object or an array of a space. */
interface Part {
  places: { any: Place[] };
  /** Members, elements, or options; undefined for those that hold no node. */
  parts: readonly (Part | undefined)[];
  /** The label of a choice. */
  choice?: string;
}

/** A labelled node and the places it is in. */
export interface PlacedNode {
  node: SpaceNode;
  places: Place;
}

/** Strings in the order of their code points, which is Python's. */
export function compareCodePoints(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  const at = x.findIndex((character, i) => character !== y[i]);
  if (at < 0) return x.length - y.length;
  return at >= y.length ? 1 : x[at]!.codePointAt(0)! - y[at]!.codePointAt(0)!;
}

/**
 * Every labelled node of `space` with its places. They are nested and ordered as in Hyperopt's
 * vectorised spaces, because the order of draws follows from them: something that is written down
 * twice has two places, and what is below it has one, which is those two.
 * Throws DuplicateLabel when two nodes share a label, and InvalidSpace when `space` contains itself.
 */
export function placedNodes(space: unknown): Map<string, PlacedNode> {
  const nodes = new Map<string, PlacedNode>();
  const partOf = new Map<SpaceNode, Part>();

  const toPart = (value: unknown, above: readonly unknown[]): Part | undefined => {
    if (!isNode(value) && !Array.isArray(value) && !isPlainObject(value)) return undefined;
    if (above.includes(value)) {
      throw new InvalidSpace('space must be finite, but it contains itself');
    }
    const toParts = (values: readonly unknown[]) =>
      values.map((element) => toPart(element, [...above, value]));
    const places = { any: [] };
    if (Array.isArray(value)) return { places, parts: toParts(value) };
    if (!isNode(value)) {
      const keys = Object.keys(value).sort(compareCodePoints);
      return { places, parts: toParts(keys.map((key) => value[key])) };
    }
    const known = partOf.get(value);
    if (known !== undefined) return known;
    if (nodes.has(value.label)) throw new DuplicateLabel(value.label);
    nodes.set(value.label, { node: value, places });
    const part: Part =
      value.kind === 'choice'
        ? { places, parts: toParts(value.options), choice: value.label }
        : { places, parts: [] };
    partOf.set(value, part);
    return part;
  };

  const root = toPart(space, []);
  if (root !== undefined) place(root, 'everywhere');
  return nodes;
}

/** Adds a place to a part. A choice passes on a new one to every option, whenever it gets one. */
function place({ places, parts, choice }: Part, wanted: Place): void {
  if (places.any.includes(wanted)) return;
  places.any.push(wanted);
  parts.forEach((part, option) => {
    if (part !== undefined) place(part, choice === undefined ? places : { choice, option });
  });
}

/** Whether `place` is active, given the options chosen so far. */
export function isActive(place: Place, chosen: (choice: string) => number | undefined): boolean {
  if (place === 'everywhere') return true;
  if ('any' in place) return place.any.some((one) => isActive(one, chosen));
  return chosen(place.choice) === place.option;
}

/** The labels in the order of their draws: against the alphabet, each after the choices above it. */
export function drawOrder(nodes: ReadonlyMap<string, PlacedNode>): string[] {
  const order: string[] = [];
  const done = new Set<unknown>();
  const reach = (place: Place): void => {
    if (place === 'everywhere' || done.has(place)) return;
    done.add(place);
    if ('any' in place) place.any.toReversed().forEach(reach);
    else draw(place.choice);
  };
  const draw = (label: string): void => {
    if (done.has(label)) return;
    done.add(label);
    reach(nodes.get(label)!.places);
    order.push(label);
  };
  [...nodes.keys()].sort(compareCodePoints).reverse().forEach(draw);
  return order;
}
