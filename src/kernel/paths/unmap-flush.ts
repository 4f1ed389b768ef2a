// What follows when an rmap walk has emptied an entry: the flush, at once or in a batch.

import type { BoolRef, Id } from '../../lang/expr.ts';
import { branch, type Codes, type Stmts, step } from '../../lang/program.ts';
import type { EmptiedEntry, Kernel } from '../kernel.ts';
import {
  add_pending_notifies,
  arch_tlbbatch_add_pending,
  flush_tlb_mm_range,
} from './tlb-flush.ts';
import { should_defer } from './tlb-flush-x86.ts';

/**
 * `should_defer_flush`, before the entry is emptied: no batch for an mm that nobody else has. Where
 * CPUs do not switch the model always batches, if the design does; `out` is then not used.
 */
export function should_defer_flush(k: Kernel, mm: Id<'mm'>, out: BoolRef): Codes {
  const { switching } = k;
  if (switching === undefined || !k.hooks.defers) return [];
  return [step('should_defer_flush', out.set(should_defer({ ...k, switching }, mm)))];
}

/** Empties the entry, by the function that goes with when its flush is. */
export function clear_entry(k: Kernel, defer: BoolRef, clear: Stmts): Codes {
  const later = step('ptep_get_and_clear', clear);
  const now = step('ptep_clear_flush', clear);
  if (!k.hooks.defers) return [now];
  return k.switching === undefined ? [later] : [branch(defer, [later], [now])];
}

/** `set_tlb_ubc_flush_pending`, or the flush itself. `more` is what goes with it: the dirty bit. */
export function set_pending_or_flush(
  k: Kernel,
  emptied: EmptiedEntry,
  defer: BoolRef,
  more: Stmts = [],
): Codes {
  const { mm, va } = emptied;
  // ptep_clear_flush: the dirty bit is looked at after the flush.
  const flushNow: Codes = [
    flush_tlb_mm_range(k, { mm, va }),
    Array.isArray(more) && more.length === 0 ? [] : step('folio_mark_dirty', more),
  ];
  if (!k.hooks.defers) return flushNow;
  const later: Codes = [
    k.hooks.before_add_pending(emptied),
    arch_tlbbatch_add_pending(k, { mm, va }),
    step('set_tlb_ubc_flush_pending', k.hooks.set_tlb_ubc_flush_pending(emptied), more),
    add_pending_notifies(k, { mm }),
  ];
  return k.switching === undefined ? later : [branch(defer, later, flushNow)];
}
