import { emit } from '../../events/emit.ts';
import { type Id, me, no } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, pickStep, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** Writes a dirty file page out: write-protects and cleans its entries, then stores its bytes. */
export const write_one_page: (k: Kernel, args: { slot: Id<'slot'> }) => Code = path(
  {
    name: 'write_cache_pages',
    source: 'mm/page-writeback.c, mm/rmap.c, 6.12 (folio_clear_dirty_for_io, page_vma_mkclean_one)',
    leavesOut: 'the writeback flag: the folio stays locked until its bytes are stored',
    reads: ['mm_cpumask', 'page_cache'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { folio: maybe('frame'), mm: maybe('mm'), va: maybe('va'), todo: bool },
  },
  (k, { slot }, l) => {
    const folio = k.folio(l.folio.the());
    const [mm, va] = [l.mm.the(), l.va.the()];
    const cached = k.folio(k.cache(slot).the());
    return [
      waitStep(
        'folio_lock',
        k.cache(slot).isNone().or(cached.lock.isNone()),
        when(k.cache(slot).isNone(), [leave('write_cache_pages')]),
        l.folio.set(k.cache(slot)),
        cached.lock.set(me),
      ),
      loop(
        'rmap_walk',
        pickStep('page_vma_mapped_walk', {
          pick: ['mm', 'va'],
          among: (at) => {
            const pte = k.pte(at.mm, at.va);
            return pte.frame.is(l.folio).and(pte.writable.or(k.pteDirty(at.mm, at.va).bit));
          },
          when: (at) => k.ptl(at.mm).isNone(),
          does: (at) => [
            emit('lock.take', { lock: 'ptl', thread: me }),
            k.ptl(at.mm).set(me),
            l.mm.set(at.mm),
            l.va.set(at.va),
          ],
          otherwise: [leave('rmap_walk')],
        }),
        step('ptep_clear_flush', ptep_get_and_clear(k, mm, va), folio.dirty.set(true)),
        flush_tlb_mm_range(k, { mm, va }),
        step('set_pte_at', set_pte_at(k, mm, va, l.folio.the(), no)),
        spin_unlock_ptl(k, mm),
      ),
      step('folio_test_clear_dirty', l.todo.set(folio.dirty), folio.dirty.set(false)),
      branch(l.todo, [step('writepage', emit('slot.writeout', { slot, frame: l.folio.the() }))]),
      step('folio_unlock', folio.lock.clear()),
    ];
  },
);
