import { type BoolRef, type Id, type MaybeRef, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  again,
  branch,
  type Codes,
  leave,
  loop,
  path,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { filemap_invalidate_lock_shared, filemap_invalidate_unlock_shared } from '../locks.ts';
import { filemap_get_folio } from './filemap.ts';

interface Args {
  readonly slot: Id<'slot'>;
  readonly out: MaybeRef<'frame'>;
  /** The file ends before the page: the thread gets a signal. */
  readonly sigbus: BoolRef;
}

/**
 * The folio of a file page for a fault, locked. `then` follows where there is one; where the page
 * is beyond the end of the file, `otherwise` does. Where no file is ever cut, nobody looks.
 */
export function filemap_fault(k: Kernel, args: Args, otherwise: Codes): Codes {
  if (k.world.truncation !== true) return [filemap_get_folio(k, args)];
  const fault = k.world.tmpfs === true ? shmem_fault : lookingAtSize;
  return [fault(k, args), branch(args.sigbus, otherwise)];
}

const shmem_fault: (k: Kernel, args: Args) => Code = path(
  {
    name: 'shmem_fault',
    source: 'mm/shmem.c, 6.12 (shmem_fault, shmem_get_folio_gfp)',
    leavesOut:
      'dropping mmap_lock while it waits; huge pages; quotas; that a page which it has put beyond the end of the file is taken out again',
    reads: ['beyond_i_size', 'invalidate_lock'],
    writes: ['folio'],
  },
  (k, { slot, out, sigbus }) => [
    // A hole is being punched: wait. Who has looked already goes on, and can map what is left.
    waitStep('shmem_falloc->waitq', k.invalidateLock(slot).writer.isNone()),
    step('i_size_read', when(k.beyondEof(slot), [sigbus.set(true), leave('shmem_fault')])),
    filemap_get_folio(k, { slot, out }),
    step(
      'i_size_read under the folio lock',
      when(k.beyondEof(slot), [k.folio(out.the()).lock.clear(), sigbus.set(true)]),
    ),
  ],
);

const lookingAtSize: (k: Kernel, args: Args) => Code = path(
  {
    name: 'filemap_fault',
    source: 'mm/filemap.c, 6.12',
    leavesOut: 'readahead; dropping mmap_lock while it waits',
    reads: ['page_cache', 'beyond_i_size'],
    writes: ['folio', 'invalidate_lock'],
    locals: { cached: bool, gone: bool },
  },
  (k, { slot, out, sigbus }, l) => {
    const folio = k.folio(k.cache(slot).the());
    return [
      loop(
        'retry_find',
        step(
          'i_size_read',
          when(k.beyondEof(slot), [sigbus.set(true), leave('filemap_fault')]),
          l.cached.set(k.cache(slot).isSome()),
        ),
        branch(
          l.cached,
          [
            waitStep(
              'lock_folio_maybe_drop_mmap',
              k.cache(slot).isNone().or(folio.lock.isNone()),
              when(
                k.cache(slot).isNone(),
                [l.gone.set(true)],
                [folio.lock.set(me), out.set(k.cache(slot))],
              ),
            ),
            branch(l.gone, [l.gone.set(false), again('retry_find')]),
          ],
          [
            filemap_invalidate_lock_shared(k, slot),
            filemap_get_folio(k, { slot, out }),
            filemap_invalidate_unlock_shared(k, slot),
          ],
        ),
        step(
          'i_size_read under the folio lock',
          when(k.beyondEof(slot), [k.folio(out.the()).lock.clear(), sigbus.set(true)]),
        ),
        leave('retry_find'),
      ),
    ];
  },
);
