import { emit } from '../../events/emit.ts';
import { type Id, me, no, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step, when } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock } from '../locks.ts';
import { unmap_region } from './munmap.ts';

export interface Mapping {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  /** The file page; left out for anonymous memory. */
  readonly file?: Id<'slot'>;
  readonly writable: boolean;
  readonly shared: boolean;
}

/** mmap(2) with MAP_FIXED over whatever is there. */
export const mmap_fixed: (k: Kernel, args: Mapping) => Code = path(
  {
    name: 'mmap',
    source: 'mm/mmap.c, 6.12 (mmap_region with MAP_FIXED)',
    leavesOut: 'merging of vmas, locked and populated mappings',
    reads: ['content_of_slot', 'content_of_anon'],
    writes: ['mmap_lock', 'vma'],
    locals: { sharedFile: maybe('slot') },
  },
  (k, { mm, va, file, writable, shared }, l) => {
    const vma = k.vma(mm, va);
    const flag = (on: boolean): typeof yes => (on ? yes : no);
    const content = file === undefined ? some(k.anonOf(mm, va)) : some(k.contentOf(file));
    return [
      writable ? k.hooks.cancel('do_mmap', { mm }) : [],
      mmap_write_lock(k, mm, when(vma.mapped.and(vma.shared), [l.sharedFile.set(vma.file)])),
      unmap_region(k, { mm, va, file: l.sharedFile, reuse: true }),
      step(
        'vma_link',
        emit('vma.change', {
          mm,
          va,
          content,
          writable: flag(writable),
          shared: flag(shared),
          fresh: flag(file === undefined),
          thread: me,
        }),
        vma.mapped.set(true),
        file === undefined ? vma.file.clear() : vma.file.set(file),
        vma.shared.set(shared),
        vma.writable.set(writable),
      ),
      mmap_write_unlock(k, mm),
      step('return from mmap', emit('call.return', { name: 'mmap', thread: me })),
    ];
  },
);
