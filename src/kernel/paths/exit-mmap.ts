import { emit } from '../../events/emit.ts';
import type { Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, loopWhile, path, pickStep, step, when } from '../../lang/program.ts';
import { maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon } from '../pte-kinds.ts';
import { folio_put } from './folio.ts';
import { free_pgtables, free_table } from './page-tables.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/**
 * The last user of an address space is gone. CPUs may still have it loaded, lazily; the flush reaches
 * those too, since the page tables themselves go.
 */
export const exit_mmap: (k: Kernel, args: { mm: Id<'mm'> }) => Code = path(
  {
    name: 'exit_mmap',
    source: 'mm/mmap.c, 6.12 (unmap_vmas, free_pgtables, tlb_finish_mmu)',
    leavesOut:
      'mmap_lock, which nobody else takes any more; the forced flush for a dirty page of a file, since nobody runs any more who could store; page tables have frames only in worlds that ask for it; the references that lazy CPUs hold on the mm',
    reads: ['mm_cpumask', 'content_of_slot'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { table: maybe('frame'), pages: setOf('frame'), page: maybe('frame') },
  },
  (k, { mm }, l) => [
    spin_lock_ptl(k, mm),
    k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
    step(
      'zap_pte_range',
      each('va', (va) => {
        const { frame } = k.pte(mm, va);
        return [
          when(frame.isSome(), [
            when(k.pteDirty(mm, va).bit, [k.folio(frame.the()).dirty.set(true)]),
            when(folio_test_anon(k, frame.the()), [
              // The gather takes over the reference that the entry held.
              k.folio(frame.the()).refs.set(k.folio(frame.the()).refs.plus(1)),
              l.pages.add(frame.the().only()),
            ]),
            ptep_get_and_clear(k, mm, va),
          ]),
        ];
      }),
    ),
    spin_unlock_ptl(k, mm),
    free_pgtables(k, { mm, out: l.table }),
    flush_tlb_mm_range(k, { mm, freedTables: true }),
    loopWhile(
      l.pages.isSome(),
      pickStep('free_pages_and_swap_cache', {
        pick: ['frame'],
        among: ({ frame }) => l.pages.has(frame),
        does: ({ frame }) => [l.pages.remove(frame.only()), l.page.set(frame)],
      }),
      folio_put(k, l.page),
    ),
    free_table(k, l.table),
    step('__mmdrop', emit('mm.exit', { mm })),
  ],
);
