import { emit } from '../../events/emit.ts';
import { all, type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  each,
  loopWhile,
  path,
  pickStep,
  type Stmts,
  step,
  when,
} from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  mmap_read_lock,
  mmap_read_unlock,
  pmd_lock,
  pmd_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
} from '../locks.ts';
import { pmd_hide, pmd_populate, pmd_present_huge, type WithHuge, withHuge } from '../pmd.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { free_unref_folio } from './alloc.ts';
import { folio_put } from './folio.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';
import { flush_huge_range, type Reach } from './tlb-flush-huge.ts';

type K = Kernel & WithHuge;
type Mm = Id<'mm'>;

/** How `pmdp_invalidate` may be written; the kernel's own way is the first. */
export interface SplitHow {
  /** Whether the entry is read and invalidated in one exchange. */
  readonly invalidate: 'exchange' | 'read, then write';
}
const asTheKernelDoes: SplitHow = { invalidate: 'exchange' };

/** The huge entry becomes a page table of small ones, which map the same page piece by piece. */
export function split_huge_pmd(k: Kernel, args: { mm: Mm }, how: SplitHow = asTheKernelDoes): Code {
  return splitPath(withHuge(k), { ...args, how });
}

const splitPath: (k: K, args: { mm: Mm; how: SplitHow }) => Code = path(
  {
    name: '__split_huge_pmd',
    source:
      'mm/huge_memory.c, mm/pgtable-generic.c, 6.12 (__split_huge_pmd, __split_huge_pmd_locked, pmdp_invalidate)',
    leavesOut: 'file pages, migration entries at the PMD, soft-dirty, young and userfaultfd bits',
    reads: ['mm_cpumask', 'huge_page', 'ptl'],
    writes: ['pmd', 'pmd_dirty', 'pmd_lock', 'pte', 'pte_dirty', 'folio'],
    locals: { huge: bool, writable: bool, dirty: bool },
  },
  (k, { mm, how }, l) => {
    const { huge } = k;
    const pmd = huge.pmd(mm);
    const read: Stmts = [
      l.huge.set(pmd_present_huge(k, mm)),
      when(pmd_present_huge(k, mm), [
        l.writable.set(pmd.writable),
        l.dirty.set(huge.pmdDirty(mm).bit),
      ]),
    ];
    const invalidate: Stmts = [when(pmd_present_huge(k, mm), pmd_hide(k, mm, 'invalid'))];
    return [
      pmd_lock(huge, mm),
      how.invalidate === 'exchange'
        ? step('pmdp_invalidate', read, invalidate)
        : [step('entry = *pmdp', read), step('set_pmd_at(pmd_mknotpresent(entry))', invalidate)],
      branch(l.huge, [
        flush_huge_range(k, mm, 'huge'),
        step(
          'set_ptes',
          each('va', (va) => [
            when(l.dirty, [k.folio(huge.part(va)).dirty.set(true)]),
            k.pte(mm, va).frame.set(huge.part(va)),
            k.pte(mm, va).writable.set(l.writable),
            k.pteDirty(mm, va).bit.set(l.dirty),
          ]),
        ),
        step('pmd_populate', pmd_populate(k, mm)),
      ]),
      pmd_unlock(huge, mm),
    ];
  },
);

/**
 * Reclaim of a huge page that MADV_FREE has marked: it is split, and a page that nobody has stored to
 * since is dropped unwritten.
 */
export function reclaim_lazyfree(
  k: Kernel,
  args: { mm: Mm; va: Id<'va'> },
  how: SplitHow = asTheKernelDoes,
): Code {
  return lazyfreePath(withHuge(k), { ...args, how });
}

const lazyfreePath: (k: K, args: { mm: Mm; va: Id<'va'>; how: SplitHow }) => Code = path(
  {
    name: 'try_to_unmap_one',
    source:
      'mm/rmap.c, 6.12 (try_to_unmap_one with TTU_SPLIT_HUGE_PMD, a folio that is not swap-backed)',
    leavesOut:
      'unmap_huge_pmd_locked, which tries to drop the whole page first; batched flushes; the folio lock; each page is dropped on its own, as after split_folio',
    reads: ['mm_cpumask', 'huge_page'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), writable: bool, dirty: bool },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const folio = k.folio(l.page.the());
    return [
      splitPath(k, { mm, how }),
      spin_lock_ptl(k, mm),
      step(
        'ptep_clear_flush',
        when(pte.frame.is(k.huge.part(va)), [
          l.page.set(pte.frame),
          l.writable.set(pte.writable),
          l.dirty.set(k.pteDirty(mm, va).bit),
          ptep_get_and_clear(k, mm, va),
        ]),
      ),
      branch(l.page.isSome(), [
        flush_tlb_mm_range(k, { mm, va }),
        step(
          '!folio_test_swapbacked',
          when(l.dirty.or(folio.dirty).or(folio.refs.isnt(0)), [
            set_pte_at(k, mm, va, l.page.the(), l.writable, l.dirty),
            folio.dirty.set(folio.dirty.or(l.dirty)),
            l.page.clear(),
          ]),
        ),
      ]),
      spin_unlock_ptl(k, mm),
      branch(l.page.isSome(), [free_unref_folio(k, { folio: l.page.the() })]),
    ];
  },
);

/** Which entries the flush of a gather reaches that has emptied a huge entry: as it was told. */
export interface ZapHugeHow {
  readonly flush: Extract<Reach, 'huge' | 'small'>;
}

/** madvise(MADV_DONTNEED) of a huge page. */
export function madvise_dontneed_huge(
  k: Kernel,
  args: { mm: Mm },
  how: ZapHugeHow = { flush: 'huge' },
): Code {
  return zapPath(withHuge(k), { ...args, how });
}

const zapPath: (k: K, args: { mm: Mm; how: ZapHugeHow }) => Code = path(
  {
    name: 'zap_huge_pmd',
    source:
      'mm/huge_memory.c, mm/mmu_gather.c, 6.12 (zap_huge_pmd, tlb_remove_pmd_tlb_entry, tlb_finish_mmu)',
    leavesOut: 'a page table in the place of a huge page, which zap_pte_range sees to; file pages',
    reads: ['vma', 'mm_cpumask', 'content_of_anon', 'huge_page'],
    writes: ['mmap_lock', 'pmd', 'pmd_dirty', 'pmd_lock', 'folio'],
    locals: { gathered: bool, todo: setOf('va'), page: maybe('frame') },
  },
  (k, { mm, how }, l) => {
    const { huge } = k;
    return [
      mmap_read_lock(k, mm),
      pmd_lock(huge, mm),
      step(
        'pmdp_huge_get_and_clear_full',
        when(pmd_present_huge(k, mm), [
          l.gathered.set(true),
          l.todo.set(all('va')),
          each('va', (va) => [
            emit('vma.change', {
              mm,
              va,
              content: some(k.anonOf(mm, va)),
              writable: k.vma(mm, va).writable,
              shared: no,
              fresh: k.vma(mm, va).mapped,
              thread: me,
            }),
            k.folio(huge.part(va)).refs.set(k.folio(huge.part(va)).refs.plus(1)),
          ]),
          pmd_hide(k, mm, 'none'),
        ]),
      ),
      pmd_unlock(huge, mm),
      k.hooks.cancel('tlb_end_vma', { mm }),
      branch(l.gathered, [flush_huge_range(k, mm, how.flush)]),
      loopWhile(
        l.todo.isSome(),
        pickStep('free_pages_and_swap_cache', {
          pick: ['va'],
          among: ({ va }) => l.todo.has(va),
          does: ({ va }) => [l.page.set(some(huge.part(va))), l.todo.remove(va.only())],
        }),
        folio_put(k, l.page),
      ),
      mmap_read_unlock(k, mm),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
    ];
  },
);
