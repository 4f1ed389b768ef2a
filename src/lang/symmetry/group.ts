// Permutations of a world's identities: elements of a group that move points, a point being an
// identity of some kind; and how such a group falls apart into factors that do not touch each other.

/** Where each identity of a kind goes; kinds that are left out stay as they are. */
export type Element = Readonly<Record<string, readonly number[]>>;

/** A factor of the whole group. Its elements move points that no other factor moves. */
export interface Component {
  readonly kinds: readonly string[];
  /** All of them; the first one moves nothing. */
  readonly elements: readonly Element[];
}

export function imageOf(element: Element, of: string, value: number): number {
  return element[of]?.[value] ?? value;
}

/** First `first`, then `second`. */
export function compose(first: Element, second: Element): Element {
  const kinds = new Set([...Object.keys(first), ...Object.keys(second)]);
  const product: Record<string, readonly number[]> = {};
  for (const of of kinds) {
    const n = (first[of] ?? second[of] ?? []).length;
    product[of] = Array.from({ length: n }, (_, i) => imageOf(second, of, imageOf(first, of, i)));
  }
  return product;
}

/** All orders of 0 to n-1, the ascending one first. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  const all: number[][] = [];
  for (const rest of permutations(n - 1)) {
    for (let at = 0; at < n; at++) all.push([...rest.slice(0, at), n - 1, ...rest.slice(at)]);
  }
  return all.sort((a, b) => compareLists(a, b));
}

export function compareLists(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Every element of the product of the components. */
export function productOf(components: readonly Component[]): Element[] {
  let all: Element[] = [{}];
  for (const { elements } of components) {
    all = all.flatMap((one) => elements.map((other) => compose(one, other)));
  }
  return all;
}

interface Point {
  readonly of: string;
  readonly value: number;
}

/**
 * Splits a group, given by all its elements, into factors with points of their own. The product of
 * the factors is the group: that is checked, and a group that does not fall apart stays whole.
 */
export function decompose(elements: readonly Element[]): Component[] {
  const parts = linked(orbitsOf(elements), elements);
  const factors = parts.map((part) => fixingAllBut(elements, part));
  const size = factors.reduce((n, factor) => n * factor.length, 1);
  const whole = size === elements.length ? parts : [parts.flat()];
  return whole
    .map((part) => ({
      kinds: kindsOf(part),
      elements: identityFirst(fixingAllBut(elements, part)),
    }))
    .filter((component) => component.elements.length > 1);
}

/** Orbits that do not move independently of each other are put together. */
function linked(orbits: readonly Point[][], elements: readonly Element[]): Point[][] {
  let parts = [...orbits];
  const ways = (part: readonly Point[]): number =>
    new Set(elements.map((one) => part.map(({ of, value }) => imageOf(one, of, value)).join()))
      .size;
  for (let i = 0; i < parts.length; i++) {
    for (let j = i + 1; j < parts.length; j++) {
      const [a, b] = [parts[i] as Point[], parts[j] as Point[]];
      if (ways([...a, ...b]) === ways(a) * ways(b)) continue;
      parts = [...parts.filter((part) => part !== a && part !== b), [...a, ...b]];
      [i, j] = [-1, parts.length];
    }
  }
  return parts;
}

function orbitsOf(elements: readonly Element[]): Point[][] {
  const orbits = new Map<string, Point[]>();
  const kinds = new Set(elements.flatMap((element) => Object.keys(element)));
  for (const of of kinds) {
    const n = Math.max(...elements.map((element) => element[of]?.length ?? 0));
    for (let value = 0; value < n; value++) {
      const images = elements.map((element) => imageOf(element, of, value));
      const least = images.reduce((a, b) => Math.min(a, b));
      if (images.every((image) => image === value)) continue;
      const key = `${of}${least}`;
      orbits.set(key, [...(orbits.get(key) ?? []), { of, value }]);
    }
  }
  return [...orbits.values()];
}

function fixingAllBut(elements: readonly Element[], part: readonly Point[]): Element[] {
  const inside = new Set(part.map(({ of, value }) => `${of}${value}`));
  return elements.filter((element) =>
    Object.entries(element).every(([of, images]) =>
      images.every((image, value) => image === value || inside.has(`${of}${value}`)),
    ),
  );
}

function kindsOf(part: readonly Point[]): string[] {
  return [...new Set(part.map(({ of }) => of))];
}

function identityFirst(elements: readonly Element[]): Element[] {
  const moved = (element: Element): boolean =>
    Object.values(element).some((images) => images.some((image, i) => image !== i));
  return [...elements.filter((one) => !moved(one)), ...elements.filter(moved)];
}
