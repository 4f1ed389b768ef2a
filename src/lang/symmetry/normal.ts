// Which state of an orbit stands for it. A state is *normal* if
//
// - in each factor of the group, its identities' signatures are as small as exchanges can make them,
//   read in order (signature.ts);
// - the identities of one more kind, the `sorted` one, come in the order in which the state first
//   refers to them, and those it never refers to last, by what is kept about them.
//
// The representative is the normal state with the least words. Every orbit has one, whichever state
// of it one starts from. This file says so plainly; generate.ts finds the same one fast.

import { readField } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { type Sort, sizeOf } from '../sorts.ts';
import { applied, type Place, type Places, placesOf } from './action.ts';
import type { Symmetry } from './derive.ts';
import { type Component, compareLists, imageOf, productOf } from './group.ts';
import { type Signature, signatureOf, type Term } from './signature.ts';

/** A factor that exchanges all of one kind, each place having to do with one of them at most. */
export interface Sorted {
  readonly of: string;
  readonly size: number;
  readonly component: Component;
  /** Places that name one of them, or none. */
  readonly references: readonly number[];
  /** For each of them: places about it, in an order that all share; then sets it may be in. */
  readonly rows: readonly (readonly number[])[];
  readonly sets: readonly number[];
}

export interface Normal {
  readonly places: Places;
  /** The factors, the sorted one left out, with what tells their points apart. */
  readonly factors: readonly { readonly component: Component; readonly signature?: Signature }[];
  readonly sorted: Sorted | undefined;
}

export function normalOf(machine: Machine, { components }: Symmetry): Normal {
  const places = placesOf(machine);
  const sortable = components
    .map((component) => sortedOf(component, places))
    .filter((one) => one !== undefined)
    .sort((a, b) => b.size - a.size || b.references.length - a.references.length);
  const [sorted] = sortable;
  const factors = components
    .filter((component) => component !== sorted?.component)
    .map((component) => {
      const signature = signatureOf(component, components, places);
      return signature === undefined ? { component } : { component, signature };
    });
  return { places, factors, sorted };
}

function sortedOf(component: Component, places: Places): Sorted | undefined {
  const [of] = component.kinds;
  if (of === undefined || component.kinds.length > 1 || of === 'thread') return undefined;
  const size = sizeOf(places.sizes, of);
  const moved = new Set(component.elements.map((one) => (one[of] ?? []).join()));
  if (moved.size !== factorial(size)) return undefined;
  const references: number[] = [];
  const sets: number[] = [];
  const rows: number[][] = Array.from({ length: size }, () => []);
  for (const [p, { sort, entry }] of places.places.entries()) {
    if (entry === undefined) continue;
    const { index } = entry.cell;
    const about = index.filter((kind) => kind === of).length;
    const names = sort !== undefined && 'of' in sort && sort.of === of;
    if (about + Number(names) > 1) return undefined;
    if (about === 1) rows[entry.index[index.indexOf(of)] as number]?.push(p);
    if (names) (sort.kind === 'set' ? sets : references).push(p);
  }
  return { of, size, component, references, rows, sets };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** The representative of the state's orbit: slow, obvious, the meaning of the generated one. */
export function canonical(normal: Normal, state: Int32Array): Int32Array {
  const { places, factors, sorted } = normal;
  const components = factors.map(({ component }) => component);
  if (sorted !== undefined) components.push(sorted.component);
  let least: Int32Array | undefined;
  for (const element of productOf(components)) {
    const image = applied(places, element, state);
    if (!isNormal(normal, image)) continue;
    if (least === undefined || compareLists(image, least) < 0) least = image;
  }
  if (least === undefined) throw new Error('an orbit without a normal state');
  return least;
}

function isNormal({ places, factors, sorted }: Normal, state: Int32Array): boolean {
  for (const { component, signature } of factors) {
    if (signature === undefined) continue;
    const { of, points } = signature;
    const values = signature.terms.map((terms) => sumOf(terms, places, state));
    for (const element of component.elements) {
      const image = values.slice();
      points.forEach((point, i) => {
        image[points.indexOf(imageOf(element, of, point))] = values[i] as number;
      });
      if (compareLists(image, values) < 0) return false;
    }
  }
  if (sorted === undefined) return true;
  for (let i = 1; i < sorted.size; i++) {
    if (compareSorted(sorted, places, state, i - 1, i) > 0) return false;
  }
  return true;
}

function sumOf(terms: readonly Term[], places: Places, state: Int32Array): number {
  let sum = 0;
  for (const { place, count, shift } of terms) {
    const { field, sort } = places.places[place] as Place;
    sum += counted(count, sort, readField(state, field)) << shift;
  }
  return sum;
}

function counted(count: Term['count'], sort: Sort | undefined, value: number): number {
  if (count === 'raw') return value;
  if (count === 'some') return value === 0 ? 0 : 1;
  if (count === 'members') {
    let members = 0;
    for (let rest = value; rest !== 0; rest &= rest - 1) members++;
    return members;
  }
  if (sort?.kind === 'set') return (value >>> count.refersTo) & 1;
  return Number(value === count.refersTo + (sort?.kind === 'maybe' ? 1 : 0));
}

function compareSorted(
  sorted: Sorted,
  places: Places,
  state: Int32Array,
  a: number,
  b: number,
): number {
  const read = (place: number): number => readField(state, (places.places[place] as Place).field);
  const references: number[] = [];
  const sets: number[] = [];
  const see = (place: number, sort: Sort | undefined): void => {
    if (sort?.kind === 'set') sets.push(read(place));
    else references.push(sort?.kind === 'id' ? read(place) + 1 : read(place));
  };
  for (const place of sorted.references) see(place, places.places[place]?.sort);
  for (const place of sorted.sets) see(place, places.places[place]?.sort);
  places.counters.forEach((counter, t) => {
    for (const { place, sort } of places.live[t]?.[read(counter)] ?? []) {
      if ('of' in sort && sort.of === sorted.of) see(place, sort);
    }
  });
  const last = references.length;
  const [firstA, firstB] = [a, b].map((one) => {
    const first = references.indexOf(one + 1);
    return first < 0 ? last : first;
  }) as [number, number];
  if (firstA !== firstB) return firstA - firstB;
  const row = (one: number): number[] => [
    ...(sorted.rows[one] as readonly number[]).map(read),
    ...sets.map((set) => (set >>> one) & 1),
  ];
  return compareLists(row(a), row(b));
}
