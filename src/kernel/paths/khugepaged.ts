import { emit } from '../../events/emit.ts';
import { all, type Bool, exists, type Id, me, none, yes } from '../../lang/expr.ts';
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
import { free_unref_folio } from './alloc.ts';
import { alloc_huge_folio, free_huge_folio } from './huge-alloc.ts';
import { flush_huge_range, type Reach } from './tlb-flush-huge.ts';

/** How a collapse may be written; the kernel's own way is the first of each. */
export interface CollapseHow {
  /** What `pmdp_collapse_flush` flushes. */
  readonly flush: Reach | 'nothing';
}

/** khugepaged, or madvise(MADV_COLLAPSE): small pages of private memory become one huge page. */
export function collapse_huge_page(
  k: Kernel,
  args: { mm: Id<'mm'> },
  how: CollapseHow = { flush: 'every size' },
): Code {
  return collapsePath(withHuge(k), { ...args, how });
}

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

const collapsePath: (k: K, args: { mm: Id<'mm'>; how: CollapseHow }) => Code = path(
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
    locals: { failed: bool, todo: setOf('va'), old: maybe('frame') },
  },
  (k, { mm, how }, l) => {
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
    const ofEach = (label: string, does: (va: Id<'va'>) => Parameters<typeof step>[1]): Code[] => [
      step(label, l.todo.set(all('va'))),
      loopWhile(
        l.todo.isSome(),
        pickStep(label, {
          pick: ['va'],
          among: ({ va }) => l.todo.has(va),
          does: ({ va }) => [does(va), l.todo.remove(va.only())],
        }),
      ),
    ];
    return [
      mmap_read_lock(k, mm),
      spin_lock_ptl(k, mm),
      step(
        'hpage_collapse_scan_pmd',
        when(pmd_table(k, mm).and(suitable(k, mm)).not(), [l.failed.set(true)]),
      ),
      spin_unlock_ptl(k, mm),
      mmap_read_unlock(k, mm),
      branch(l.failed, [leave('collapse_huge_page')]),
      alloc_huge_folio(k, { failed: l.failed }),
      branch(l.failed, [leave('collapse_huge_page')]),
      mmap_write_lock(
        k,
        mm,
        when(exists('va', (va) => k.vma(mm, va).mapped.not()).or(pmd_table(k, mm).not()), [
          l.failed.set(true),
        ]),
      ),
      branch(l.failed, [
        mmap_write_unlock(k, mm),
        free_huge_folio(k, {}),
        leave('collapse_huge_page'),
      ]),
      anon_vma_lock_write(huge),
      pmd_lock(huge, mm),
      step('pmdp_collapse_flush', pmdp_clear_table(k, mm)),
      how.flush === 'nothing' ? [] : flush_huge_range(k, mm, how.flush),
      pmd_unlock(huge, mm),
      spin_lock_ptl(k, mm),
      step(
        '__collapse_huge_page_isolate',
        when(
          suitable(k, mm),
          [each('va', (va) => [k.folio(k.pte(mm, va).frame.the()).lock.set(me)])],
          [l.failed.set(true)],
        ),
      ),
      spin_unlock_ptl(k, mm),
      branch(l.failed, undo),
      anon_vma_unlock_write(huge),
      ofEach('__collapse_huge_page_copy', (va) => [
        emit('frame.copy', {
          from: k.pte(mm, va).frame.the(),
          frame: huge.part(va),
          content: none('content'),
        }),
        k.folio(huge.part(va)).mapping.set(k.anonOf(mm, va)),
      ]),
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
        free_unref_folio(k, { folio: l.old.the() }),
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
