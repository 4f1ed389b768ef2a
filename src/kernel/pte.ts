// The kernel's own verbs on page-table entries, named as in the kernel, each telling the observers
// what it does. All of them need the page-table lock; the state's guards check that.

import { emit } from '../events/emit.ts';
import type { Bool, Id } from '../lang/expr.ts';
import { no } from '../lang/expr.ts';
import type { Stmts } from '../lang/program.ts';
import { type KernelState, mayHold } from './state.ts';

/** `set_pte_at` of an entry for a frame. */
export function set_pte_at(
  k: KernelState,
  mm: Id<'mm'>,
  va: Id<'va'>,
  frame: Id<'frame'>,
  writable: Bool,
  dirty: Bool = no,
): Stmts {
  const pte = k.pte(mm, va);
  return [
    emit('pte.set', { mm, va, frame, writable }),
    pte.frame.set(frame),
    pte.writable.set(writable),
    k.pteDirty(mm, va).bit.set(dirty),
    pte.uffd_wp.set(false),
  ];
}

/** `ptep_get_and_clear`: one exchange. Read what you need of the old entry before. */
export function ptep_get_and_clear(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  const pte = k.pte(mm, va);
  return [
    emit('pte.clear', {
      mm,
      va,
      frame: pte.frame.the(),
      writable: pte.writable,
      cpus: mayHold(k, mm),
    }),
    pte.frame.clear(),
    pte.writable.set(false),
    k.pteDirty(mm, va).bit.set(false),
    pte.uffd_wp.set(false),
  ];
}

/** The entry keeps its frame and gets other rights (`ptep_modify_prot_commit`, `wp_page_reuse`). */
export function pte_set_writable(
  k: KernelState,
  mm: Id<'mm'>,
  va: Id<'va'>,
  writable: boolean,
): Stmts {
  const pte = k.pte(mm, va);
  return [
    emit('pte.rights', {
      mm,
      va,
      frame: pte.frame.the(),
      writable: writable ? no.not() : no,
      cpus: mayHold(k, mm),
    }),
    pte.writable.set(writable),
  ];
}
