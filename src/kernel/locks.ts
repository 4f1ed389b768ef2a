// Locks as steps. Whoever needs a lock waits in the step that takes it.

import { emit } from '../events/emit.ts';
import { type Id, type MaybeRef, me } from '../lang/expr.ts';
import type { Code, Stmt } from '../lang/nodes.ts';
import { type Codes, type Stmts, step, waitStep } from '../lang/program.ts';
import type { HugeState } from './huge-state.ts';
import type { KernelState } from './state.ts';

/** Waits for a lock and takes it; `then` happens in the same step, already under the lock. */
export function lock(label: string, name: string, word: MaybeRef<'thread'>, ...then: Stmts): Code {
  return waitStep(
    label,
    word.isNone(),
    emit('lock.take', { lock: name, thread: me }),
    word.set(me),
    then,
  );
}

export function unlocked(name: string, word: MaybeRef<'thread'>): Stmt[] {
  return [emit('lock.release', { lock: name, thread: me }), word.clear()];
}

export function unlock(label: string, name: string, word: MaybeRef<'thread'>): Code {
  return step(label, unlocked(name, word));
}

/** `va` says which table, for worlds in which each has a lock of its own. */
export function spin_lock_ptl(k: KernelState, mm: Id<'mm'>, va?: Id<'va'>): Code {
  return lock('pte_offset_map_lock', 'ptl', k.ptl(mm, va));
}
export function spin_unlock_ptl(k: KernelState, mm: Id<'mm'>, va?: Id<'va'>): Code {
  return unlock('pte_unmap_unlock', 'ptl', k.ptl(mm, va));
}

/** `mmap_write_lock`: nobody else reads or writes the address space's vmas. */
export function mmap_write_lock(k: KernelState, mm: Id<'mm'>, ...then: Stmts): Code {
  return waitStep(
    'mmap_write_lock',
    k.mmapLock(mm).writer.isNone().and(k.mmapLock(mm).readers.isEmpty()),
    emit('lock.take', { lock: 'mmap_lock', thread: me }),
    k.mmapLock(mm).writer.set(me),
    then,
  );
}
export function mmap_write_unlock(k: KernelState, mm: Id<'mm'>): Code {
  return unlock('mmap_write_unlock', 'mmap_lock', k.mmapLock(mm).writer);
}

/** `mmap_read_lock` or the per-vma lock of 6.4 and later: both keep out writers only. */
export function mmap_read_lock(k: KernelState, mm: Id<'mm'>, ...then: Stmts): Code {
  return waitStep(
    'mmap_read_lock',
    k.mmapLock(mm).writer.isNone(),
    k.mmapLock(mm).readers.add(me.only()),
    then,
  );
}
export function mmap_read_unlock(k: KernelState, mm: Id<'mm'>): Code {
  return step('mmap_read_unlock', k.mmapLock(mm).readers.remove(me.only()));
}

/** `filemap_invalidate_lock_shared`: pages may be read in; none is being punched out. */
export function filemap_invalidate_lock_shared(k: KernelState, slot: Id<'slot'>): Code {
  return waitStep(
    'filemap_invalidate_lock_shared',
    k.invalidateLock(slot).writer.isNone(),
    k.invalidateLock(slot).readers.add(me.only()),
  );
}
export function filemap_invalidate_unlock_shared(k: KernelState, slot: Id<'slot'>): Code {
  return step('filemap_invalidate_unlock_shared', k.invalidateLock(slot).readers.remove(me.only()));
}
/** `filemap_invalidate_lock`: no page of the file is read in meanwhile. */
export function filemap_invalidate_lock(k: KernelState, slot: Id<'slot'>): Code {
  const word = k.invalidateLock(slot);
  return waitStep(
    'filemap_invalidate_lock',
    word.writer.isNone().and(word.readers.isEmpty()),
    emit('lock.take', { lock: 'invalidate_lock', thread: me }),
    word.writer.set(me),
  );
}
export function filemap_invalidate_unlock(k: KernelState, slot: Id<'slot'>): Code {
  return unlock('filemap_invalidate_unlock', 'invalidate_lock', k.invalidateLock(slot).writer);
}

/** `pmd_lock`; `then` happens in the same step, already under the lock. */
export function pmd_lock(huge: HugeState, mm: Id<'mm'>, ...then: Stmts): Code {
  return lock('pmd_lock', 'pmd_lock', huge.pmdLock(mm), ...then);
}
export function pmd_unlock(huge: HugeState, mm: Id<'mm'>): Code {
  return unlock('spin_unlock(pmd_ptl)', 'pmd_lock', huge.pmdLock(mm));
}

/** Rmap walks of anonymous folios exclude collapse; where nothing collapses, nothing is taken. */
export function anon_vma_lock_read({ huge }: KernelState): Codes {
  if (huge === undefined) return [];
  const word = huge.anonVma;
  return [waitStep('anon_vma_lock_read', word.writer.isNone(), word.readers.add(me.only()))];
}
export function anon_vma_unlock_read({ huge }: KernelState): Codes {
  if (huge === undefined) return [];
  return [step('anon_vma_unlock_read', huge.anonVma.readers.remove(me.only()))];
}
export function anon_vma_lock_write(huge: HugeState): Code {
  const word = huge.anonVma;
  return waitStep(
    'anon_vma_lock_write',
    word.writer.isNone().and(word.readers.isEmpty()),
    emit('lock.take', { lock: 'anon_vma', thread: me }),
    word.writer.set(me),
  );
}
export function anon_vma_unlock_write(huge: HugeState): Code {
  return unlock('anon_vma_unlock_write', 'anon_vma', huge.anonVma.writer);
}
