import { emit } from '../../events/emit.ts';
import { type BoolRef, type Id, type Maybe, type MaybeRef, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, path, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon, zap_not_present } from '../pte-kinds.ts';
import { folio_put } from './folio.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** How zapping may be written; the kernel's own way is the first of each, and what is left out. */
export interface ZapHow {
  /**
   * When the translation of a dirty file page is flushed: before the page-table lock is dropped
   * and before the page counts as unmapped (since 5df397dec7c4), before the lock is dropped only
   * (since 1cf35d47712d), with the rest of the gather, or never.
   */
  readonly dirty?: 'before-rmap' | 'under-lock' | 'with-the-rest' | 'never';
  /** Whether a clean page of a file counts as unmapped before its flush, or is treated as a dirty one. */
  readonly clean?: 'unmapped at once' | 'as a dirty one';
  /**
   * A gather of the whole mm says that nobody runs any more, and lets the architecture skip the flush
   * of its end.
   */
  readonly gather?: 'range' | 'under the lock' | 'whole mm';
  /** Whether pages go free only when the flush is done (`tlb_fast_mode` of 3.10 and before: not). */
  readonly frees?: 'after the flush' | 'before the flush';
}

interface Zap {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  /** The file whose shared mapping this is, if it is one; left out: private memory. */
  readonly file?: Maybe<'slot'>;
  /** Whether private copies go as well (`details->even_cows`): left out, they do. */
  readonly even_cows?: boolean;
  /** What happens in the same step as the zap. */
  readonly also?: Stmts;
  readonly how?: ZapHow;
}

/** The locals of a path that zaps one entry. */
export const zapLocals = {
  page: maybe('frame'),
  gathered: bool,
  nested: bool,
  dirty: bool,
} as const;
interface Zapped {
  /** What the gather holds a reference to. */
  readonly page: MaybeRef<'frame'>;
  /** An entry was emptied and is not flushed yet. */
  readonly gathered: BoolRef;
  /** It was a dirty one of a file. */
  readonly dirty: BoolRef;
}

/** Empties the entry at one address, under the page-table lock. */
export function zap_pte_range(k: Kernel, zap: Zap, l: Zapped): Codes {
  const { mm, va, file, even_cows = true, also = [], how = {} } = zap;
  const { dirty = 'before-rmap', gather } = how;
  const pte = k.pte(mm, va);
  const page = pte.frame.the();
  const folio = k.folio(page);
  const zapped = k.folio(l.page.the());
  const anon = folio_test_anon(k, page);
  const target = pte.target.isSome().and(folio_test_anon(k, pte.target.the()).not());
  return [
    spin_lock_ptl(k, mm, va),
    k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
    step(
      'zap_pte_range',
      also,
      when(even_cows ? pte.frame.isSome() : pte.frame.isSome().and(anon.not()), [
        when(k.pteDirty(mm, va).bit.and(anon.not()), [
          folio.dirty.set(true),
          l.dirty.set(true),
          dirty === 'before-rmap' ? folio.delayedRmap.set(folio.delayedRmap.plus(1)) : [],
        ]),
        how.clean === 'as a dirty one'
          ? when(k.pteDirty(mm, va).bit.not().and(anon.not()), [
              l.dirty.set(true),
              folio.delayedRmap.set(folio.delayedRmap.plus(1)),
            ])
          : [],
        // The gather takes over the reference that the entry held, until the flush is done: nobody
        // can free the page before.
        l.gathered.set(true),
        l.page.set(pte.frame),
        folio.refs.set(folio.refs.plus(1)),
        ptep_get_and_clear(k, mm, va),
      ]),
      even_cows
        ? zap_not_present(k, mm, va, l.gathered)
        : when(target, zap_not_present(k, mm, va, l.gathered)),
    ),
    // A dirty page of a file counts as mapped until its flush is done, under the lock: writeback may
    // be looking for it.
    dirty === 'before-rmap' || dirty === 'under-lock'
      ? branch(l.dirty, [
          flush_tlb_mm_range(k, { mm, va }),
          l.gathered.set(false),
          dirty === 'under-lock'
            ? []
            : step('tlb_flush_rmaps', zapped.delayedRmap.set(zapped.delayedRmap.minus(1))),
        ])
      : [],
    dirty === 'never' ? branch(l.dirty, [l.gathered.set(false)]) : [],
    gather === 'under the lock'
      ? branch(l.gathered, [flush_tlb_mm_range(k, { mm, va }), l.gathered.set(false)])
      : [],
    spin_unlock_ptl(k, mm, va),
    k.hooks.cancel('tlb_end_vma', file === undefined ? { mm } : { mm, file }),
  ];
}

/** Empties the entry at one address, flushes it and lets go of the page. */
export const zap_page_range_single: (k: Kernel, args: Zap) => Code = path(
  {
    name: 'zap_page_range_single',
    source:
      'mm/memory.c, mm/mmu_gather.c, 6.12 (zap_page_range_single, unmap_single_vma, zap_pte_range, tlb_finish_mmu)',
    leavesOut: 'several pages in one gather; uffd markers; huge pages',
    reads: ['vma', 'mm_cpumask', 'content_of_anon', 'content_of_slot'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio', 'tlb_flush_pending'],
    locals: zapLocals,
  },
  (k, zap, l) => {
    const { mm, va, how = {} } = zap;
    const early = how.frees === 'before the flush';
    const free = branch(l.page.isSome(), [folio_put(k, l.page)]);
    const unflushed: Codes | undefined =
      how.gather === 'whole mm' ? (early ? [] : [free]) : undefined;
    return [
      tlb_gather_mmu(k, mm),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      zap_pte_range(k, zap, l),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      early ? free : [],
      tlb_finish_mmu(k, { mm, va, ...l, instead: unflushed }, early ? [] : [free]),
    ];
  },
);

/** Private memory is discarded: it reads as zeroes from then on. */
export function startsAnew(k: Kernel, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  return [
    emit('vma.change', {
      mm,
      va,
      content: some(k.anonOf(mm, va)),
      writable: k.vma(mm, va).writable,
      shared: no,
      fresh: k.vma(mm, va).mapped,
      thread: me,
    }),
  ];
}
