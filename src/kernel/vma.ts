// The kernel's verbs on vmas, each telling the observers what an address means from now on. They
// need mmap_lock for writing; the state's guards check that.

import { emit } from '../events/emit.ts';
import { type Id, me, no, none } from '../lang/expr.ts';
import type { Stmts } from '../lang/program.ts';
import type { KernelState } from './state.ts';

/** Nothing is mapped at the address any more, to whoever asked for that. */
export function detach_vma(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  const vma = k.vma(mm, va);
  return [
    emit('vma.change', {
      mm,
      va,
      content: none('content'),
      writable: no,
      shared: no,
      fresh: no,
      thread: me,
    }),
    vma.mapped.set(false),
    vma.file.clear(),
    vma.writable.set(false),
  ];
}
