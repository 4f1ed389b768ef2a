import { emit } from '../../events/emit.ts';
import { type Id, me, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { invalidate_inode_pages2_range } from './invalidate.ts';
import { read } from './read.ts';
import { unmap_mapping_range } from './unmap-mapping.ts';

/** How the client may be written; the kernel's own way is the first. */
export interface NfsHow {
  /** Whether an empty cache is taken to need nothing (`mapping->nrpages`). */
  readonly gated: boolean;
}
const asTheKernelDoes: NfsHow = { gated: true };

interface File {
  readonly slot: Id<'slot'>;
}
interface Args extends File {
  readonly how: NfsHow;
}

/** Another client, or the server itself, writes the file; this client is not told. */
export function remote_write(k: Kernel, { slot }: File): Code {
  return step(
    'write on another node',
    emit('slot.change', { slot, thread: me }),
    k.nfs(slot).changed.set(true),
  );
}

/** Notes that cached pages are older than the attributes, if there are any. */
function nfs_set_cache_invalid(k: Kernel, { slot, how }: Args): Stmts {
  return [when(how.gated ? k.cache(slot).isSome() : yes, [k.nfs(slot).invalidData.set(true)])];
}

const nfs_sync_mapping: (k: Kernel, args: Args) => Code = path(
  {
    name: 'nfs_sync_mapping',
    source: 'fs/nfs/inode.c, 6.12',
    leavesOut: 'the write-back of dirty pages: this client only reads',
    reads: ['page_cache'],
    writes: [],
    locals: { todo: bool },
  },
  (k, { slot, how }, l) => [
    step('mapping->nrpages', l.todo.set(how.gated ? k.cache(slot).isSome() : yes)),
    branch(l.todo, [unmap_mapping_range(k, { slot, even_cows: false })]),
    k.hooks.cancel('nfs_sync_mapping', { file: some(slot) }),
  ],
);

const nfs_revalidate_mapping: (k: Kernel, args: Args) => Code = path(
  {
    name: 'nfs_revalidate_mapping',
    source:
      'fs/nfs/inode.c, 6.12 (nfs_set_cache_invalid, nfs_clear_invalid_mapping, nfs_invalidate_mapping)',
    leavesOut: 'attribute timeouts: the server is always asked',
    reads: ['page_cache'],
    writes: ['nfs_inode'],
    locals: { invalid: bool, nrpages: bool },
  },
  (k, { slot, how }, l) => {
    const nfs = k.nfs(slot);
    return [
      step(
        '__nfs_revalidate_inode',
        when(nfs.changed, [nfs.changed.set(false), nfs_set_cache_invalid(k, { slot, how })]),
      ),
      // The flag goes first, so that what comes in meanwhile is respected; who finds it cleared by
      // somebody else waits until the pages are gone.
      waitStep(
        'NFS_INO_INVALIDATING, NFS_INO_INVALID_DATA',
        nfs.invalidating.not(),
        l.invalid.set(nfs.invalidData),
        when(nfs.invalidData, [nfs.invalidating.set(true), nfs.invalidData.set(false)]),
      ),
      branch(l.invalid, [
        step('mapping->nrpages', l.nrpages.set(how.gated ? k.cache(slot).isSome() : yes)),
        branch(l.nrpages, [
          nfs_sync_mapping(k, { slot, how }),
          invalidate_inode_pages2_range(k, { slot }),
        ]),
        step('clear_bit_unlock(NFS_INO_INVALIDATING)', nfs.invalidating.set(false)),
      ]),
    ];
  },
);

/** fcntl(2) with F_SETLKW on a file of an NFS mount: the promise on which mapped readers rely. */
export function nfs_lock(k: Kernel, file: File, how: NfsHow = asTheKernelDoes): Code {
  return lockPath(k, { ...file, how });
}
const lockPath: (k: Kernel, args: Args) => Code = path(
  {
    name: 'nfs_lock',
    source: 'fs/nfs/file.c, 6.12 (do_setlk, nfs_zap_caches)',
    leavesOut:
      'delegations; who else holds the lock: it is granted at once; mapping_mapped: the last step is skipped where nobody maps the file',
    reads: ['page_cache'],
    writes: ['nfs_inode'],
  },
  (k, { slot, how }) => [
    nfs_sync_mapping(k, { slot, how }),
    step('the server grants the lock', emit('slot.promise', { slot, thread: me })),
    nfs_sync_mapping(k, { slot, how }),
    step('nfs_zap_caches', nfs_set_cache_invalid(k, { slot, how })),
    nfs_revalidate_mapping(k, { slot, how }),
    step('return from fcntl', emit('call.return', { name: 'fcntl', thread: me })),
  ],
);

/** read(2) of a page of a file on an NFS mount. */
export function nfs_file_read(k: Kernel, file: File, how: NfsHow = asTheKernelDoes): Code[] {
  return [nfs_revalidate_mapping(k, { ...file, how }), read(k, file)];
}
