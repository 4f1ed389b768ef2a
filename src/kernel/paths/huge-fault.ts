import type { BoolRef, Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import { pmd_lock, pmd_unlock } from '../locks.ts';
import { pmd_present_huge, type WithHuge } from '../pmd.ts';

interface Args {
  readonly mm: Id<'mm'>;
  readonly write: boolean;
  /** Set where there is nothing to do below the PMD. */
  readonly done: BoolRef;
}

/**
 * A fault at the PMD level: it hangs up a page table where there is none, and ends here where there
 * is a huge page. While its caller holds mmap_lock, a page table stays where it is.
 */
export const handle_pmd_fault: (k: WithHuge, args: Args) => Code = path(
  {
    name: '__handle_mm_fault',
    source: 'mm/memory.c, mm/huge_memory.c, 6.12 (__handle_mm_fault, do_huge_pmd_wp_page)',
    leavesOut:
      'huge pages that a fault makes (do_huge_pmd_anonymous_page), and copies of them: a huge page here is exclusive; NUMA hinting at this level',
    reads: [],
    writes: ['pmd', 'pmd_lock', 'pmd_dirty'],
    locals: { none: bool },
  },
  (k, { mm, write, done }, l) => {
    const pmd = k.huge.pmd(mm);
    return [
      step('pmdp_get_lockless', l.none.set(pmd.none), done.set(pmd.huge)),
      branch(l.none, [
        pmd_lock(k.huge, mm, when(pmd.none, [pmd.none.set(false)])),
        step('__pte_alloc', done.set(pmd.huge)),
        pmd_unlock(k.huge, mm),
      ]),
      branch(done, [
        write
          ? [
              pmd_lock(k.huge, mm),
              step(
                'do_huge_pmd_wp_page',
                when(pmd_present_huge(k, mm), [
                  pmd.writable.set(true),
                  k.huge.pmdDirty(mm).bit.set(true),
                ]),
              ),
              pmd_unlock(k.huge, mm),
            ]
          : // A split in progress holds the lock; the access is tried again when it is done.
            [pmd_lock(k.huge, mm), pmd_unlock(k.huge, mm)],
      ]),
    ];
  },
);
