// Entries that hardware surely may have used. One that is not present to it (mprotect(PROT_NONE), or set so
// by NUMA balancing to see who comes) was flushed when it became so and owes nothing when it goes:
// pte_accessible(). ptep_clear_flush() and, since Linux 6.4 (commit 4d4b6d66db63), reclaim and migration
// then flush nothing. Where no probe reads the entry, only one that was mapped with rights during the
// recording, and that change_protection() has not passed since, is sure.

import { PAGE } from './fields.ts';
import type { ProbeName } from './probes.ts';

/** VM_READ, VM_WRITE, VM_EXEC. */
const ANY_RIGHT = 7;
/** Entries kept at most; beyond it nothing is sure. */
const MOST = 1 << 21;
const MOST_TASKS = 1 << 16;

/** A task that comes by these is not inside of change_protection(). */
const outsideOfChanges: ReadonlySet<ProbeName> = new Set([
  'fault',
  'rmap_add_file',
  'rmap_add_new_anon',
  'zap',
  'perform_write',
]);

interface Change {
  readonly mm: number;
  readonly start: number;
  readonly end: number;
}

export class UsableEntries {
  readonly #byMm = new Map<number, Set<number>>();
  /** change_protection() calls that may not have ended, by task: only their beginning is recorded. */
  readonly #changing = new Map<number, Change>();
  #count = 0;
  #isFull = false;

  /** Mapped, in a mapping with these `vm_flags`; a copy takes the place of what was there. */
  set(mm: number, va: number, flags: number, isCopy: boolean): void {
    if (this.#isFull || !hasRights(flags)) return;
    for (const one of this.#changing.values()) {
      if (one.mm === mm && va >= one.start && va < one.end) return;
    }
    let pages = this.#byMm.get(mm);
    if (pages === undefined) {
      pages = new Set();
      this.#byMm.set(mm, pages);
    }
    if (pages.has(va)) {
      // Uprobes announce the new page before they empty the entry, which is the old one's still.
      if (!isCopy) this.#remove(pages, va);
      return;
    }
    pages.add(va);
    if (++this.#count > MOST) {
      this.forget();
      this.#isFull = true;
    }
  }

  /** A task begins change_protection() of a range, end not included. */
  changes(pid: number, { mm, start, end }: Change): void {
    this.#changing.set(pid, { mm, start, end });
    if (this.#changing.size > MOST_TASKS) this.#isFull = true;
    const pages = this.#byMm.get(mm);
    if (pages === undefined) return;
    if ((end - start) / PAGE < pages.size) {
      for (let va = start; va < end; va += PAGE) this.#remove(pages, va);
    } else {
      for (const va of pages) if (va >= start && va < end) this.#remove(pages, va);
    }
    if (pages.size === 0) this.#byMm.delete(mm);
  }

  /** A task comes by a probe. */
  meets(pid: number, probe: ProbeName): void {
    if (outsideOfChanges.has(probe)) this.goesOn(pid);
  }

  /** The task is at something else: its change_protection() has ended. */
  goesOn(pid: number): void {
    this.#changing.delete(pid);
  }

  /** Unmapped: whether it was sure. */
  take(mm: number, va: number): boolean {
    const pages = this.#byMm.get(mm);
    if (pages === undefined || !this.#remove(pages, va)) return false;
    if (pages.size === 0) this.#byMm.delete(mm);
    return true;
  }

  /** Records are missing. */
  forget(): void {
    this.#byMm.clear();
    this.#count = 0;
  }

  #remove(pages: Set<number>, va: number): boolean {
    const isThere = pages.delete(va);
    if (isThere) this.#count--;
    return isThere;
  }
}

/** Whether a mapping with these `vm_flags` (the lower half) can be accessed at all. */
export function hasRights(flags: number): boolean {
  return (flags & ANY_RIGHT) !== 0;
}
