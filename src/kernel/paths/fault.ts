import { emit } from '../../events/emit.ts';
import { type BoolRef, type Id, me, no, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  mmap_read_lock,
  mmap_read_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
  unlocked,
} from '../locks.ts';
import { set_pte_at } from '../pte.ts';
import { pte_none } from '../pte-kinds.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { type At, cancelIf, need_luf_flush } from './fault-hooks.ts';
import { folio_unlock } from './filemap.ts';
import { filemap_fault } from './filemap-fault.ts';
import { handle_pmd_fault } from './huge-fault.ts';
import { migration_entry_wait } from './migrate.ts';
import { do_numa_page } from './numa.ts';
import { do_swap_page } from './swap-fault.ts';
import { do_wp_page } from './wp-fault.ts';

/** Installs an entry where there was none. `lost`: somebody else was first. */
const finish_fault: (
  k: Kernel,
  args: At & { page: Id<'frame'>; writable: boolean; lost: BoolRef },
) => Code = path(
  {
    name: 'finish_fault',
    source: 'mm/memory.c, 6.12; the hook is LUF v11',
    leavesOut: 'large folios, preallocated page tables',
    reads: [],
    writes: ['ptl', 'pte', 'pte_dirty'],
    locals: { luf: bool },
  },
  (k, { mm, va, page, writable, lost }, l) => [
    spin_lock_ptl(k, mm, va),
    k.hooks.before_pte_change(mm, va),
    step(
      'set_pte_range',
      when(
        pte_none(k, mm, va),
        [set_pte_at(k, mm, va, page, writable ? yes : no, writable ? yes : no)],
        [lost.set(true), l.luf.set(need_luf_flush(k, { mm, va }, no))],
      ),
    ),
    spin_unlock_ptl(k, mm, va),
    cancelIf(k, l.luf, 'finish_fault', mm),
    writable ? branch(lost.not(), [k.hooks.cancel('set_pte_range', { mm })]) : [],
  ],
);

/** No entry, no file: zero-filled private memory. */
const do_anonymous_page: (k: Kernel, args: At) => Code = path(
  {
    name: 'do_anonymous_page',
    source: 'mm/memory.c, 6.12; the hook is LUF v11',
    leavesOut: 'the shared zero page: a read gets a frame of its own, mapped writable',
    reads: ['content_of_anon'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), lost: bool, luf: bool },
  },
  (k, { mm, va }, l) => [
    alloc_pages(k, { out: l.page }),
    step(
      'vma_alloc_zeroed_movable_folio',
      emit('frame.fill', { frame: l.page.the(), content: some(k.anonOf(mm, va)) }),
      k.folio(l.page.the()).mapping.set(k.anonOf(mm, va)),
    ),
    spin_lock_ptl(k, mm, va),
    k.hooks.before_pte_change(mm, va),
    step(
      'set_ptes',
      when(
        pte_none(k, mm, va),
        [set_pte_at(k, mm, va, l.page.the(), yes, yes)],
        [l.lost.set(true), l.luf.set(need_luf_flush(k, { mm, va }, no))],
      ),
    ),
    spin_unlock_ptl(k, mm, va),
    branch(l.lost, [free_unref_folio(k, { folio: l.page.the() })]),
    cancelIf(k, l.luf, 'do_anonymous_page', mm),
  ],
);

interface FileAt extends At {
  readonly file: Id<'slot'>;
  readonly sigbus: BoolRef;
}

/** A read of a file mapping: the cache's folio, mapped read-only. */
const do_read_fault: (k: Kernel, args: FileAt) => Code = path(
  {
    name: 'do_read_fault',
    source: 'mm/memory.c, 6.12',
    leavesOut:
      'fault-around; a shared writable mapping is read-only at first, as where the file system wants to know of writes',
    reads: [],
    writes: ['folio'],
    locals: { folio: maybe('frame'), lost: bool },
  },
  (k, { mm, va, file, sigbus }, l) => [
    filemap_fault(k, { slot: file, out: l.folio, sigbus }, [leave('do_read_fault')]),
    finish_fault(k, { mm, va, page: l.folio.the(), writable: false, lost: l.lost }),
    folio_unlock(k, l.folio.the()),
  ],
);

/** A store to a private file mapping with no entry: a copy of the file's page. */
const do_cow_fault: (k: Kernel, args: FileAt) => Code = path(
  {
    name: 'do_cow_fault',
    source: 'mm/memory.c, 6.12',
    leavesOut: 'memory control groups',
    reads: ['content_of_anon'],
    writes: ['folio'],
    locals: { folio: maybe('frame'), page: maybe('frame'), lost: bool },
  },
  (k, { mm, va, file, sigbus }, l) => [
    alloc_pages(k, { out: l.page }),
    filemap_fault(k, { slot: file, out: l.folio, sigbus }, [
      free_unref_folio(k, { folio: l.page.the() }),
      leave('do_cow_fault'),
    ]),
    step(
      'copy_mc_user_highpage',
      emit('frame.copy', {
        from: l.folio.the(),
        frame: l.page.the(),
        content: some(k.anonOf(mm, va)),
      }),
      k.folio(l.page.the()).mapping.set(k.anonOf(mm, va)),
    ),
    finish_fault(k, { mm, va, page: l.page.the(), writable: true, lost: l.lost }),
    folio_unlock(k, l.folio.the()),
    branch(l.lost, [free_unref_folio(k, { folio: l.page.the() })]),
  ],
);

/** A store to a shared file mapping with no entry. */
const do_shared_fault: (k: Kernel, args: FileAt) => Code = path(
  {
    name: 'do_shared_fault',
    source: 'mm/memory.c, 6.12',
    leavesOut: 'page_mkwrite, which unlocks and relocks the folio',
    reads: [],
    writes: ['folio'],
    locals: { folio: maybe('frame'), lost: bool },
  },
  (k, { mm, va, file, sigbus }, l) => [
    filemap_fault(k, { slot: file, out: l.folio, sigbus }, [leave('do_shared_fault')]),
    finish_fault(k, { mm, va, page: l.folio.the(), writable: true, lost: l.lost }),
    step(
      'fault_dirty_shared_page',
      when(l.lost.not(), [k.folio(l.folio.the()).dirty.set(true)]),
      k.folio(l.folio.the()).lock.clear(),
    ),
  ],
);

/**
 * The fault handler. `segv`: the access is not allowed, and the thread gets its signal.
 */
export const handle_mm_fault: (k: Kernel, args: At & { write: boolean; segv: BoolRef }) => Code =
  path(
    {
      name: 'handle_mm_fault',
      source:
        'mm/memory.c, 6.12 (handle_mm_fault, handle_pte_fault); the hooks are LUF v11 and v12',
      leavesOut: 'huge pages of files, missing-page userfaults, the retry without mmap_lock',
      reads: ['pte', 'vma'],
      writes: ['mmap_lock', 'ptl'],
      locals: {
        file: maybe('slot'),
        shared: bool,
        sharedFile: maybe('slot'),
        mayWrite: bool,
        orig: maybe('frame'),
        origWritable: bool,
        wp: bool,
        luf: bool,
        migrating: maybe('frame'),
        hint: maybe('frame'),
        swap: maybe('swap'),
        huge: bool,
      },
    },
    (k, { mm, va, write, segv }, l) => {
      const vma = k.vma(mm, va);
      const pte = k.pte(mm, va);
      const allowed = write ? vma.mapped.and(vma.writable) : vma.mapped;
      const missing: Codes = write
        ? [
            branch(
              l.shared,
              [do_shared_fault(k, { mm, va, file: l.file.the(), sigbus: segv })],
              [do_cow_fault(k, { mm, va, file: l.file.the(), sigbus: segv })],
            ),
          ]
        : [do_read_fault(k, { mm, va, file: l.file.the(), sigbus: segv })];
      const present: Codes = [
        spin_lock_ptl(k, mm, va),
        step(
          'pte_same',
          when(
            pte.frame.isnt(l.orig).or(pte.writable.is(l.origWritable).not()),
            [
              l.luf.set(need_luf_flush(k, { mm, va }, l.origWritable)),
              unlocked('ptl', k.ptl(mm, va)),
            ],
            write
              ? [when(pte.writable, [unlocked('ptl', k.ptl(mm, va))], [l.wp.set(true)])]
              : [unlocked('ptl', k.ptl(mm, va))],
          ),
        ),
        cancelIf(k, l.luf, 'handle_pte_fault', mm),
      ];
      const notPresent: Codes = [
        branch(
          l.migrating.isSome(),
          [migration_entry_wait(k, { mm, va, folio: l.migrating.the() })],
          [
            branch(
              l.hint.isSome(),
              [do_numa_page(k, { mm, va, folio: l.hint.the() })],
              (k.world.swaps ?? 0) === 0
                ? []
                : [do_swap_page(k, { mm, va, write, swap: l.swap.the(), orig: l.orig, wp: l.wp })],
            ),
          ],
        ),
      ];
      const pay: Codes = write
        ? k.hooks.cancel('handle_mm_fault', { mm, file: l.sharedFile })
        : [branch(l.mayWrite, [k.hooks.cancel('handle_mm_fault', { mm, file: l.sharedFile })])];
      return [
        mmap_read_lock(
          k,
          mm,
          when(
            allowed,
            [
              l.file.set(vma.file),
              l.shared.set(vma.shared),
              when(vma.shared, [l.sharedFile.set(vma.file)]),
              // VM_MAYWRITE: any private mapping; a shared one if its file was opened for writing.
              l.mayWrite.set(vma.writable.or(vma.shared.not())),
            ],
            [k.mmapLock(mm).readers.remove(me.only()), segv.set(true), leave('handle_mm_fault')],
          ),
        ),
        k.huge === undefined
          ? []
          : [
              handle_pmd_fault({ ...k, huge: k.huge }, { mm, write, done: l.huge }),
              branch(l.huge, [pay, mmap_read_unlock(k, mm), leave('handle_mm_fault')]),
            ],
        step(
          'handle_pte_fault',
          l.orig.set(pte.frame),
          l.origWritable.set(pte.writable),
          when(pte.target.isSome(), [
            when(pte.hint, [l.hint.set(pte.target)], [l.migrating.set(pte.target)]),
          ]),
          l.swap.set(pte.swap),
        ),
        branch(l.migrating.isSome().or(l.hint.isSome()).or(l.swap.isSome()), notPresent, [
          branch(
            l.orig.isNone(),
            [branch(l.file.isNone(), [do_anonymous_page(k, { mm, va })], missing)],
            present,
          ),
        ]),
        branch(l.wp, [
          k.hooks.cancel('do_wp_page', { mm }),
          do_wp_page(k, { mm, va, orig: l.orig, sharedFile: l.shared.and(l.file.isSome()) }),
        ]),
        pay,
        mmap_read_unlock(k, mm),
      ];
    },
  );
