// When a page-table entry was really emptied. page_remove_rmap comes after that, and in some callers
// even after the flush: ptep_clear_flush (COW, migration, uprobes, KSM), pmdp_huge_clear_flush and
// pmdp_collapse_flush (khugepaged: one flush, then 512 page_remove_rmap). What a task began last,
// if it covers the page, says since when the entry may have been empty.

import type { Wide } from '../formats/wide.ts';
import { distance, PAGE } from './fields.ts';
import { STRUCT_PAGE } from './page-base.ts';

/** When an entry was emptied, and what is known of it. */
export interface Cleared {
  readonly what: string;
  readonly since: number;
  /** It is not told by a bracket. */
  readonly isGuess: boolean;
  /** Whether hardware could use the entry, where the probe reads it or what follows tells. */
  readonly isUsable: boolean | undefined;
  /** The entry names another page by now: wp_page_copy sets it before it drops the old page. */
  readonly isReplaced: boolean;
  /** flush_tlb_mm_range was called for it. */
  readonly isFlushAsked: boolean;
}

/** The folio that try_to_unmap_one works on, and where it begins. */
interface Folio {
  readonly page: Wide;
  readonly va: number;
}

/** All alike to the engine, whatever they tell: those that are not are looked up by name, each time. */
class Bracket implements Cleared {
  readonly what: string;
  readonly since: number;
  readonly mm: number;
  /** Whole calls (try_to_unmap_one, zap_pte_range) have no range: 0 pages. */
  readonly va: number;
  readonly pages: number;
  readonly folio: Folio | undefined;
  readonly isGuess = false;
  isUsable: boolean | undefined = undefined;
  isReplaced = false;
  isFlushAsked = false;

  constructor(
    what: string,
    since: number,
    mm: number,
    { va, pages }: { readonly va: number; readonly pages: number } = { va: Number.NaN, pages: 0 },
    folio?: Folio,
  ) {
    this.what = what;
    this.since = since;
    this.mm = mm;
    this.va = va;
    this.pages = pages;
    this.folio = folio;
  }
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
    const folio = { page: { low: page.low, high: page.high }, va };
    this.#set(pid, new Bracket('try_to_unmap_one', since, mm, undefined, folio));
  }

  clearFlush(pid: number, since: number, mm: number, va: number, isUsable?: boolean): void {
    if (this.#isUnmapping(pid, mm, va)) return;
    const bracket = new Bracket(CLEAR_FLUSH, since, mm, { va, pages: 1 });
    bracket.isUsable = isUsable;
    this.#set(pid, bracket);
  }

  /**
   * A new private page comes where the task has just emptied an entry, which is wp_page_copy: only an
   * entry that hardware could use gets there (handle_pte_fault sends others to do_numa_page). False: it
   * is something else.
   */
  copies(pid: number, mm: number, va: number): boolean {
    const open = this.#of(pid);
    if (open?.what !== CLEAR_FLUSH || open.mm !== mm || open.va !== va) return false;
    open.isUsable ??= true;
    open.isReplaced = true;
    return true;
  }

  /** A flush of exactly one page or one huge page may be the second half of a clear-and-flush. */
  flushRange(pid: number, since: number, mm: number, va: number, pages: number): void {
    if (this.#isUnmapping(pid, mm, va)) return;
    const open = this.#of(pid);
    if (open?.mm === mm && open.va === va && pages === 1) {
      open.isFlushAsked = true;
      return;
    }
    if (pages === 1 || pages === PAGES_OF_PMD) {
      const bracket = new Bracket('a clear with its own flush', since, mm, { va, pages });
      bracket.isFlushAsked = true;
      this.#set(pid, bracket);
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
    const bracket = new Bracket('zap_pte_range', since, mm);
    bracket.isFlushAsked = true;
    this.#set(pid, bracket);
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
    if (open.pages === 0) return open;
    if (va < open.va || va >= open.va + open.pages * PAGE) return undefined;
    if (open.pages === 1) this.#close(pid);
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

  #set(pid: number, bracket: Bracket): void {
    this.#lastPid = Number.NaN;
    this.#open.delete(pid);
    this.#open.set(pid, bracket);
    if (this.#open.size <= MOST_TASKS) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }
}
