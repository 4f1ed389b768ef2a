import { emit } from '../../events/emit.ts';
import { type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { again, branch, leave, loop, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { handle_mm_fault } from './fault.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** How `__replace_page` may be written; the kernel's own way is the first of each. */
export interface ReplacePage {
  /**
   * Whether the entry is looked up by `page_vma_mapped_walk`, which finds only a present entry of
   * the old page and else makes the caller retry, or simply by its address.
   */
  readonly walk: 'mapped' | 'address';
}

/** Puts a breakpoint into a page of program text: a private copy takes the page's place. */
export function uprobe_write_opcode(
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'> },
  how: ReplacePage = { walk: 'mapped' },
): Code {
  return uprobePath(k, { ...args, how });
}

const uprobePath: (k: Kernel, args: { mm: Id<'mm'>; va: Id<'va'>; how: ReplacePage }) => Code =
  path(
    {
      name: 'uprobe_write_opcode',
      source: 'kernel/events/uprobes.c, 6.12 (uprobe_write_opcode, __replace_page)',
      leavesOut: 'the instruction itself, reference counters of the probe, restoring the original',
      reads: ['content_of_anon', 'vma', 'mm_cpumask'],
      writes: ['mmap_lock', 'ptl', 'pte', 'pte_dirty', 'folio'],
      locals: { old: maybe('frame'), page: maybe('frame'), missing: bool, segv: bool, retry: bool },
    },
    (k, { mm, va, how }, l) => {
      const pte = k.pte(mm, va);
      const old = k.folio(l.old.the());
      const content = some(k.anonOf(mm, va));
      return [
        mmap_write_lock(k, mm),
        loop(
          'retry',
          loop(
            'get_user_page',
            waitStep(
              'get_user_page_vma_remote',
              k.ptl(mm).isNone(),
              when(
                pte.frame.isSome(),
                [
                  l.old.set(pte.frame),
                  k.folio(pte.frame.the()).refs.set(k.folio(pte.frame.the()).refs.plus(1)),
                  leave('get_user_page'),
                ],
                [k.mmapLock(mm).writer.clear()],
              ),
            ),
            // GUP faults the page in; the fault handler wants the lock for reading.
            handle_mm_fault(k, { mm, va, write: false, segv: l.segv }),
            mmap_write_lock(k, mm),
          ),
          alloc_pages(k, { out: l.page }),
          step(
            'copy_highpage',
            emit('frame.copy', { from: l.old.the(), frame: l.page.the(), content }),
            k.folio(l.page.the()).mapping.set(k.anonOf(mm, va)),
          ),
          step('copy_to_page', emit('frame.write', { frame: l.page.the(), content, thread: me })),
          waitStep('__replace_page: folio_lock', old.lock.isNone(), old.lock.set(me)),
          spin_lock_ptl(k, mm),
          step(
            'page_vma_mapped_walk',
            how.walk === 'mapped' ? when(pte.frame.isnt(l.old), [l.retry.set(true)]) : [],
            when(pte.frame.isNone(), [l.missing.set(true)]),
          ),
          branch(l.retry.not(), [
            k.hooks.before_pte_change(mm, va),
            branch(
              l.missing.not(),
              [
                step('ptep_clear_flush', ptep_get_and_clear(k, mm, va)),
                flush_tlb_mm_range(k, { mm, va }),
              ],
              [k.hooks.cancel('ptep_clear_flush', { mm })],
            ),
            step(
              'set_pte_at',
              emit('vma.change', {
                mm,
                va,
                content,
                writable: k.vma(mm, va).writable,
                shared: no,
                fresh: no,
                thread: me,
              }),
              set_pte_at(k, mm, va, l.page.the(), no),
            ),
          ]),
          spin_unlock_ptl(k, mm),
          step('folio_unlock', old.lock.clear(), old.refs.set(old.refs.minus(1))),
          branch(l.retry, [
            free_unref_folio(k, { folio: l.page.the() }),
            l.retry.set(false),
            l.missing.set(false),
            again('retry'),
          ]),
          leave('retry'),
        ),
        mmap_write_unlock(k, mm),
        step(
          'return from uprobe_register',
          emit('call.return', { name: 'uprobe_register', thread: me }),
        ),
      ];
    },
  );
