import { emit } from '../../events/emit.ts';
import {
  all,
  type Bool,
  either,
  exists,
  type Id,
  type Maybe,
  me,
  none,
  some,
} from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, pickStep, step, when } from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** How zapping may be written; the kernel's own way is the first. */
export interface ZapHow {
  /**
   * When the translation of a dirty file page is flushed: before the page-table lock is dropped
   * and before the page counts as unmapped (since 5df397dec7c4), before the lock is dropped only
   * (since 1cf35d47712d), with the rest of the gather, or never.
   */
  readonly dirty: 'before-rmap' | 'under-lock' | 'with-the-rest' | 'never';
}
const asTheKernelDoes: ZapHow = { dirty: 'before-rmap' };

/** Drops a reference; whoever drops the last one of a folio that has no home any more frees it. */
export function folio_put(k: Kernel, folio: Maybe<'frame'>): Code {
  return putPath(k, { folio });
}
const putPath: (k: Kernel, args: { folio: Maybe<'frame'> }) => Code = path(
  {
    name: 'folio_put',
    source: 'include/linux/mm.h, 6.12 (folio_put, __folio_put)',
    leavesOut: 'the per-CPU lists through which many references go',
    reads: ['free', 'pte', 'page_cache', 'content_of_slot'],
    writes: ['folio'],
    locals: { last: bool },
  },
  (k, { folio }, l) => {
    const one = k.folio(folio.the());
    return [
      step('folio_put_testzero', one.refs.set(one.refs.minus(1)), l.last.set(isLast(k, folio))),
      branch(l.last, [free_unref_folio(k, { folio: folio.the() })]),
    ];
  },
);

/** Nobody holds the folio: neither cache, no page table, no reference, and it is not free. */
export function isLast(k: Kernel, folio: Maybe<'frame'>): Bool {
  const one = k.folio(folio.the());
  const homeless = one.mapping.isNone().or(folio_test_anon(k, folio.the()));
  return one.refs
    .is(0)
    .and(homeless)
    .and(unused(k, folio.the()))
    .and(k.free.has(folio.the()).not());
}

interface ZapArgs extends At {
  readonly file: Maybe<'slot'>;
  /** Whether private copies go as well (`details->even_cows`): left out, they do. */
  readonly even_cows?: boolean;
}

/** Empties the entry at one address and flushes it. */
export function zap_page_range_single(
  k: Kernel,
  args: ZapArgs,
  how: ZapHow = asTheKernelDoes,
): Code {
  return zapPath(k, { ...args, how });
}

const zapPath: (k: Kernel, args: ZapArgs & { how: ZapHow }) => Code = path(
  {
    name: 'zap_page_range_single',
    source:
      'mm/memory.c, mm/mmu_gather.c, 6.12 (zap_page_range_single, zap_pte_range, tlb_finish_mmu)',
    leavesOut: 'swap entries and markers; several pages in one gather',
    reads: ['pte_dirty', 'mm_cpumask', 'content_of_anon'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), dirty: bool },
  },
  (k, { mm, va, file, even_cows, how }, l) => {
    const pte = k.pte(mm, va);
    const folio = k.folio(pte.frame.the());
    const zapped = k.folio(l.page.the());
    const isCopy = folio.mapping.is(k.anonOf(mm, va));
    return [
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
      step(
        'zap_pte_range',
        when(even_cows === false ? pte.frame.isSome().and(isCopy.not()) : pte.frame.isSome(), [
          l.page.set(pte.frame),
          // The entry's reference passes to the gather, which drops it after the flush.
          folio.refs.set(folio.refs.plus(1)),
          when(k.pteDirty(mm, va).bit, [
            when(isCopy.not(), [
              l.dirty.set(true),
              how.dirty === 'before-rmap' ? folio.delayedRmap.set(folio.delayedRmap.plus(1)) : [],
            ]),
            folio.dirty.set(true),
          ]),
          ptep_get_and_clear(k, mm, va),
        ]),
      ),
      how.dirty === 'before-rmap' || how.dirty === 'under-lock'
        ? branch(l.dirty, [
            flush_tlb_mm_range(k, { mm, va }),
            how.dirty === 'under-lock'
              ? []
              : step('tlb_flush_rmaps', zapped.delayedRmap.set(zapped.delayedRmap.minus(1))),
          ])
        : [],
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm, file }),
      branch(how.dirty === 'with-the-rest' ? l.page.isSome() : l.page.isSome().and(l.dirty.not()), [
        flush_tlb_mm_range(k, { mm, va }),
      ]),
      branch(l.page.isSome(), [folio_put(k, l.page)]),
    ];
  },
);

/** Whether some page table maps the folio, or counts as mapping it until its flush is done. */
export function folio_mapped(k: Kernel, folio: Id<'frame'>): Bool {
  return exists('mm', (mm) => exists('va', (va) => k.pte(mm, va).frame.is(folio))).or(
    k.folio(folio).delayedRmap.isnt(0),
  );
}

interface UnmapArgs {
  readonly slot: Id<'slot'>;
  /** Whether private copies go as well: when the file ends before the page. */
  readonly even_cows: boolean;
}

/** Zaps a page of a file wherever it is mapped. */
export function unmap_mapping_range(
  k: Kernel,
  args: UnmapArgs,
  how: ZapHow = asTheKernelDoes,
): Code {
  return unmapPath(k, { ...args, how });
}

const unmapPath: (k: Kernel, args: UnmapArgs & { how: ZapHow }) => Code = path(
  {
    name: 'unmap_mapping_range',
    source: 'mm/memory.c, 6.12 (unmap_mapping_range, unmap_mapping_range_tree)',
    leavesOut:
      'i_mmap_rwsem: a mapping that munmap is taking away at the same time is left to munmap',
    reads: ['vma'],
    writes: [],
    locals: { mms: setOf('mm'), vas: setOf('va'), mm: maybe('mm'), va: maybe('va'), shared: bool },
  },
  (k, { slot, even_cows, how }, l) => {
    const here = (mm: Id<'mm'>, va: Id<'va'>) => k.vma(mm, va).file.is(slot);
    const file = either(l.shared, some(slot), none('slot'));
    return [
      step('i_mmap_lock_read', l.mms.set(all('mm'))),
      loop(
        'mms',
        pickStep('vma_interval_tree_foreach', {
          pick: ['mm'],
          among: ({ mm }) => l.mms.has(mm).and(exists('va', (va) => here(mm, va))),
          does: ({ mm }) => [l.mm.set(mm), l.mms.remove(mm.only()), l.vas.set(all('va'))],
          otherwise: [leave('mms')],
        }),
        loop(
          'vas',
          pickStep('unmap_mapping_range_vma', {
            pick: ['va'],
            among: ({ va }) => l.vas.has(va).and(here(l.mm.the(), va)),
            does: ({ va }) => [
              l.va.set(va),
              l.vas.remove(va.only()),
              l.shared.set(k.vma(l.mm.the(), va).shared),
            ],
            otherwise: [leave('vas')],
          }),
          zap_page_range_single(k, { mm: l.mm.the(), va: l.va.the(), file, even_cows }, how),
        ),
      ),
    ];
  },
);

/** madvise(MADV_DONTNEED) of one page. */
export function madvise_dontneed(k: Kernel, at: At, how: ZapHow = asTheKernelDoes): Code {
  return dontneedPath(k, { ...at, how });
}
const dontneedPath: (k: Kernel, args: At & { how: ZapHow }) => Code = path(
  {
    name: 'madvise_dontneed_single_vma',
    source: 'mm/madvise.c, 6.12',
    leavesOut: 'private memory: it would have to start anew as zeroes; several vmas',
    reads: ['vma'],
    writes: ['mmap_lock'],
    locals: { sharedFile: maybe('slot') },
  },
  (k, { mm, va, how }, l) => [
    mmap_read_lock(
      k,
      mm,
      when(
        k.vma(mm, va).mapped.and(k.vma(mm, va).shared),
        [l.sharedFile.set(k.vma(mm, va).file)],
        // Nothing there, or something private, which is left out.
        [k.mmapLock(mm).readers.remove(me.only()), leave('madvise_dontneed_single_vma')],
      ),
    ),
    zap_page_range_single(k, { mm, va, file: l.sharedFile }, how),
    mmap_read_unlock(k, mm),
    step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
  ],
);
