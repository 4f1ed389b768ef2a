import { emit } from '../../events/emit.ts';
import { type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { folio_mapped, folio_put } from './folio.ts';
import { rmap_walk } from './rmap-walk.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** How write-protection may be done; the kernel's own way is the first. */
export interface MkcleanHow {
  readonly flush: 'under-lock' | 'never';
}

interface Args {
  readonly folio: Id<'frame'>;
  readonly slot: Id<'slot'>;
  readonly how: MkcleanHow;
}

/** Write-protects a locked folio in every shared mapping, so that the next store is noticed. */
const folio_mkclean: (k: Kernel, args: Args) => Code = path(
  {
    name: 'folio_mkclean',
    source: 'mm/rmap.c, 6.12 (folio_mkclean, page_vma_mkclean_one); the hook is LUF v12',
    leavesOut:
      'huge pages; entries that are clean and read-only are passed over; i_mmap_rwsem; mmu notifiers; the folio is marked dirty with its entry and not after the walk, still locked either way',
    reads: ['vma', 'mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { mm: maybe('mm'), va: maybe('va'), mapped: bool },
  },
  (k, { folio, slot, how }, l) => {
    const [mm, va] = [l.mm.the(), l.va.the()];
    return [
      step('folio_mapped', l.mapped.set(folio_mapped(k, folio))),
      branch(l.mapped.not(), [leave('folio_mkclean')]),
      rmap_walk(
        k,
        l,
        (at) =>
          k
            .pte(at.mm, at.va)
            .frame.is(folio)
            .and(k.vma(at.mm, at.va).shared)
            .and(k.pte(at.mm, at.va).writable.or(k.pteDirty(at.mm, at.va).bit)),
        step('ptep_clear_flush', ptep_get_and_clear(k, mm, va)),
        how.flush === 'under-lock' ? flush_tlb_mm_range(k, { mm, va }) : [],
        step(
          'set_pte_at',
          set_pte_at(k, mm, va, folio, no),
          // `cleaned`: the folio was dirty, if only by its entries.
          k.folio(folio).dirty.set(true),
        ),
      ),
      // PVMW_SYNC: the walk takes the page-table lock even where it sees nothing, and so waits for
      // whoever has emptied an entry and holds the lock until its flush is done.
      waitStep('page_vma_mapped_walk with PVMW_SYNC', k.folio(folio).delayedRmap.is(0)),
      k.hooks.cancel('folio_mkclean', { file: some(slot) }),
    ];
  },
);

/** Writes a dirty page of a file out; it stays cached and mapped. */
export function writeback(
  k: Kernel,
  args: { slot: Id<'slot'> },
  how: MkcleanHow = { flush: 'under-lock' },
): Code {
  return writebackPath(k, { ...args, how });
}

const writebackPath: (k: Kernel, args: { slot: Id<'slot'>; how: MkcleanHow }) => Code = path(
  {
    name: 'write_cache_pages',
    source: 'mm/page-writeback.c, 6.12 (write_cache_pages, folio_clear_dirty_for_io)',
    leavesOut:
      'the writeback flag: the folio stays locked until its bytes are stored; which folios are dirty is not kept apart, so a page that only an entry has made dirty is written as well',
    reads: ['page_cache', 'content_of_slot', 'pte', 'pte_dirty'],
    writes: ['folio'],
    locals: { folio: maybe('frame'), todo: bool },
  },
  (k, { slot, how }, l) => {
    const folio = k.folio(l.folio.the());
    const cached = k.folio(k.cache(slot).the());
    return [
      step(
        'filemap_get_folios_tag',
        when(
          k.cache(slot).isNone(),
          [leave('write_cache_pages')],
          [l.folio.set(k.cache(slot)), cached.refs.set(cached.refs.plus(1))],
        ),
      ),
      waitStep(
        'folio_lock',
        folio.lock.isNone(),
        folio.lock.set(me),
        l.todo.set(folio.mapping.is(k.contentOf(slot))),
      ),
      branch(l.todo, [
        folio_mkclean(k, { folio: l.folio.the(), slot, how }),
        step(
          'folio_test_clear_dirty',
          when(folio.dirty, [folio.dirty.set(false)], [l.todo.set(false)]),
        ),
        branch(l.todo, [step('writepage', emit('slot.writeout', { slot, frame: l.folio.the() }))]),
      ]),
      step('folio_unlock', folio.lock.clear()),
      folio_put(k, l.folio),
    ];
  },
);
