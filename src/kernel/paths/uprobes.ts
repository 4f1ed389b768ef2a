import { emit } from '../../events/emit.ts';
import { type BoolRef, type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  again,
  branch,
  leave,
  loop,
  path,
  type Stmts,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { handle_mm_fault } from './fault.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** What `__replace_page` is given; it sets `retry` for -EAGAIN and then has changed nothing. */
export interface ReplacePageArgs {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  /** The page that was mapped when the caller looked. */
  readonly old: Id<'frame'>;
  /** The page with the breakpoint. */
  readonly page: Id<'frame'>;
  readonly retry: BoolRef;
}
/** One way to write `__replace_page`: paths of users are given in place of the kernel's own. */
export type ReplacePage = (k: Kernel, args: ReplacePageArgs) => Code;

/**
 * `set_pte_at` for the page with the breakpoint. From here on the address means the new page to
 * whoever registered the probe: that is what truth holds a way to.
 */
export function set_breakpoint_pte(
  k: Kernel,
  { mm, va, page }: Pick<ReplacePageArgs, 'mm' | 'va' | 'page'>,
): Stmts {
  return [
    emit('vma.change', {
      mm,
      va,
      content: some(k.anonOf(mm, va)),
      writable: k.vma(mm, va).writable,
      shared: no,
      fresh: no,
      thread: me,
    }),
    set_pte_at(k, mm, va, page, no),
  ];
}

/** The kernel's way: only a present entry of the old page is replaced, under the page-table lock. */
export const __replace_page: ReplacePage = path(
  {
    name: '__replace_page',
    source: 'kernel/events/uprobes.c, 6.12',
    leavesOut: 'reverse maps and counters',
    reads: ['content_of_anon', 'vma', 'mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { mapped: bool },
  },
  (k, args, l) => {
    const { mm, va, old } = args;
    return [
      waitStep('folio_lock', k.folio(old).lock.isNone(), k.folio(old).lock.set(me)),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm),
      step('page_vma_mapped_walk', l.mapped.set(k.pte(mm, va).frame.is(old))),
      branch(
        l.mapped,
        [
          k.hooks.before_pte_change(mm, va),
          step('ptep_clear_flush', ptep_get_and_clear(k, mm, va)),
          flush_tlb_mm_range(k, { mm, va }),
          step('set_pte_at', set_breakpoint_pte(k, args)),
        ],
        [args.retry.set(true)],
      ),
      spin_unlock_ptl(k, mm),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      step('folio_unlock', k.folio(old).lock.clear()),
    ];
  },
);

/** Puts a breakpoint into a page of program text: a private copy takes the page's place. */
export function uprobe_write_opcode(
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'> },
  replacePage: ReplacePage = __replace_page,
): Code {
  return writeOpcode(k, { ...args, replacePage });
}

const writeOpcode: (
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'>; replacePage: ReplacePage },
) => Code = path(
  {
    name: 'uprobe_write_opcode',
    source: 'kernel/events/uprobes.c, 6.12',
    leavesOut:
      'the instruction itself, reference counters of the probe, restoring the original; mmap_lock is dropped while the page is faulted in',
    reads: ['content_of_anon', 'pte', 'ptl'],
    writes: ['mmap_lock', 'folio'],
    locals: { old: maybe('frame'), page: maybe('frame'), segv: bool, retry: bool },
  },
  (k, { mm, va, replacePage }, l) => {
    const { frame } = k.pte(mm, va);
    const [old, page] = [l.old.the(), l.page.the()];
    const content = some(k.anonOf(mm, va));
    const count = (n: 1 | -1, one: Id<'frame'>): Stmts => [
      k.folio(one).refs.set(n > 0 ? k.folio(one).refs.plus(1) : k.folio(one).refs.minus(1)),
    ];
    return [
      mmap_write_lock(k, mm),
      loop(
        'retry',
        loop(
          'get_user_page',
          waitStep(
            'get_user_page_vma_remote',
            k.ptl(mm).isNone(),
            when(
              frame.isSome(),
              [l.old.set(frame), count(1, frame.the()), leave('get_user_page')],
              [k.mmapLock(mm).writer.clear()],
            ),
          ),
          handle_mm_fault(k, { mm, va, write: false, segv: l.segv }),
          mmap_write_lock(k, mm),
        ),
        alloc_pages(k, { out: l.page }),
        step(
          'copy_highpage',
          emit('frame.copy', { from: old, frame: page, content }),
          k.folio(page).mapping.set(k.anonOf(mm, va)),
        ),
        step('copy_to_page', emit('frame.write', { frame: page, content, thread: me })),
        replacePage(k, { mm, va, old, page, retry: l.retry }),
        step('put_page', count(-1, old)),
        branch(
          l.retry,
          [free_unref_folio(k, { folio: page }), l.retry.set(false), again('retry')],
          [leave('retry')],
        ),
      ),
      mmap_write_unlock(k, mm),
      step(
        'return from uprobe_register',
        emit('call.return', { name: 'uprobe_register', thread: me }),
      ),
    ];
  },
);
