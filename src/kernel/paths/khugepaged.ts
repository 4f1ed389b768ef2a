import { emit } from '../../events/emit.ts';
import { all, type Bool, type BoolRef, exists, type Id, me, none, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  type Codes,
  each,
  leave,
  loopWhile,
  path,
  pickStep,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  anon_vma_lock_write,
  anon_vma_unlock_write,
  mmap_read_lock,
  mmap_read_unlock,
  mmap_write_lock,
  mmap_write_unlock,
  pmd_lock,
  pmd_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
} from '../locks.ts';
import {
  pmd_populate,
  pmd_table,
  pmdp_clear_table,
  set_pmd_at,
  type WithHuge,
  withHuge,
} from '../pmd.ts';
import { folio_test_anon } from '../pte-kinds.ts';
import { folio_put } from './folio.ts';
import { alloc_huge_folio, free_huge_folio } from './huge-alloc.ts';
import { flush_huge_range, type Reach } from './tlb-flush-huge.ts';

/** How a collapse may be written; the kernel's own way is the first of each. */
export interface CollapseHow {
  /** What `pmdp_collapse_flush` flushes. */
  readonly flush: Reach | 'nothing';
  /** Whether walks of page tables without a lock are waited for (`tlb_remove_table_sync_one`). */
  readonly walkers?: 'waited for' | 'ignored';
}

/** khugepaged: small pages of private memory become one huge page. */
export function collapse_huge_page(
  k: Kernel,
  args: { mm: Id<'mm'> },
  how: CollapseHow = { flush: 'every size' },
): Code {
  return daemonPath(withHuge(k), { ...args, how });
}
const daemonPath: (k: K, args: { mm: Id<'mm'>; how: CollapseHow }) => Code = path(
  {
    name: 'khugepaged_scan_mm_slot',
    source: 'mm/khugepaged.c, 6.12',
    leavesOut: 'which address space is scanned, and when',
    reads: [],
    writes: [],
    locals: { failed: bool },
  },
  (k, { mm, how }, l) => [collapsePath(k, { mm, how, failed: l.failed })],
);

/** madvise(MADV_COLLAPSE): if it succeeds, the program goes on with `onSuccess`. */
export function madvise_collapse(
  k: Kernel,
  args: { mm: Id<'mm'>; onSuccess: Codes },
  how: CollapseHow = { flush: 'every size' },
): Code {
  return madvisePath(withHuge(k), { ...args, how });
}
const madvisePath: (k: K, args: { mm: Id<'mm'>; onSuccess: Codes; how: CollapseHow }) => Code =
  path(
    {
      name: 'madvise_collapse',
      source: 'mm/khugepaged.c, 6.12',
      leavesOut: 'draining of the LRU lists; retries',
      reads: [],
      writes: [],
      locals: { failed: bool },
    },
    (k, { mm, onSuccess, how }, l) => [
      collapsePath(k, { mm, how, failed: l.failed }),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
      branch(l.failed.not(), onSuccess),
    ],
  );

type K = Kernel & WithHuge;

/** Every entry is there, of private memory that nobody else refers to, and some store is allowed. */
function suitable(k: K, mm: Id<'mm'>): Bool {
  const unsuitable = exists('va', (va) => {
    const { frame } = k.pte(mm, va);
    return frame
      .isNone()
      .or(
        folio_test_anon(k, frame.the())
          .and(k.folio(frame.the()).refs.is(0))
          .and(k.folio(frame.the()).lock.isNone())
          .not(),
      );
  });
  return unsuitable.not().and(exists('va', (va) => k.pte(mm, va).writable));
}

const collapsePath: (k: K, args: { mm: Id<'mm'>; how: CollapseHow; failed: BoolRef }) => Code =
  path(
    {
      name: 'collapse_huge_page',
      source:
        'mm/khugepaged.c, mm/pgtable-generic.c, 6.12 (hpage_collapse_scan_pmd, collapse_huge_page, __collapse_huge_page_isolate, __collapse_huge_page_copy)',
      leavesOut:
        'entries that are empty or in swap (max_ptes_none, max_ptes_swap are 0), pages in the swap cache, userfaultfd, mmu notifiers; whether the pages were referenced',
      reads: [
        'vma',
        'mm_cpumask',
        'content_of_anon',
        'content_of_slot',
        'cpu_of',
        'irqs_off',
        'huge_page',
      ],
      writes: [
        'mmap_lock',
        'ptl',
        'pte',
        'pte_dirty',
        'folio',
        'pmd',
        'pmd_dirty',
        'pmd_lock',
        'anon_vma',
      ],
      locals: { todo: setOf('va'), old: maybe('frame') },
    },
    (k, { mm, how, failed }, l) => {
      const { huge } = k;
      const undo: Codes = [
        pmd_lock(huge, mm),
        step('pmd_populate', pmd_populate(k, mm)),
        pmd_unlock(huge, mm),
        anon_vma_unlock_write(huge),
        mmap_write_unlock(k, mm),
        free_huge_folio(k, {}),
        leave('collapse_huge_page'),
      ];
      return [
        mmap_read_lock(k, mm),
        spin_lock_ptl(k, mm),
        step(
          'hpage_collapse_scan_pmd',
          when(pmd_table(k, mm).and(suitable(k, mm)).not(), [failed.set(true)]),
        ),
        spin_unlock_ptl(k, mm),
        mmap_read_unlock(k, mm),
        branch(failed, [leave('collapse_huge_page')]),
        alloc_huge_folio(k, { failed: failed }),
        branch(failed, [leave('collapse_huge_page')]),
        mmap_write_lock(
          k,
          mm,
          when(exists('va', (va) => k.vma(mm, va).mapped.not()).or(pmd_table(k, mm).not()), [
            failed.set(true),
          ]),
        ),
        branch(failed, [
          mmap_write_unlock(k, mm),
          free_huge_folio(k, {}),
          leave('collapse_huge_page'),
        ]),
        anon_vma_lock_write(huge),
        pmd_lock(huge, mm),
        step('pmdp_collapse_flush', pmdp_clear_table(k, mm)),
        how.flush === 'nothing' ? [] : flush_huge_range(k, mm, how.flush),
        pmd_unlock(huge, mm),
        // A flush by interrupts has waited for the same CPUs.
        k.tlbi === undefined || how.walkers === 'ignored'
          ? []
          : waitStep('tlb_remove_table_sync_one', exists('cpu', (cpu) => k.irqsOff(cpu)).not()),
        spin_lock_ptl(k, mm),
        step(
          '__collapse_huge_page_isolate',
          when(
            suitable(k, mm),
            [
              each('va', (va) => {
                const folio = k.folio(k.pte(mm, va).frame.the());
                // Isolation from the LRU lists takes a reference.
                return [folio.lock.set(me), folio.refs.set(folio.refs.plus(1))];
              }),
              l.todo.set(all('va')),
            ],
            [failed.set(true)],
          ),
        ),
        spin_unlock_ptl(k, mm),
        branch(failed, undo),
        anon_vma_unlock_write(huge),
        loopWhile(
          l.todo.isSome(),
          pickStep('__collapse_huge_page_copy', {
            pick: ['va'],
            among: ({ va }) => l.todo.has(va),
            does: ({ va }) => [
              emit('frame.copy', {
                from: k.pte(mm, va).frame.the(),
                frame: huge.part(va),
                content: none('content'),
              }),
              k.folio(huge.part(va)).mapping.set(k.anonOf(mm, va)),
              l.todo.remove(va.only()),
            ],
          }),
        ),
        step('__collapse_huge_page_copy_succeeded', l.todo.set(all('va'))),
        loopWhile(
          l.todo.isSome(),
          pickStep('ptep_clear', {
            pick: ['va'],
            among: ({ va }) => l.todo.has(va),
            when: () => k.ptl(mm).isNone(),
            does: ({ va }) => {
              const pte = k.pte(mm, va);
              return [
                l.todo.remove(va.only()),
                l.old.set(pte.frame),
                k.folio(pte.frame.the()).lock.clear(),
                k.ptl(mm).set(me),
                pte.frame.clear(),
                pte.writable.set(false),
                k.pteDirty(mm, va).bit.set(false),
                k.ptl(mm).clear(),
              ];
            },
          }),
          folio_put(k, l.old),
        ),
        pmd_lock(huge, mm),
        step('set_pmd_at', set_pmd_at(k, mm, maybe_mkwrite(k, mm), yes)),
        pmd_unlock(huge, mm),
        mmap_write_unlock(k, mm),
      ];
    },
  );

/** `maybe_pmd_mkwrite`: what the vma allows, whatever the small entries did. */
function maybe_mkwrite(k: K, mm: Id<'mm'>): Bool {
  return exists('va', (va) => k.vma(mm, va).writable.not()).not();
}
