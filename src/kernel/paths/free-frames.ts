// What takes free frames for something else than an ordinary allocation, and what happens to free
// frames behind the back of a task.

import { emit } from '../../events/emit.ts';
import { type Id, type MaybeRef, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, path, pickStep, step } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { FreeListExit, Kernel } from '../kernel.ts';
import { alloc_pages } from './alloc.ts';

/** Takes any free frame off the buddy lists; none if there is none. Ready for use afterwards. */
const __isolate_free_page: (
  k: Kernel,
  args: { out: MaybeRef<'frame'>; exit: FreeListExit },
) => Code = path(
  {
    name: '__isolate_free_page',
    source: 'mm/page_alloc.c, 6.12',
    leavesOut: 'orders above 0; that a page on a per-CPU list must be drained first',
    reads: [],
    writes: ['free'],
  },
  (k, { out, exit }) => [
    pickStep('del_page_from_free_list', {
      pick: ['frame'],
      among: ({ frame }) => k.free.has(frame),
      does: ({ frame }) => [
        k.hooks.rmqueue(frame, exit),
        k.free.remove(frame.only()),
        out.set(frame),
      ],
      otherwise: [],
    }),
    branch(out.isSome(), [k.hooks.prep_new_page(out.the(), exit)]),
  ],
);

function discarded(page: Id<'frame'>): ReturnType<typeof emit> {
  return emit('frame.write', { frame: page, content: none('content'), thread: me });
}

/** Tells the host of a free frame. The host may take its memory away: the guest then reads zeroes. */
export const page_reporting_cycle: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'page_reporting_cycle',
    source: 'mm/page_reporting.c, 6.12; the host is any that discards at once',
    leavesOut: 'the orders below pageblock_order, which are not reported; batches of frames',
    reads: [],
    writes: ['free'],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    __isolate_free_page(k, { out: l.page, exit: 'page_reporting_cycle' }),
    branch(l.page.isSome(), [
      step('prdev->report', discarded(l.page.the())),
      step('__putback_isolated_page', k.free.set(k.free.with(l.page.the()))),
    ]),
  ],
);

/** Unplugs a free frame: what reads it afterwards does not find its bytes. */
export const offline_pages: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'offline_pages',
    source: 'mm/memory_hotplug.c, mm/page_alloc.c, 6.12 (__offline_isolated_pages)',
    leavesOut: 'the migration of frames in use; the isolation of the whole block beforehand',
    reads: [],
    writes: [],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    __isolate_free_page(k, { out: l.page, exit: '__offline_isolated_pages' }),
    branch(l.page.isSome(), [step('the memory is unplugged', discarded(l.page.the()))]),
  ],
);

/** A free frame's memory has failed: it is set aside, and what reads it afterwards finds poison. */
export const memory_failure_of_free_page: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'take_page_off_buddy',
    source: 'mm/memory-failure.c, mm/page_alloc.c, 6.12 (memory_failure, take_page_off_buddy)',
    leavesOut:
      'which frame fails: any free one; a page on a per-CPU list, for which memory_failure tries again until it is in the buddy lists; the other half of a block, which stays free; the machine check that a load of the frame raises, shown as bytes that nobody has written',
    reads: [],
    writes: [],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    __isolate_free_page(k, { out: l.page, exit: 'take_page_off_buddy' }),
    branch(l.page.isSome(), [step('SetPageHWPoisonTakenOff', discarded(l.page.the()))]),
  ],
);

/** Compaction takes a free frame and copies a page of somebody else into it. */
export const compact_zone: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'compact_zone',
    source: 'mm/compaction.c, 6.12 (isolate_freepages_block, compaction_alloc)',
    leavesOut: 'which page is moved: one that nobody here has mapped',
    reads: [],
    writes: [],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    __isolate_free_page(k, { out: l.page, exit: 'isolate_freepages_block' }),
    branch(l.page.isSome(), [
      step('compaction_alloc', emit('frame.alloc', { frame: l.page.the() })),
      step('folio_copy', discarded(l.page.the())),
    ]),
  ],
);

/** A free frame moves from a per-CPU list to the buddy lists. */
export const free_pcppages_bulk: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'free_pcppages_bulk',
    source: 'mm/page_alloc.c, 6.12 (free_pcppages_bulk, __free_one_page)',
    leavesOut: 'merging: a block of two keeps the newer debt of its halves, so it owes no less',
    reads: ['free'],
    writes: [],
  },
  (k) => [
    pickStep('__free_one_page', {
      pick: ['frame'],
      among: ({ frame }) => k.free.has(frame),
      does: ({ frame }) => [k.hooks.free_pcppages_bulk(frame)],
      otherwise: [],
    }),
  ],
);

/**
 * The kernel takes a page for data of its own. `interrupt` comes when the page has left the free
 * lists and has not been used yet; its handler runs with the task as `current`.
 */
export const new_slab_interrupted: (k: Kernel, args: { interrupt: Codes }) => Code = path(
  {
    name: 'new_slab',
    source: 'mm/slub.c, 6.12 (allocate_slab, then any user of the slab)',
    leavesOut: 'everything about slabs but that they overwrite the page',
    reads: [],
    writes: [],
    locals: { page: maybe('frame') },
  },
  (k, { interrupt }, l) => [
    alloc_pages(k, { out: l.page, interrupt }),
    step('store to the new object', discarded(l.page.the())),
  ],
);

/**
 * An interrupt handler takes a page and writes it. It has interrupts off, so the CPU answers nobody,
 * and gets nothing if no frame may be taken.
 */
export const alloc_atomic: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'alloc_pages(GFP_ATOMIC)',
    source: 'mm/page_alloc.c, 6.12, called by an interrupt handler, e.g. for a network packet',
    leavesOut: 'what the handler interrupts; reserves for atomic allocations',
    reads: ['cpu_of'],
    writes: ['irqs_off', 'free'],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    step('irq_enter', k.irqsOff(k.cpuOf(me)).set(true)),
    pickStep('rmqueue', {
      pick: ['frame'],
      among: ({ frame }) => k.free.has(frame).and(k.hooks.may_take(frame, 'atomic')),
      does: ({ frame }) => [
        k.hooks.rmqueue(frame, 'rmqueue'),
        k.free.remove(frame.only()),
        l.page.set(frame),
      ],
      otherwise: [],
    }),
    branch(l.page.isSome(), [
      k.hooks.prep_new_page(l.page.the(), 'rmqueue'),
      step('post_alloc_hook', emit('frame.alloc', { frame: l.page.the() })),
      step('store to the packet', discarded(l.page.the())),
    ]),
    step('irq_exit', k.irqsOff(k.cpuOf(me)).set(false)),
  ],
);
