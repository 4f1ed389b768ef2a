import { emit } from '../../events/emit.ts';
import { exists, type Id, type MaybeRef, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { again, branch, leave, loop, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';

/**
 * Finds the folio of a file page, or makes it and reads it in, and leaves it locked in `out`.
 * Finding and locking are one step: the kernel takes a reference, waits for the lock and starts
 * over when the folio has left the cache meanwhile, which comes to the same.
 */
export const filemap_get_folio: (
  k: Kernel,
  args: { slot: Id<'slot'>; out: MaybeRef<'frame'> },
) => Code = path(
  {
    name: 'filemap_get_folio',
    source:
      'mm/filemap.c, 6.12 (__filemap_get_folio with FGP_LOCK | FGP_CREAT, filemap_read_folio)',
    leavesOut:
      'readahead, fault-around, partial writes that skip the read, the reference taken before the lock',
    reads: ['content_of_slot'],
    writes: ['page_cache', 'folio'],
    locals: { made: maybe('frame'), lost: bool },
  },
  (k, { slot, out }, l) => {
    const unlockedOrAbsent = exists('frame', (f) =>
      k.cache(slot).is(f).and(k.folio(f).lock.isSome()),
    ).not();
    return [
      loop(
        'repeat',
        waitStep(
          'filemap_lock_folio',
          unlockedOrAbsent,
          when(k.cache(slot).isSome(), [
            k.folio(k.cache(slot).the()).lock.set(me),
            out.set(k.cache(slot)),
            leave('filemap_get_folio'),
          ]),
        ),
        alloc_pages(k, { out: l.made }),
        k.hooks.before_filemap_add(slot),
        step(
          '__filemap_add_folio',
          when(
            k.cache(slot).isNone().and(k.hooks.slot_withheld(slot).not()),
            [
              emit('slot.add', { slot, frame: l.made.the() }),
              k.cache(slot).set(l.made),
              k.folio(l.made.the()).mapping.set(k.contentOf(slot)),
              k.folio(l.made.the()).lock.set(me),
            ],
            [l.lost.set(true)],
          ),
        ),
        branch(l.lost, [
          free_unref_folio(k, { folio: l.made.the() }),
          l.lost.set(false),
          again('repeat'),
        ]),
        k.hooks.cancel('filemap_add_folio', { file: some(slot) }),
        step(
          'filemap_read_folio',
          emit('frame.fill', { frame: l.made.the(), content: some(k.contentOf(slot)) }),
          out.set(l.made),
        ),
        leave('repeat'),
      ),
    ];
  },
);

export function folio_unlock(k: Kernel, folio: Id<'frame'>): Code {
  return step('folio_unlock', k.folio(folio).lock.clear());
}
