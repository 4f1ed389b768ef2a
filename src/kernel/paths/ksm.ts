import { emit } from '../../events/emit.ts';
import { type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, pickStep, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { folio_test_anon } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { isLast } from './folio.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** Whether `write_protect_page` flushes; the kernel's own way is the first. */
export interface KsmHow {
  readonly flush: 'under the lock' | 'never';
}
interface Args {
  readonly mm: Id<'mm'>;
  /** The page that becomes the shared one. */
  readonly keep: Id<'va'>;
  /** The page that is found equal and given up. */
  readonly merge: Id<'va'>;
}

/** Takes the write bit of one page's entry, unless somebody holds a reference to the page. */
const write_protect_page: (
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'>; page: Id<'frame'>; how: KsmHow },
) => Code = path(
  {
    name: 'write_protect_page',
    source: 'mm/ksm.c, 6.12',
    leavesOut: 'large folios; an entry that is read-only already is flushed as well',
    reads: ['mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { writable: bool, dirty: bool, present: bool },
  },
  (k, { mm, va, page, how }, l) => [
    mmu_notifier_invalidate_range_start(k, { mm, va }),
    spin_lock_ptl(k, mm),
    step(
      'ptep_clear_flush',
      l.present.set(k.pte(mm, va).frame.is(page)),
      l.writable.set(k.pte(mm, va).writable),
      l.dirty.set(k.pteDirty(mm, va).bit),
      when(k.pte(mm, va).frame.is(page), ptep_get_and_clear(k, mm, va)),
    ),
    branch(l.present, [
      how.flush === 'never' ? [] : flush_tlb_mm_range(k, { mm, va }),
      k.hooks.before_pte_change(mm, va),
      step(
        'set_pte_at',
        when(k.folio(page).refs.isnt(1), set_pte_at(k, mm, va, page, l.writable, l.dirty), [
          when(l.dirty, [k.folio(page).dirty.set(true)]),
          k.folio(page).shared.set(true),
          set_pte_at(k, mm, va, page, no),
        ]),
      ),
    ]),
    spin_unlock_ptl(k, mm),
    mmu_notifier_invalidate_range_end(k, { mm, va }),
  ],
);

/** Merges two pages of private memory that the scanner has found equal. */
export function ksm_merge(k: Kernel, args: Args, how: KsmHow = { flush: 'under the lock' }): Code {
  return mergePath(k, { ...args, how });
}

const mergePath: (k: Kernel, args: Args & { how: KsmHow }) => Code = path(
  {
    name: 'try_to_merge_two_pages',
    source: 'mm/ksm.c, 6.12 (try_to_merge_two_pages, try_to_merge_one_page, replace_page)',
    leavesOut:
      'the trees and checksums of the scanner; that the first page is unshared again (break_cow) where the second one is gone: it stays a page of KSM with one user; that the pages are equal is taken as given when they are compared',
    reads: ['content_of_slot', 'page_cache', 'mm_cpumask', 'free'],
    writes: ['mmap_lock', 'ptl', 'pte', 'pte_dirty', 'folio', 'swap'],
    locals: { kpage: maybe('frame'), page: maybe('frame'), failed: bool, last: bool },
  },
  (k, { mm, keep, merge, how }, l) => {
    const [kpage, page] = [l.kpage.the(), l.page.the()];
    const pte = k.pte(mm, merge);
    const take = (va: Id<'va'>, into: typeof l.page): Code =>
      pickStep('folio_trylock', {
        pick: ['frame'],
        among: ({ frame }) =>
          k
            .pte(mm, va)
            .frame.is(frame)
            .and(folio_test_anon(k, frame))
            .and(k.folio(frame).ksm.not())
            .and(k.folio(frame).lock.isNone()),
        does: ({ frame }) => [
          into.set(frame),
          k.folio(frame).lock.set(me),
          k.folio(frame).refs.set(k.folio(frame).refs.plus(1)),
        ],
        otherwise: [l.failed.set(true)],
      });
    const put = (frame: Id<'frame'>, locked: boolean): Code[] => [
      step(
        'folio_put',
        locked ? k.folio(frame).lock.clear() : [],
        k.folio(frame).refs.set(k.folio(frame).refs.minus(1)),
        l.last.set(isLast(k, some(frame))),
      ),
      branch(l.last, [free_unref_folio(k, { folio: frame })]),
    ];
    return [
      mmap_read_lock(k, mm),
      take(keep, l.kpage),
      branch(l.failed, [mmap_read_unlock(k, mm), leave('try_to_merge_two_pages')]),
      write_protect_page(k, { mm, va: keep, page: kpage, how }),
      step(
        'folio_set_stable_node',
        when(
          k.pte(mm, keep).frame.is(kpage).and(k.pte(mm, keep).writable.not()),
          [k.folio(kpage).ksm.set(true), k.folio(kpage).lock.clear()],
          [l.failed.set(true)],
        ),
      ),
      branch(l.failed, [
        put(kpage, true),
        mmap_read_unlock(k, mm),
        leave('try_to_merge_two_pages'),
      ]),
      // Each of the two pages is looked at under a lock of its own.
      mmap_read_unlock(k, mm),
      mmap_read_lock(k, mm),
      take(merge, l.page),
      branch(l.failed, [
        put(kpage, false),
        mmap_read_unlock(k, mm),
        leave('try_to_merge_two_pages'),
      ]),
      write_protect_page(k, { mm, va: merge, page, how }),
      step(
        'pages_identical',
        when(
          pte.frame.is(page).and(pte.writable.not()),
          [emit('frame.merge', { mm, va: merge, old: page, frame: kpage })],
          [l.failed.set(true)],
        ),
      ),
      branch(l.failed.not(), [
        mmu_notifier_invalidate_range_start(k, { mm, va: merge }),
        spin_lock_ptl(k, mm),
        step(
          'replace_page: ptep_clear_flush',
          when(pte.frame.is(page).and(pte.writable.not()), ptep_get_and_clear(k, mm, merge), [
            l.failed.set(true),
          ]),
        ),
        branch(l.failed.not(), [
          flush_tlb_mm_range(k, { mm, va: merge }),
          k.hooks.before_pte_change(mm, merge),
          step('replace_page: set_pte_at', set_pte_at(k, mm, merge, kpage, no)),
        ]),
        spin_unlock_ptl(k, mm),
        mmu_notifier_invalidate_range_end(k, { mm, va: merge }),
      ]),
      put(page, true),
      put(kpage, false),
      mmap_read_unlock(k, mm),
    ];
  },
);
