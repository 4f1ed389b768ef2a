// Fields that an exchange touches, gathered into chunks of a word that one table maps at once.

import type { Place, Places } from './action.ts';
import { mapValue } from './derive.ts';
import type { Component, Element } from './group.ts';

export interface Touched {
  readonly place: Place;
  /** By element. */
  readonly targets: readonly Place['field'][];
  readonly maps: readonly (readonly number[] | undefined)[];
}

export interface Chunk {
  readonly word: number;
  readonly shift: number;
  bits: number;
  readonly fields: Touched[];
}

/** Neighbouring fields that are looked up together. */
export function chunksOf(touched: readonly Touched[], most: number): Chunk[] {
  const chunks: Chunk[] = [];
  const sorted = [...touched].sort(
    (a, b) => a.place.field.word - b.place.field.word || a.place.field.shift - b.place.field.shift,
  );
  for (const one of sorted) {
    const { word, shift, mask } = one.place.field;
    const end = shift + 32 - Math.clz32(mask);
    const last = chunks.at(-1);
    if (last !== undefined && last.word === word && end - last.shift <= most) {
      last.fields.push(one);
      last.bits = end - last.shift;
    } else chunks.push({ word, shift, bits: end - shift, fields: [one] });
  }
  return chunks;
}

/** The places that some element of a factor touches, with what each does to them. */
export function touchedBy({ elements }: Component, places: Places): Touched[] {
  const moved = elements.map((element) => places.moved(element));
  return places.places.flatMap((place, p): Touched[] => {
    const maps = elements.map((element) => valueMap(place, element, places.sizes));
    const stays = moved.every((to) => to[p] === p) && maps.every((map) => map === undefined);
    const targets = moved.map((to) => (places.places[to[p] as number] as Place).field);
    return stays || place.field.mask === 0 ? [] : [{ place, targets, maps }];
  });
}

/** What happens to a place's values; undefined if nothing does. */
function valueMap(
  { sort, field }: Place,
  element: Element,
  sizes: Places['sizes'],
): number[] | undefined {
  if (sort === undefined || sort.kind === 'bool' || sort.kind === 'int') return undefined;
  if (element[sort.of] === undefined) return undefined;
  const map = Array.from({ length: field.mask + 1 }, (_, v) => mapValue(sort, v, sizes, element));
  return map.every((image, v) => image === v) ? undefined : map;
}
