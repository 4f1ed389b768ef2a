// What is known at one place of a thread's code: the values that some shared entries and the
// thread's locals may have there, as bit masks (values.ts), one for each variable that is followed.

import type { Control } from '../control.ts';
import type { Cell, Local } from '../nodes.ts';
import type { Entries } from './entries.ts';
import { anyOf, FALSE } from './values.ts';

/** By variable: first the followed shared entries, then the thread's locals. */
export type Known = readonly number[];

/** The numbering of variables: shared entries alike for all, locals for each thread. */
export class Variables {
  /** How many shared entries are followed. */
  readonly shared: number;
  /** Entry of each shared variable. */
  readonly entryOf: readonly number[];
  readonly #ofEntry: Int32Array;
  readonly #ofLocal = new Map<Local, number>();
  /** By thread: every value that each variable can have. */
  readonly #any: Known[];

  constructor(entries: Entries, followed: (cell: Cell) => boolean, controls: readonly Control[]) {
    this.#ofEntry = new Int32Array(entries.count).fill(-1);
    const entryOf: number[] = [];
    const any: number[] = [];
    const { sizes } = entries.layout;
    for (let entry = 0; entry < entries.count; entry++) {
      const cell = entries.cellOf(entry);
      const all = followed(cell) ? anyOf(cell.sort, sizes) : undefined;
      if (all === undefined) continue;
      this.#ofEntry[entry] = entryOf.length;
      entryOf.push(entry);
      any.push(all);
    }
    this.shared = entryOf.length;
    this.entryOf = entryOf;
    this.#any = controls.map(({ frames }) => {
      const mine = [...any];
      for (const local of frames.flatMap((frame) => frame.locals)) {
        const all = anyOf(local.sort, sizes);
        if (all === undefined) continue;
        this.#ofLocal.set(local, mine.length);
        mine.push(all);
      }
      return mine;
    });
    if (this.#any.length === 0) this.#any.push(any);
  }

  /** Variable of a shared entry; -1 if it is not followed. */
  ofEntry(entry: number): number {
    return this.#ofEntry[entry] as number;
  }
  /** All that are entries of one of the tables. */
  ofCells(cells: ReadonlySet<Cell>, entries: Entries): number[] {
    return this.entryOf.flatMap((entry, variable) =>
      cells.has(entries.cellOf(entry)) ? [variable] : [],
    );
  }
  ofLocal(local: Local): number {
    return this.#ofLocal.get(local) ?? -1;
  }
  /** What is known where nothing is. */
  any(thread: number | undefined): Known {
    return this.#any[thread ?? 0] as Known;
  }
  /** What is known before a thread has started: its locals are zero. */
  atStart(thread: number, initial: (entry: number) => readonly number[]): Known {
    const known = this.any(thread).map(() => FALSE);
    this.entryOf.forEach((entry, variable) => {
      known[variable] = initial(entry).reduce((all, value) => all | (1 << value), 0);
    });
    return known;
  }

  /** What holds of shared entries when both hold, and of the first one's locals. */
  meet(mine: Known, theirs: Known): Known | undefined {
    const out = mine.slice();
    for (let i = 0; i < this.shared; i++) {
      const both = (out[i] as number) & (theirs[i] as number);
      if (both === 0) return undefined;
      out[i] = both;
    }
    return out;
  }

  /** The part that others can see, as text: places that agree in it are alike to other threads. */
  sharedText(known: Known): string {
    return known.slice(0, this.shared).join();
  }
}

/** What holds whichever of the two was the case. */
export function join(a: Known, b: Known): Known {
  const out = a.slice();
  for (let i = 0; i < out.length; i++) out[i] = (a[i] as number) | (b[i] as number);
  return out;
}

export function within(a: Known, b: Known): boolean {
  for (let i = 0; i < a.length; i++) if (((a[i] as number) & ~(b[i] as number)) !== 0) return false;
  return true;
}

/** The same with one variable changed; `undefined`: it may have any value. */
export function put(known: Known, variable: number, values: number): Known {
  if (known[variable] === values) return known;
  const out = known.slice();
  out[variable] = values;
  return out;
}
