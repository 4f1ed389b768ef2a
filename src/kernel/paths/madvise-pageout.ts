import { emit } from '../../events/emit.ts';
import { type Bool, exists, type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { folio_test_anon } from '../pte-kinds.ts';
import { folio_put } from './folio.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import { shrink_folio_list } from './reclaim.ts';
import { swap_out } from './swap-out.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** madvise(MADV_COLD) of one page: it looks unused to reclaim. Its entry keeps its frame and rights. */
export function madvise_cold(k: Kernel, at: At): Code {
  return coldPath(k, { ...at, pageout: false });
}
/** madvise(MADV_PAGEOUT) of one page: it is reclaimed at once, if nobody else maps it. */
export function madvise_pageout(k: Kernel, at: At): Code {
  return coldPath(k, { ...at, pageout: true });
}

const coldPath: (k: Kernel, args: At & { pageout: boolean }) => Code = path(
  {
    name: 'madvise_cold_or_pageout_pte_range',
    source:
      'mm/madvise.c, mm/vmscan.c, 6.12 (madvise_cold, madvise_pageout, madvise_cold_or_pageout_pte_range, reclaim_pages)',
    leavesOut:
      'large folios, locked vmas; the lists that folios move to; pages that MADV_FREE has marked, which MADV_PAGEOUT drops at once; accessed bits: MADV_COLD clears that of every entry and flushes it, since each may be young; whether the caller may page the file out',
    reads: ['vma', 'mm_cpumask', 'content_of_slot'],
    writes: ['mmap_lock', 'ptl', 'pte', 'folio', 'tlb_flush_pending'],
    locals: {
      gathered: bool,
      nested: bool,
      isolated: maybe('frame'),
      anon: bool,
      sharedFile: maybe('slot'),
    },
  },
  (k, { mm, va, pageout }, l) => {
    const pte = k.pte(mm, va);
    const page = pte.frame.the();
    const other = (m: Id<'mm'>, v: Id<'va'>): Bool =>
      k
        .pte(m, v)
        .frame.is(page)
        .and(m.is(mm).and(v.is(va)).not());
    const shared = exists('mm', (m) => exists('va', (v) => other(m, v)));
    const swaps = (k.world.swaps ?? 0) > 0;
    return [
      mmap_read_lock(
        k,
        mm,
        when(k.vma(mm, va).mapped.not(), [
          k.mmapLock(mm).readers.remove(me.only()),
          leave('madvise_cold_or_pageout_pte_range'),
        ]),
        when(k.vma(mm, va).shared, [l.sharedFile.set(k.vma(mm, va).file)]),
      ),
      tlb_gather_mmu(k, mm),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'madvise_cold_or_pageout_pte_range'),
      pageout
        ? step(
            'folio_isolate_lru',
            when(pte.frame.isSome().and(shared.not()), [
              l.anon.set(folio_test_anon(k, page)),
              l.isolated.set(pte.frame),
              k.folio(page).refs.set(k.folio(page).refs.plus(1)),
            ]),
          )
        : step('clear_young_dirty_ptes', when(pte.frame.isSome(), [l.gathered.set(true)])),
      spin_unlock_ptl(k, mm, va),
      pageout
        ? branch(l.isolated.isSome(), [
            branch(
              l.anon,
              // Without swap no anonymous folio is reclaimed.
              swaps ? [swap_out(k, { isolated: l.isolated })] : [folio_put(k, l.isolated)],
              [shrink_folio_list(k, { isolated: l.isolated })],
            ),
          ])
        : [],
      k.hooks.cancel('tlb_end_vma', { mm, file: l.sharedFile }),
      tlb_finish_mmu(k, { mm, va, ...l }),
      mmap_read_unlock(k, mm),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
    ];
  },
);
