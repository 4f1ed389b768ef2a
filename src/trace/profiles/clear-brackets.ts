// When a page-table entry was really emptied. page_remove_rmap comes after that, and in some callers
// even after the flush: ptep_clear_flush (COW, migration, uprobes, KSM), pmdp_huge_clear_flush and
// pmdp_collapse_flush (khugepaged: one flush, then 512 page_remove_rmap). What a task began last,
// if it covers the page, says since when the entry may have been empty.

import type { Wide } from '../formats/wide.ts';
import { distance, PAGE } from './fields.ts';
import { STRUCT_PAGE } from './page-base.ts';

interface Bracket {
  readonly what: string;
  readonly since: number;
  readonly mm: number;
  /** Whole calls (try_to_unmap_one) have no range: they belong to one folio. */
  readonly range: { readonly va: number; readonly pages: number } | undefined;
  /** The folio that try_to_unmap_one works on, and where it begins. */
  readonly folio?: { readonly page: Wide; readonly va: number };
  /** Whether hardware could use the entry, where the probe reads it or what follows tells. */
  isUsable?: boolean | undefined;
  /** The entry names another page by now: wp_page_copy sets it before it drops the old page. */
  isReplaced?: boolean;
  /** flush_tlb_mm_range was called for it. */
  isFlushAsked: boolean;
  readonly isGuess: false;
}

export interface Cleared {
  readonly what: string;
  readonly since: number;
  /** It is not told by a bracket. */
  readonly isGuess: boolean;
  readonly isUsable?: boolean | undefined;
  readonly isReplaced?: boolean;
  readonly isFlushAsked: boolean;
}

const PAGES_OF_PMD = 512;
const CLEAR_FLUSH = 'ptep_clear_flush';
const MOST_TASKS = 4096;

export class ClearBrackets {
  readonly #open = new Map<number, Bracket>();
  /** The last one asked for: a task asks again and again. */
  #lastPid = Number.NaN;
  #lastOpen: Bracket | undefined;
  readonly #zaps = new Map<number, number>();

  unmapBegins(pid: number, since: number, mm: number, page: Wide, va: number): void {
    const what = 'try_to_unmap_one';
    const folio = { page: { ...page }, va };
    this.#set(pid, { what, since, mm, range: undefined, folio, isFlushAsked: false });
  }

  clearFlush(pid: number, since: number, mm: number, va: number, isUsable?: boolean): void {
    if (this.#isUnmapping(pid, mm, va)) return;
    const range = { va, pages: 1 };
    this.#set(pid, { what: CLEAR_FLUSH, since, mm, range, isUsable, isFlushAsked: false });
  }

  /**
   * A new private page comes where the task has just emptied an entry, which is wp_page_copy: only an
   * entry that hardware could use gets there (handle_pte_fault sends others to do_numa_page). False: it
   * is something else.
   */
  copies(pid: number, mm: number, va: number): boolean {
    const open = this.#of(pid);
    if (open?.what !== CLEAR_FLUSH || open.mm !== mm || open.range?.va !== va) return false;
    open.isUsable ??= true;
    open.isReplaced = true;
    return true;
  }

  /** A flush of exactly one page or one huge page may be the second half of a clear-and-flush. */
  flushRange(pid: number, since: number, mm: number, va: number, pages: number): void {
    if (this.#isUnmapping(pid, mm, va)) return;
    const open = this.#of(pid);
    if (open?.mm === mm && open.range?.va === va && pages === 1) {
      open.isFlushAsked = true;
      return;
    }
    if (pages === 1 || pages === PAGES_OF_PMD) {
      const what = 'a clear with its own flush';
      this.#set(pid, { what, since, mm, range: { va, pages }, isFlushAsked: true });
    } else {
      this.#close(pid);
    }
  }

  /** unmap_page_range: it empties entries, and may tell of that only after it has flushed them. */
  zaps(pid: number, since: number): void {
    this.#zaps.delete(pid);
    this.#zaps.set(pid, since);
    if (this.#zaps.size <= MOST_TASKS) return;
    for (const oldest of this.#zaps.keys()) {
      this.#zaps.delete(oldest);
      return;
    }
  }

  /** tlb_flush_rmaps (6.2 on): what it tells of was emptied since the zap began, and is flushed. */
  postponed(pid: number, mm: number): void {
    const since = this.#zaps.get(pid) ?? Number.NEGATIVE_INFINITY;
    this.#set(pid, { what: 'zap_pte_range', since, mm, range: undefined, isFlushAsked: true });
  }

  /** The task is done with whatever it was doing: a new system call, another page. */
  ends(pid: number): void {
    if (this.#of(pid) !== undefined) this.#close(pid);
  }

  /** Where try_to_unmap_one, if the task is in it, has this page. */
  unmapping(pid: number, mm: number, page: Wide): number | undefined {
    const open = this.#of(pid);
    if (open?.folio === undefined || open.mm !== mm) return undefined;
    const subpage = Math.trunc(distance(page, open.folio.page) / STRUCT_PAGE);
    if (subpage < 0 || subpage >= PAGES_OF_PMD) return undefined;
    return open.folio.va + subpage * PAGE;
  }

  /** page_remove_rmap by this task: the bracket it belongs to. */
  take(pid: number, mm: number, va: number): Cleared | undefined {
    const open = this.#of(pid);
    if (open === undefined || open.mm !== mm) return undefined;
    const { range } = open;
    if (range === undefined) return open;
    if (va < range.va || va >= range.va + range.pages * PAGE) return undefined;
    if (range.pages === 1) this.#close(pid);
    return open;
  }

  /** Inside try_to_unmap_one of that page; if not, the end of that call was not recorded. */
  #isUnmapping(pid: number, mm: number, va: number): boolean {
    const open = this.#of(pid);
    if (open?.folio === undefined || open.mm !== mm) return false;
    return va >= open.folio.va && va < open.folio.va + PAGES_OF_PMD * PAGE;
  }

  #of(pid: number): Bracket | undefined {
    if (pid !== this.#lastPid) {
      this.#lastPid = pid;
      this.#lastOpen = this.#open.get(pid);
    }
    return this.#lastOpen;
  }

  #close(pid: number): void {
    this.#open.delete(pid);
    this.#lastPid = Number.NaN;
  }

  #set(pid: number, bracket: Omit<Bracket, 'isGuess'>): void {
    this.#lastPid = Number.NaN;
    this.#open.delete(pid);
    this.#open.set(pid, { ...bracket, isGuess: false });
    if (this.#open.size <= MOST_TASKS) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }
}
