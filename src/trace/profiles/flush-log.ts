// The last flushes of each CPU, to look back on: some kernel functions flush before they say that
// they unmapped (ptep_clear_flush, then page_remove_rmap), and stamps that are equal have no order.

import { PAGE } from './fields.ts';
import { NO_MM } from './names.ts';

export interface Flush {
  readonly at: number;
  /** Of this mm, or of all (`NO_MM`). */
  readonly mm: number;
  /** From this address on; every address where left out. */
  readonly va?: number;
  readonly pages?: number;
}

const REMEMBERED = 32;

export class FlushLog {
  /** By place of the CPU. */
  readonly #flushes: (Flush[] | undefined)[] = [];

  add(cpu: number, flush: Flush): void {
    const here = this.#flushes[cpu];
    if (here === undefined) {
      this.#flushes[cpu] = [flush];
      return;
    }
    here.push(flush);
    if (here.length > REMEMBERED) here.shift();
  }

  /**
   * Whether the CPU may have flushed this translation at or after `since`. Where more happened than
   * is remembered the answer is yes: doubt never accuses.
   */
  mayHaveFlushed(cpu: number, mm: number, va: number, since: number): boolean {
    const here = this.#flushes[cpu];
    const last = here?.at(-1);
    // A CPU's records are in the order of time.
    if (here === undefined || last === undefined || last.at < since) return false;
    const oldest = here[0];
    if (here.length >= REMEMBERED && oldest !== undefined && oldest.at > since) return true;
    return here.some((flush) => flush.at >= since && covers(flush, mm, va));
  }

  forget(cpu: number): void {
    this.#flushes[cpu] = undefined;
  }
}

function covers(flush: Flush, mm: number, va: number): boolean {
  if (flush.mm !== NO_MM && flush.mm !== mm) return false;
  if (flush.va === undefined) return true;
  return va >= flush.va && va < flush.va + (flush.pages ?? 1) * PAGE;
}
