// Minimum hitting sets, exactly: the smallest sets of items of which every one of some demands has at
// least one. For a handful of items; the work doubles with each.

const MOST_ITEMS = 20;

/**
 * All of the smallest ones, each in the order of `items`. A demand that no item meets cannot be met:
 * leave it out before.
 *
 * @example
 * ```ts
 * smallestSets(['a', 'b', 'c'], [['a', 'b'], ['b', 'c']])
 * // => [['b']]
 * ```
 */
export function smallestSets(
  items: readonly string[],
  demands: readonly (readonly string[])[],
): string[][] {
  if (items.length > MOST_ITEMS) throw new Error(`more than ${MOST_ITEMS} items`);
  const masks = new Set(demands.map((demand) => maskOf(items, demand)));
  if (masks.has(0)) throw new Error('a demand that no item meets');
  const all = 2 ** items.length;
  const bySize = Array.from({ length: all }, (_, set) => set).sort(
    (a, b) => sizeOf(a) - sizeOf(b) || a - b,
  );
  let most = items.length;
  const found: number[] = [];
  for (const set of bySize) {
    if (sizeOf(set) > most) break;
    if ([...masks].some((mask) => (mask & set) === 0)) continue;
    most = sizeOf(set);
    found.push(set);
  }
  return found.map((set) => items.filter((_, i) => (set >>> i) & 1));
}

function maskOf(items: readonly string[], some: readonly string[]): number {
  return items.reduce((mask, item, i) => (some.includes(item) ? mask | (1 << i) : mask), 0);
}

function sizeOf(set: number): number {
  let n = 0;
  for (let rest = set; rest > 0; rest >>>= 1) n += rest & 1;
  return n;
}
