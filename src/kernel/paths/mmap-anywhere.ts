import { emit } from '../../events/emit.ts';
import { type Id, type MaybeRef, me, no, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { leave, path, pickStep, step, when } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock } from '../locks.ts';

/** mmap(2) of a file page at an address of the kernel's choice, read-only and shared. */
export const mmap_anywhere: (
  k: Kernel,
  args: { mm: Id<'mm'>; file: Id<'slot'>; at: MaybeRef<'va'> },
) => Code = path(
  {
    name: 'mmap',
    source: 'mm/mmap.c, 6.12 (do_mmap, get_unmapped_area, mmap_region)',
    leavesOut: 'how the address is chosen: any unused one',
    reads: ['content_of_slot'],
    writes: ['mmap_lock', 'vma'],
  },
  (k, { mm, file, at }) => {
    const vma = k.vma(mm, at.the());
    return [
      mmap_write_lock(k, mm),
      pickStep('get_unmapped_area', {
        pick: ['va'],
        among: ({ va }) => k.vma(mm, va).mapped.or(k.hooks.va_withheld(mm, va)).not(),
        does: ({ va }) => [at.set(va)],
        otherwise: [],
      }),
      step(
        'vma_link',
        when(at.isNone(), [k.mmapLock(mm).writer.clear(), leave('mmap')]),
        emit('vma.change', {
          mm,
          va: at.the(),
          content: some(k.contentOf(file)),
          writable: no,
          shared: yes,
          fresh: no,
          thread: me,
        }),
        vma.mapped.set(true),
        vma.file.set(file),
        vma.shared.set(true),
        vma.writable.set(false),
      ),
      mmap_write_unlock(k, mm),
      step('return from mmap', emit('call.return', { name: 'mmap', thread: me })),
    ];
  },
);
