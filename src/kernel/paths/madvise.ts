import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { leave, path, step, when } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock } from '../locks.ts';
import { startsAnew, type ZapHow, zap_page_range_single } from './zap.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/**
 * madvise(MADV_DONTNEED) of one page. Private memory reads as zeroes from then on, a shared mapping of
 * a file as the file. Faults and other zaps run beside it: it holds mmap_lock for reading only.
 */
export function madvise_dontneed(k: Kernel, at: At, how: ZapHow = {}): Code {
  return dontneedPath(k, { ...at, how });
}
const dontneedPath: (k: Kernel, args: At & { how: ZapHow }) => Code = path(
  {
    name: 'madvise_dontneed_single_vma',
    source: 'mm/madvise.c, 6.12',
    leavesOut: 'private mappings of files; several vmas',
    reads: ['vma', 'content_of_anon'],
    writes: ['mmap_lock'],
    locals: { sharedFile: maybe('slot') },
  },
  (k, { mm, va, how }, l) => {
    const vma = k.vma(mm, va);
    return [
      mmap_read_lock(
        k,
        mm,
        // -ENOMEM: nothing is mapped there.
        when(vma.mapped.not(), [
          k.mmapLock(mm).readers.remove(me.only()),
          leave('madvise_dontneed_single_vma'),
        ]),
        when(vma.shared, [l.sharedFile.set(vma.file)]),
      ),
      zap_page_range_single(k, {
        mm,
        va,
        file: l.sharedFile,
        also: [when(l.sharedFile.isNone(), startsAnew(k, mm, va))],
        how,
      }),
      mmap_read_unlock(k, mm),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
    ];
  },
);

/** The OOM reaper takes a dying process' private memory while its threads may still run. */
export function oom_reap_task_mm(k: Kernel, at: At, how: ZapHow = {}): Code {
  return reapPath(k, { ...at, how });
}
const reapPath: (k: Kernel, args: At & { how: ZapHow }) => Code = path(
  {
    name: 'oom_reap_task_mm',
    source: 'mm/oom_kill.c, 6.12 (oom_reap_task_mm, __oom_reap_task_mm)',
    leavesOut:
      'shared mappings, which are not reaped; MMF_OOM_SKIP; a lock that cannot be had; a victim that faults reads zeroes instead of dying',
    reads: ['vma', 'content_of_anon'],
    writes: ['mmap_lock'],
  },
  (k, { mm, va, how }) => [
    mmap_read_lock(
      k,
      mm,
      when(k.vma(mm, va).mapped.not().or(k.vma(mm, va).shared), [
        k.mmapLock(mm).readers.remove(me.only()),
        leave('oom_reap_task_mm'),
      ]),
    ),
    zap_page_range_single(k, { mm, va, also: startsAnew(k, mm, va), how }),
    mmap_read_unlock(k, mm),
  ],
);
