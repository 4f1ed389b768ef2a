// A model's path is about one page, a recorded call about many. So a call is looked at once for each page
// that it touches: what it did to this page, to what the page was mapped and cached as, and the flushes
// that cover it. Each of these views must be a run of the path.

import { PAGE } from '../trace/profiles/fields.ts';
import { aboutBatch, entering, leaving } from './alphabet.ts';
import type { SeenLetter } from './occurrence.ts';

export interface ViewLetter extends SeenLetter {
  /** It is about no page, and there are others that it may be for: a flush of a whole batch. */
  readonly mayBeForAnother: boolean;
}

export interface View {
  readonly letters: readonly ViewLetter[];
  /** The page, for people: `address 0x7f00, frame 0x2a`; empty where the call touched none. */
  readonly about: string;
}

/**
 * How pages of a call are told apart: whatever shares a frame or an address is one page (a folio that is
 * mapped twice); or each address for itself, with the frames that it had (one folio, two entries); or
 * each frame for itself, for what neither maps nor caches it (the allocator).
 */
export type Grouping = 'by folio' | 'by address' | 'by frame';

interface Page {
  readonly places: Set<string>;
  readonly frames: Set<number>;
  readonly slots: Set<string>;
  /** Places of its letters in the call. */
  readonly own: number[];
}

export function viewsOf(all: readonly SeenLetter[], grouping: Grouping): View[] {
  const letters = withoutStrangers(all);
  const pages = pagesOf(letters, grouping);
  if (pages.length === 0) {
    return [
      {
        about: '',
        letters: forOthers(
          letters.filter((one) => !isOfPage(one)),
          false,
        ),
      },
    ];
  }
  const calls = letters.map((_, i) => i).filter((i) => !isOfPage(letters[i] as SeenLetter));
  return pages.map((page) => {
    const mine = [...page.own, ...callsFor(page, calls, letters)].sort((a, b) => a - b);
    return {
      about: aboutPage(page),
      letters: forOthers(
        mine.map((i) => letters[i] as SeenLetter),
        pages.length > 1,
      ),
    };
  });
}

/**
 * A frame that is let go and then handed out in the same call was another page until then: lru_add_drain
 * gives back what others have unmapped.
 */
function withoutStrangers(letters: readonly SeenLetter[]): readonly SeenLetter[] {
  const first = new Map<number, SeenLetter>();
  const strangers = new Set<SeenLetter>();
  for (const one of letters) {
    if (one.frame === undefined) continue;
    const before = first.get(one.frame);
    if (before === undefined) first.set(one.frame, one);
    else if (before.letter === 'frame.free' && one.letter === 'frame.alloc') strangers.add(before);
  }
  return strangers.size === 0 ? letters : letters.filter((one) => !strangers.has(one));
}

/**
 * A call may be for another page where there are others; and where it comes again: it may have looked at
 * pages, or tables of them, and found nothing there. So may one that flushed nothing of the batch.
 */
function forOthers(letters: readonly SeenLetter[], others: boolean): ViewLetter[] {
  const met = new Set<string>();
  return letters.map((one, i) => {
    const again = met.has(one.letter) || isIdle(letters, i) || isIdle(letters, i - 1);
    met.add(one.letter);
    return { ...one, mayBeForAnother: !isOfPage(one) && (others || again) };
  });
}

/** Whether here is the entry of a call about the task's batch that returned at once. */
function isIdle(letters: readonly SeenLetter[], i: number): boolean {
  const [entry = '', exit] = [letters[i]?.letter, letters[i + 1]?.letter];
  const name = entry.slice(1);
  return entry === entering(name) && exit === leaving(name) && aboutBatch.has(name);
}

function isOfPage({ frame, slot, pages, va }: SeenLetter): boolean {
  return frame !== undefined || slot !== undefined || (va !== undefined && pages === undefined);
}

function pagesOf(letters: readonly SeenLetter[], grouping: Grouping): Page[] {
  const byKey = new Map<string, Page>();
  const pages = new Set<Page>();
  const keysOf = ({ mm, va, frame, slot }: SeenLetter): string[] => {
    const place = mm === undefined || va === undefined ? [] : [`p${mm} ${va}`];
    if (grouping === 'by address') return place;
    if (grouping === 'by frame') return frame === undefined ? [] : [`f${frame}`];
    return [
      ...place,
      ...(frame === undefined ? [] : [`f${frame}`]),
      ...(slot === undefined ? [] : [`s${slot}`]),
    ];
  };
  for (const letter of letters) {
    const { mm, va, frame, slot } = letter;
    if (!isOfPage(letter)) continue;
    // Frames that are only handed out or let go are somebody else's: page tables, slabs.
    if (grouping !== 'by frame' && va === undefined && slot === undefined) continue;
    const keys = keysOf(letter);
    if (keys.length === 0) continue;
    let page: Page | undefined;
    for (const key of keys) {
      const other = byKey.get(key);
      if (other === undefined || other === page) continue;
      if (page === undefined) page = other;
      else page = merged(page, other, byKey, pages);
    }
    page ??= { places: new Set(), frames: new Set(), slots: new Set(), own: [] };
    pages.add(page);
    for (const key of keys) byKey.set(key, page);
    if (mm !== undefined && va !== undefined) page.places.add(`${mm} ${va}`);
    if (frame !== undefined) page.frames.add(frame);
    if (slot !== undefined) page.slots.add(slot);
  }
  const found = [...pages];
  const byFrame = new Map<number, Page[]>();
  for (const page of found) {
    for (const frame of page.frames) byFrame.set(frame, [...(byFrame.get(frame) ?? []), page]);
  }
  letters.forEach((letter, i) => {
    if (!isOfPage(letter)) return;
    const { mm, va, frame } = letter;
    for (const page of frame === undefined ? [] : (byFrame.get(frame) ?? [])) {
      if (va === undefined || page.places.has(`${mm} ${va}`)) page.own.push(i);
    }
  });
  return found;
}

function merged(into: Page, from: Page, byKey: Map<string, Page>, pages: Set<Page>): Page {
  for (const one of from.places) {
    into.places.add(one);
    byKey.set(`p${one}`, into);
  }
  for (const one of from.frames) {
    into.frames.add(one);
    byKey.set(`f${one}`, into);
  }
  for (const one of from.slots) {
    into.slots.add(one);
    byKey.set(`s${one}`, into);
  }
  pages.delete(from);
  return into;
}

/** The calls that are about this page: those of other ranges go, with all that belongs to them. */
function callsFor(page: Page, calls: readonly number[], letters: readonly SeenLetter[]): number[] {
  const mine: number[] = [];
  let passing: string | undefined;
  for (const i of calls) {
    const one = letters[i] as SeenLetter;
    const { letter, mm } = one;
    if (passing !== undefined) {
      if (letter === `<${passing}`) {
        passing = undefined;
        continue;
      }
      if (letter === '>flush_tlb_func') continue;
      passing = undefined;
    }
    if (mm !== undefined && page.places.size > 0 && !covers(one, page)) {
      passing = letter.slice(1);
      continue;
    }
    mine.push(i);
  }
  return mine;
}

function covers({ mm, va, pages }: SeenLetter, { places }: Page): boolean {
  return [...places].some((place) => {
    const [itsMm, at] = place.split(' ');
    if (itsMm !== mm) return false;
    if (va === undefined || pages === undefined) return true;
    return Number(at) >= va && Number(at) < va + pages * PAGE;
  });
}

function aboutPage({ places, frames, slots }: Page): string {
  const shown = (name: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${name} ${list.slice(0, 3).join(', ')}`];
  return [
    ...shown(
      'address',
      [...places].map((one) => `0x${Number(one.split(' ')[1]).toString(16)}`),
    ),
    ...shown(
      'frame',
      [...frames].map((one) => `0x${one.toString(16)}`),
    ),
    ...shown('slot', [...slots]),
  ].join(', ');
}
