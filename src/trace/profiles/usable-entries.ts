// Entries that hardware surely may have used. One that is not present to it (mprotect(PROT_NONE), or set so
// by NUMA balancing to see who comes) was flushed when it became so and owes nothing when it goes:
// pte_accessible(). ptep_clear_flush() and, since Linux 6.4 (commit 4d4b6d66db63), reclaim and migration
// then flush nothing. Where no probe reads the entry, only one that was mapped with rights during the
// recording, and that change_protection() has not passed since, is sure.

import { EntrySet } from './entry-set.ts';
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
  readonly #entries = new EntrySet();
  /** change_protection() calls that may not have ended, by task: only their beginning is recorded. */
  readonly #changing = new Map<number, Change>();
  #isFull = false;

  /** Mapped, in a mapping with these `vm_flags`; a copy takes the place of what was there. */
  set(mm: number, va: number, flags: number, isCopy: boolean): void {
    if (this.#isFull || !hasRights(flags)) return;
    if (this.#changing.size > 0 && this.#isChanging(mm, va)) return;
    if (!this.#entries.add(mm, va)) {
      // Uprobes announce the new page before they empty the entry, which is the old one's still.
      if (!isCopy) this.#entries.delete(mm, va);
      return;
    }
    if (this.#entries.size > MOST) {
      this.forget();
      this.#isFull = true;
    }
  }

  /** A task begins change_protection() of a range, end not included. */
  changes(pid: number, { mm, start, end }: Change): void {
    this.#changing.set(pid, { mm, start, end });
    if (this.#changing.size > MOST_TASKS) this.#isFull = true;
    this.#entries.deleteRange(mm, start, end);
  }

  /** A task comes by a probe. */
  meets(pid: number, probe: ProbeName): void {
    if (this.#changing.size > 0 && outsideOfChanges.has(probe)) this.goesOn(pid);
  }

  /** The task is at something else: its change_protection() has ended. */
  goesOn(pid: number): void {
    this.#changing.delete(pid);
  }

  /** Unmapped: whether it was sure. */
  take(mm: number, va: number): boolean {
    return this.#entries.delete(mm, va);
  }

  /** Records are missing. */
  forget(): void {
    this.#entries.clear();
  }

  #isChanging(mm: number, va: number): boolean {
    for (const one of this.#changing.values()) {
      if (one.mm === mm && va >= one.start && va < one.end) return true;
    }
    return false;
  }
}

/** Whether a mapping with these `vm_flags` (the lower half) can be accessed at all. */
export function hasRights(flags: number): boolean {
  return (flags & ANY_RIGHT) !== 0;
}
