import { emit } from '../../events/emit.ts';
import { type Bool, exists, type Id, type MaybeRef, me, no, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { spin_lock_ptl, spin_unlock_ptl, unlocked } from '../locks.ts';
import { pte_set_writable, ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { folio_test_anon, unused } from '../pte-kinds.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { type At, cancelIf, need_luf_flush } from './fault-hooks.ts';
import { folio_unlock } from './filemap.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** A store to a present, read-only entry of a shared file mapping. */
const wp_page_shared: (k: Kernel, args: At & { orig: MaybeRef<'frame'> }) => Code = path(
  {
    name: 'wp_page_shared',
    source: 'mm/memory.c, 6.12 (wp_page_shared, finish_mkwrite_fault); the hook is LUF v11',
    leavesOut:
      'what the file system does in page_mkwrite, other than lock the folio; the folio is marked dirty with its entry and not after it, still locked either way',
    reads: ['mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { luf: bool, gone: bool },
  },
  (k, { mm, va, orig }, l) => {
    const folio = k.folio(orig.the());
    return [
      step('folio_get', folio.refs.set(folio.refs.plus(1)), unlocked('ptl', k.ptl(mm, va))),
      waitStep(
        'do_page_mkwrite',
        folio.lock.isNone().or(folio.mapping.isNone()),
        when(folio.mapping.isNone(), [l.gone.set(true)], [folio.lock.set(me)]),
      ),
      branch(l.gone.not(), [
        spin_lock_ptl(k, mm, va),
        k.hooks.before_pte_change(mm, va),
        step(
          'finish_mkwrite_fault',
          when(
            k.pte(mm, va).frame.is(orig).and(k.pte(mm, va).writable.not()),
            [
              pte_set_writable(k, mm, va, true),
              k.pteDirty(mm, va).bit.set(true),
              folio.dirty.set(true),
            ],
            [l.luf.set(need_luf_flush(k, { mm, va }, no))],
          ),
        ),
        spin_unlock_ptl(k, mm, va),
        cancelIf(k, l.luf, 'finish_mkwrite_fault', mm),
        branch(l.luf.not(), [k.hooks.cancel('set_pte_range', { mm })]),
        folio_unlock(k, orig.the()),
      ]),
      step('folio_put', folio.refs.set(folio.refs.minus(1))),
    ];
  },
);

/** A store to a present, read-only entry of a private mapping: copy, unless it is already ours. */
const wp_page_copy: (k: Kernel, args: At & { orig: MaybeRef<'frame'> }) => Code = path(
  {
    name: 'wp_page_copy',
    source: 'mm/memory.c, 6.12 (do_wp_page, wp_page_reuse, wp_page_copy); the hook is LUF v11',
    leavesOut:
      'the zero page; memory control groups; a page that others look at is taken over only if its lock is free at that moment, as in the kernel, but the look at it is one step',
    reads: ['content_of_anon', 'content_of_slot', 'mm_cpumask', 'page_cache'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio', 'swap'],
    locals: { page: maybe('frame'), lost: bool, luf: bool, last: bool },
  },
  (k, { mm, va, orig }, l) => {
    const old = k.folio(orig.the());
    const exclusive = old.mapping.is(k.anonOf(mm, va)).and(old.shared.not());
    const reusable = k.world.reuse_by_count === true ? exclusive.and(old.refs.is(0)) : exclusive;
    return [
      k.hooks.before_pte_change(mm, va),
      step(
        'wp_can_reuse_anon_folio',
        folio_move_anon_rmap(k, { mm, va }, orig.the()),
        when(reusable, [
          pte_set_writable(k, mm, va, true),
          k.pteDirty(mm, va).bit.set(true),
          unlocked('ptl', k.ptl(mm, va)),
          leave('wp_page_copy'),
        ]),
        old.refs.set(old.refs.plus(1)),
        unlocked('ptl', k.ptl(mm, va)),
      ),
      alloc_pages(k, { out: l.page }),
      step(
        '__wp_page_copy_user',
        emit('frame.copy', {
          from: orig.the(),
          frame: l.page.the(),
          content: some(k.anonOf(mm, va)),
        }),
        k.folio(l.page.the()).mapping.set(k.anonOf(mm, va)),
      ),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      step(
        'ptep_clear_flush',
        when(
          k.pte(mm, va).frame.is(orig).and(k.pte(mm, va).writable.not()),
          [ptep_get_and_clear(k, mm, va)],
          [l.lost.set(true), l.luf.set(need_luf_flush(k, { mm, va }, no))],
        ),
      ),
      branch(l.lost.not(), [
        flush_tlb_mm_range(k, { mm, va }),
        step('set_pte_at', set_pte_at(k, mm, va, l.page.the(), yes, yes)),
      ]),
      spin_unlock_ptl(k, mm, va),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      cancelIf(k, l.luf, 'wp_page_copy', mm),
      branch(
        l.lost,
        [free_unref_folio(k, { folio: l.page.the() })],
        [k.hooks.cancel('set_pte_range', { mm })],
      ),
      step(
        'folio_put',
        old.refs.set(old.refs.minus(1)),
        when(old.refs.is(0).and(folio_test_anon(k, orig.the())).and(unused(k, orig.the())), [
          l.last.set(true),
        ]),
      ),
      branch(l.last, [free_unref_folio(k, { folio: orig.the() })]),
    ];
  },
);

/** A page that a fork shared and of which this address is the last user becomes its own again. */
function folio_move_anon_rmap(k: Kernel, { mm, va }: At, page: Id<'frame'>): Stmts {
  const folio = k.folio(page);
  const others = exists('mm', (m) =>
    exists('va', (v) =>
      m
        .is(mm)
        .and(v.is(va))
        .not()
        .and(
          k
            .pte(m, v)
            .frame.is(page)
            .or(k.pte(m, v).target.is(page))
            .or(k.pte(m, v).swap.isSome().and(k.pte(m, v).swap.is(folio.swap))),
        ),
    ),
  );
  return [
    when(
      folio.shared
        .and(folio.ksm.not())
        .and(folio_test_anon(k, page))
        .and(folio.refs.is(0))
        .and(folio.lock.isNone())
        .and(others.not()),
      [
        emit('frame.adopt', { mm, va, frame: page }),
        folio.mapping.set(k.anonOf(mm, va)),
        folio.shared.set(false),
        when(folio.swap.isSome(), [k.swap(folio.swap.the()).cache.clear(), folio.swap.clear()]),
      ],
    ),
  ];
}

/**
 * A store to a present, read-only entry. A userfaultfd range waits for its monitor, which the model
 * does by trying again; a flush that is pending there must not be outrun by a copy.
 */
export const do_wp_page: (
  k: Kernel,
  args: At & { orig: MaybeRef<'frame'>; sharedFile: Bool },
) => Code = path(
  {
    name: 'do_wp_page',
    source: 'mm/memory.c, 6.12',
    leavesOut: 'the queue of userfaults: a blocked thread waits until the bit is cleared',
    reads: ['vma', 'tlb_flush_pending'],
    writes: ['ptl', 'pte'],
    locals: { wait: bool, flush: bool },
  },
  (k, { mm, va, orig, sharedFile }, l) => {
    const blocked = k.pte(mm, va).uffd_wp.and(k.vma(mm, va).uffd);
    return [
      k.world.uffd === true
        ? [
            step(
              'userfaultfd_pte_wp',
              when(blocked, [l.wait.set(true), unlocked('ptl', k.ptl(mm, va))]),
              l.flush.set(k.vma(mm, va).uffd.and(k.tlbFlushPending(mm).isnt(0))),
            ),
            branch(l.wait, [leave('do_wp_page')]),
            k.has('flush_tlb_page@do_wp_page')
              ? branch(l.flush, [flush_tlb_mm_range(k, { mm, va })])
              : [],
          ]
        : [],
      branch(
        sharedFile,
        [wp_page_shared(k, { mm, va, orig })],
        [wp_page_copy(k, { mm, va, orig })],
      ),
    ];
  },
);
