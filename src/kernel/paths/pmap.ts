// FreeBSD's superpages, which are made in place: the small translations stay right, and stay cached.

import { emit } from '../../events/emit.ts';
import { all, exists, type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, loopWhile, path, pickStep, step, when } from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, pmd_lock, pmd_unlock } from '../locks.ts';
import { pmd_hide, pmd_present_huge, pmd_table, type WithHuge, withHuge } from '../pmd.ts';
import { detach_vma } from '../vma.ts';
import { folio_put } from './folio.ts';
import { flush_huge_range } from './tlb-flush-huge.ts';

type K = Kernel & WithHuge;
type Mm = Id<'mm'>;

/** Every small page of the range is mapped, where the superpage has it and with the same rights. */
export function pmap_promote_pde(k: Kernel, args: { mm: Mm }): Code {
  return promotePath(withHuge(k), args);
}

const promotePath: (k: K, args: { mm: Mm }) => Code = path(
  {
    name: 'pmap_promote_pde',
    source: 'FreeBSD, sys/amd64/amd64/pmap.c, before and after r312954',
    leavesOut:
      'a range of which some pages are writable and clean, which is made read-only first; here it is not promoted',
    reads: ['pte', 'pte_dirty', 'huge_page'],
    writes: ['pmd', 'pmd_dirty', 'pmd_lock'],
  },
  (k, { mm }) => {
    const { pmd, part, pmdDirty } = k.huge;
    const other = exists('va', (va) =>
      k
        .pte(mm, va)
        .frame.is(part(va))
        .and(k.pte(mm, va).writable.is(k.pteDirty(mm, va).bit))
        .not(),
    );
    const writable = exists('va', (va) => k.pte(mm, va).writable);
    const readOnly = exists('va', (va) => k.pte(mm, va).writable.not());
    return [
      pmd_lock(k.huge, mm),
      step(
        'pde_store',
        when(pmd_table(k, mm).and(other.not()).and(writable.and(readOnly).not()), [
          pmd(mm).huge.set(true),
          pmd(mm).writable.set(writable),
          pmdDirty(mm).bit.set(writable),
        ]),
      ),
      pmd_unlock(k.huge, mm),
    ];
  },
);

/** How a promoted mapping is invalidated as it goes; the way since r312954 is the first. */
export interface RemoveHow {
  readonly flush: 'every size' | 'huge';
}

/** munmap(2) of a superpage. */
export function pmap_remove_pde(
  k: Kernel,
  args: { mm: Mm },
  how: RemoveHow = { flush: 'every size' },
): Code {
  return removePath(withHuge(k), { ...args, how });
}

const removePath: (k: K, args: { mm: Mm; how: RemoveHow }) => Code = path(
  {
    name: 'pmap_remove_pde',
    source: 'FreeBSD, sys/amd64/amd64/pmap.c (pmap_remove_pde, pmap_invalidate_pde_page)',
    leavesOut: "FreeBSD's own locks: those of Linux stand for them; a range that was not promoted",
    reads: ['mm_cpumask', 'huge_page'],
    writes: ['mmap_lock', 'vma', 'pte', 'pte_dirty', 'pmd', 'pmd_dirty', 'pmd_lock', 'folio'],
    locals: { gathered: bool, todo: setOf('va'), page: maybe('frame') },
  },
  (k, { mm, how }, l) => {
    const { huge } = k;
    return [
      mmap_write_lock(
        k,
        mm,
        each('va', (va) => detach_vma(k, mm, va)),
      ),
      pmd_lock(huge, mm),
      step(
        'pte_load_clear(pdq)',
        when(pmd_present_huge(k, mm), [
          l.gathered.set(true),
          l.todo.set(all('va')),
          each('va', (va) => [
            k.folio(huge.part(va)).refs.set(k.folio(huge.part(va)).refs.plus(1)),
            k.pte(mm, va).frame.clear(),
            k.pte(mm, va).writable.set(false),
            k.pteDirty(mm, va).bit.set(false),
          ]),
          pmd_hide(k, mm, 'none'),
        ]),
      ),
      branch(l.gathered, [flush_huge_range(k, mm, how.flush)]),
      pmd_unlock(huge, mm),
      loopWhile(
        l.todo.isSome(),
        pickStep('vm_page_free_toq', {
          pick: ['va'],
          among: ({ va }) => l.todo.has(va),
          does: ({ va }) => [l.page.set(huge.part(va)), l.todo.remove(va.only())],
        }),
        folio_put(k, l.page),
      ),
      mmap_write_unlock(k, mm),
      step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
    ];
  },
);
