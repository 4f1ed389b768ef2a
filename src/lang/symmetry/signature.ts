// A cheap number for each identity that a factor of the group exchanges: the better it tells them
// apart, the fewer exchanges need to be tried. It must not change when anything else is exchanged,
// so it only sums what keeps its value, over places that trade places among themselves.

import { bitsOf, type Sort } from '../sorts.ts';
import type { Places } from './action.ts';
import { type Component, type Element, imageOf } from './group.ts';

/** How a place's value counts: as it is, as 0 or 1 for something there, or as its number of members. */
export type Count = 'raw' | 'some' | 'members' | { readonly refersTo: number };

export interface Term {
  readonly place: number;
  readonly count: Count;
  /** How far left it stands in the signature. */
  readonly shift: number;
}

/** By point of an orbit on which no element but the first stands still: what its number sums. */
export interface Signature {
  readonly of: string;
  readonly points: readonly number[];
  readonly terms: readonly (readonly Term[])[];
}

/** Signatures stay below 2 to this, so that they compare as small integers. */
const BITS = 30;
/** More points than this, and trying all exchanges is no worse. */
export const POINTS = 4;

interface Feature {
  readonly terms: readonly (readonly Omit<Term, 'shift'>[])[];
  readonly bits: number;
  readonly rank: number;
}

/** Undefined where no single orbit tells the factor's elements apart. */
export function signatureOf(
  component: Component,
  all: readonly Component[],
  places: Places,
): Signature | undefined {
  const base = baseOf(component);
  if (base === undefined || base.points.length > POINTS) return undefined;
  const { of, points } = base;
  const first = points[0] as number;
  const stays = component.elements.filter((one) => imageOf(one, of, first) === first);
  const takesTo = points.map(
    (point) => component.elements.find((one) => imageOf(one, of, first) === point) as Element,
  );
  const others = all.filter((one) => one !== component).flatMap(({ elements }) => elements);
  const around = [...stays, ...others].map((element) => places.moved(element));
  const whole = [...component.elements, ...others].map((element) => places.moved(element));
  const jumps = takesTo.map((element) => places.moved(element));
  const exchanged = new Set(all.flatMap(({ kinds }) => kinds));

  const features: Feature[] = [];
  const seen = new Set<number>();
  places.places.forEach(({ sort, entry }, p) => {
    if (seen.has(p)) return;
    const orbit = orbitOf(p, around);
    for (const one of orbit) seen.add(one);
    const counter = places.counters.includes(p);
    if (!counter && entry === undefined) return;
    const count = counter ? 'raw' : countOf(sort as Sort, orbit.length, exchanged);
    const images = jumps.map((to) => orbit.map((one) => to[one] as number));
    const fixed = images.every((image) => image.every((one) => orbit.includes(one)));
    if (count === undefined || fixed) return;
    features.push({
      terms: images.map((image) => image.map((place) => ({ place, count }))),
      bits: bitsFor(count, places, p) + bitsForSum(orbit.length),
      rank: counter ? 0 : 2,
    });
  });
  for (const kind of component.kinds) {
    const n = component.elements[0]?.[kind]?.length ?? 0;
    for (let value = 0; value < n; value++) {
      const still = stays.every((one) => imageOf(one, kind, value) === value);
      const named = takesTo.map((one) => imageOf(one, kind, value));
      if (!still || new Set(named).size < points.length) continue;
      features.push(...references(kind, named, places, whole));
      break;
    }
  }
  return { of, points, terms: packed(features, points.length) };
}

/** How often each point is referred to, one feature for each sort of place that may do so. */
function references(
  kind: string,
  named: readonly number[],
  places: Places,
  whole: readonly Int32Array[],
): Feature[] {
  const features: Feature[] = [];
  const seen = new Set<number>();
  places.places.forEach(({ sort, entry }, p) => {
    if (seen.has(p) || sort === undefined || entry === undefined) return;
    if (!('of' in sort) || sort.of !== kind) return;
    const orbit = orbitOf(p, whole);
    for (const one of orbit) seen.add(one);
    features.push({
      terms: named.map((value) => orbit.map((place) => ({ place, count: { refersTo: value } }))),
      bits: bitsForSum(orbit.length) + 1,
      rank: 1,
    });
  });
  return features;
}

function packed(features: readonly Feature[], points: number): Term[][] {
  const terms: Term[][] = Array.from({ length: points }, () => []);
  let shift = 0;
  // Least room first, so that many different things count.
  for (const feature of [...features].sort((a, b) => a.rank - b.rank || a.bits - b.bits)) {
    if (shift + feature.bits > BITS) continue;
    feature.terms.forEach((list, i) => {
      for (const { place, count } of list) terms[i]?.push({ place, count, shift });
    });
    shift += feature.bits;
  }
  return terms;
}

/** An orbit on which only the first element moves nothing; of threads if there is one. */
function baseOf({ kinds, elements }: Component): { of: string; points: number[] } | undefined {
  const ordered = [...kinds].sort((a, b) => Number(b === 'thread') - Number(a === 'thread'));
  for (const of of ordered) {
    const n = elements[0]?.[of]?.length ?? 0;
    for (let value = 0; value < n; value++) {
      const points = [...new Set(elements.map((one) => imageOf(one, of, value)))].sort(
        (a, b) => a - b,
      );
      if (points.length === 1 || points[0] !== value) continue;
      const still = elements.filter((one) => points.every((p) => imageOf(one, of, p) === p));
      if (still.length === 1) return { of, points };
    }
  }
  return undefined;
}

function orbitOf(place: number, moves: readonly Int32Array[]): number[] {
  const orbit = [place];
  for (const one of orbit) {
    for (const to of moves) {
      const next = to[one] as number;
      if (!orbit.includes(next)) orbit.push(next);
    }
  }
  return orbit;
}

function countOf(sort: Sort, size: number, exchanged: ReadonlySet<string>): Count | undefined {
  switch (sort.kind) {
    case 'bool':
    case 'int':
      return 'raw';
    case 'id':
      return exchanged.has(sort.of) ? undefined : 'raw';
    case 'maybe':
      return exchanged.has(sort.of) ? 'some' : 'raw';
    case 'set':
      return exchanged.has(sort.of) || size > 1 ? 'members' : 'raw';
  }
}

function bitsFor(count: Count, { places, sizes }: Places, place: number): number {
  const one = places[place] as (typeof places)[number];
  if (count === 'some') return 1;
  if (count === 'members') return bitsForSum(bitsOf(one.sort as Sort, sizes)) + 1;
  return 32 - Math.clz32(one.field.mask);
}

/** Extra bits of a sum of so many. */
function bitsForSum(terms: number): number {
  return terms <= 1 ? 0 : 32 - Math.clz32(terms - 1);
}
