// On how many different frames, locations, address spaces and slots a rule was put to the test: a rule
// that met one page a thousand times has seen less than one that met a thousand pages. Bounded: beyond
// the bound the counts say "at least".

import type { IdValue } from '../../events/concrete.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { EntrySet } from '../profiles/entry-set.ts';

/** Different ones of each kind that the rule is kept for; what it is not kept for is left out. */
export interface ExercisedOn {
  readonly frames?: number;
  /** Pairs of address space and page. */
  readonly locations?: number;
  readonly mms?: number;
  readonly slots?: number;
  /** There were more than could be told apart. */
  readonly atLeast?: true;
}

/** Bit tables of a set, of 512 pages each: 15 MB. */
const MOST_TABLES = 1 << 17;
/** Names of a set. */
const MOST_NAMES = 1 << 17;
const PAGE = 4096;

/** Subjects by number, for packed rules: no memory for each, and about 30 ns. */
export class PackedExercisedOn {
  readonly #mmAt: number;
  readonly #vaAt: number;
  readonly #frameAt: number;
  readonly #frames = new EntrySet();
  readonly #locations = new EntrySet();
  readonly #mms = new EntrySet();
  #isFull = false;

  constructor({ keptFor }: AnyRule) {
    this.#mmAt = keptFor.indexOf('mm');
    this.#vaAt = keptFor.indexOf('va');
    this.#frameAt = keptFor.indexOf('frame');
  }

  /** `at`: where the subject's coordinates begin. */
  note(coordinates: Float64Array, at: number): void {
    if (this.#frameAt >= 0) {
      this.#isFull =
        !add(this.#frames, 0, (coordinates[at + this.#frameAt] as number) * PAGE) || this.#isFull;
    }
    if (this.#mmAt < 0) return;
    const mm = coordinates[at + this.#mmAt] as number;
    const before = this.#locations.size;
    if (this.#vaAt >= 0) {
      this.#isFull =
        !add(this.#locations, mm, coordinates[at + this.#vaAt] as number) || this.#isFull;
      // An address space that is new comes with a location that is.
      if (this.#locations.size === before) return;
    }
    this.#isFull = !add(this.#mms, 0, mm * PAGE) || this.#isFull;
  }

  result(): ExercisedOn {
    return {
      ...(this.#frameAt < 0 ? {} : { frames: this.#frames.size }),
      ...(this.#mmAt < 0 || this.#vaAt < 0 ? {} : { locations: this.#locations.size }),
      ...(this.#mmAt < 0 ? {} : { mms: this.#mms.size }),
      ...(this.#isFull ? { atLeast: true } : {}),
    };
  }
}

/** False if there is no room for it. */
function add(set: EntrySet, mm: number, va: number): boolean {
  if (set.tables >= MOST_TABLES && !set.hasTable(mm, va)) return false;
  set.add(mm, va);
  return true;
}

/** Subjects by name, for rules that run with maps. */
export class NamedExercisedOn {
  readonly #keptFor: readonly string[];
  readonly #seen: Readonly<Record<'frames' | 'locations' | 'mms' | 'slots', Set<string>>> = {
    frames: new Set(),
    locations: new Set(),
    mms: new Set(),
    slots: new Set(),
  };
  #isFull = false;

  constructor({ keptFor }: AnyRule) {
    this.#keptFor = keptFor;
  }

  note(coordinates: readonly IdValue[]): void {
    const [mm, va, frame, slot] = ['mm', 'va', 'frame', 'slot'].map((name) => {
      const i = this.#keptFor.indexOf(name);
      return i < 0 ? undefined : coordinates[i];
    });
    if (frame !== undefined) this.#add(this.#seen.frames, String(frame));
    if (mm !== undefined) this.#add(this.#seen.mms, String(mm));
    if (mm !== undefined && va !== undefined) this.#add(this.#seen.locations, `${mm} ${va}`);
    if (slot !== undefined) this.#add(this.#seen.slots, String(slot));
  }

  result(): ExercisedOn {
    const has = (name: string): boolean => this.#keptFor.includes(name);
    const { frames, locations, mms, slots } = this.#seen;
    return {
      ...(has('frame') ? { frames: frames.size } : {}),
      ...(has('mm') && has('va') ? { locations: locations.size } : {}),
      ...(has('mm') ? { mms: mms.size } : {}),
      ...(has('slot') ? { slots: slots.size } : {}),
      ...(this.#isFull ? { atLeast: true } : {}),
    };
  }

  #add(set: Set<string>, name: string): void {
    if (set.size < MOST_NAMES || set.has(name)) set.add(name);
    else this.#isFull = true;
  }
}
