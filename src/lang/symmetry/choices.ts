// Small orders worked out beforehand: which elements of a factor make signatures least, for each way
// in which they can compare, and which element puts the sorted kind into the order of first sight.

import { type Component, type Element, imageOf } from './group.ts';
import type { Sorted } from './normal.ts';
import type { Signature } from './signature.ts';

/** Every two of so many points, in the order in which a pattern counts them. */
export function pairsOf(points: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < points; a++) for (let b = a + 1; b < points; b++) pairs.push([a, b]);
  return pairs;
}

/** Elements that make the list of signatures least, where they compare as the pattern says. */
export function leastElements(
  pattern: number,
  elements: readonly Element[],
  signature: Signature | undefined,
): number[] {
  const every = elements.map((_, e) => e);
  if (signature === undefined) return every;
  const { of, points } = signature;
  const compare = points.map(() => points.map(() => 0));
  pairsOf(points.length).forEach(([a, b], n) => {
    const result = (Math.floor(pattern / 3 ** n) % 3) - 1;
    (compare[a] as number[])[b] = result;
    (compare[b] as number[])[a] = -result;
  });
  // How many are smaller: a number for each point that compares in the same way.
  const ranks = compare.map((row) => row.filter((result) => result > 0).length);
  const images = elements.map((element) => {
    const image = new Array<number>(points.length).fill(0);
    points.forEach((point, i) => {
      image[points.indexOf(imageOf(element, of, point))] = ranks[i] as number;
    });
    return image.map((rank) => String.fromCharCode(rank)).join('');
  });
  const least = [...images].sort()[0];
  return every.filter((e) => images[e] === least);
}

/** Ways in which some of `n` have been seen, in order. The empty one is first. */
export function partialOrders(n: number): number[][] {
  const found: number[][] = [[]];
  for (const one of found) {
    for (let v = 0; v < n; v++) if (!one.includes(v)) found.push([...one, v]);
  }
  return found;
}

/** The element that renames the seen ones to 0, 1, ...; -1 while more than one is left. */
export function elementFor(
  list: readonly number[],
  { of, size }: Sorted,
  component: Component,
): number {
  if (list.length < size - 1) return -1;
  const rest = Array.from({ length: size }, (_, v) => v).filter((v) => !list.includes(v));
  const order = [...list, ...rest];
  return component.elements.findIndex((element) =>
    order.every((v, to) => imageOf(element, of, v) === to),
  );
}
