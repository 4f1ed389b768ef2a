// Flushing a task's batch, and turning what may wait into the machine's debt.

import { emit } from '../../../events/emit.ts';
import { type IntRef, me, no } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, path, step, when } from '../../../lang/program.ts';
import { bool } from '../../../lang/sorts.ts';
import { arch_tlbbatch_flush } from '../../paths/tlb-flush.ts';
import type { LufState } from './state.ts';

/** Flushes this task's batch, with what it could have deferred; tells `luf_ubc` what it covered. */
export const try_to_unmap_flush: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush',
    source: 'mm/rmap.c, LUF v11 patch 9 (try_to_unmap_flush, rmap_flush_start, rmap_flush_end)',
    leavesOut: 'a contended luf_lock, for which rmap_flush_start gives up the bookkeeping',
    reads: [],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'on_flushing'],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step(
      'fold_ubc',
      k.ubc(me).cpus.add(k.task(me).luf),
      when(k.task(me).lufWritable, [k.ubc(me).writable.set(true)]),
      k.task(me).luf.clear(),
      k.task(me).lufWritable.set(false),
      l.needed.set(k.ubc(me).cpus.isSome()),
    ),
    branch(l.needed, [
      step('rmap_flush_start', k.on_flushing.set(k.on_flushing.plus(1))),
      arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
      step(
        'rmap_flush_end',
        k.luf_ubc.remove(k.ubc(me).cpus),
        k.on_flushing.set(k.on_flushing.minus(1)),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ]),
  ],
);

export const flushDirty: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_dirty',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'nothing that matters here',
    reads: ['tlb_ubc', 'luf_task'],
    writes: [],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step('tlb_ubc->writable', l.needed.set(k.ubc(me).writable.or(k.task(me).lufWritable))),
    branch(l.needed, [try_to_unmap_flush(k, {})]),
  ],
);

/** Turns what this task may defer into the machine's debt; the generation, 0 if it must flush now. */
export const try_to_unmap_luf: (k: LufState, args: { ugen: IntRef }) => Code = path(
  {
    name: 'try_to_unmap_luf',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'a contended luf_lock, for which it gives up and flushes now',
    reads: ['on_flushing', 'luf_on_flushing', 'luf_gen_next_less_one'],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'luf_gen'],
  },
  (k, { ugen }) => [
    step(
      'fold_ubc(luf_ubc)',
      when(
        k.options.defersWhileFlushing === true ? no : k.on_flushing.isnt(0).or(k.luf_on_flushing),
        [
          k.ubc(me).cpus.add(k.task(me).luf),
          when(k.task(me).lufWritable, [k.ubc(me).writable.set(true)]),
          ugen.set(0),
        ],
        [
          emit('debt.record', { cpus: k.task(me).luf }),
          k.luf_ubc.add(k.task(me).luf),
          k.luf_gen.set(k.luf_gen_next.plus(1)),
          ugen.set(k.luf_gen_next.plus(1)),
        ],
      ),
      k.task(me).luf.clear(),
      k.task(me).lufWritable.set(false),
    ),
  ],
);

/**
 * No kernel has this: the repair of a window that v11 shares with mainline. What reclaim emptied is
 * in nobody's debt but its own until `try_to_unmap_luf`. By then the folio has left its page-cache
 * slot, which can be refilled and written at once, locked folio or not.
 */
export const publish: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'publish_before_remove_mapping',
    source: 'a repair, after Huang Ying, linux-mm, 4 June 2024',
    leavesOut: 'nothing that matters here',
    reads: ['on_flushing', 'luf_on_flushing', 'luf_gen_next_less_one'],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'luf_gen'],
    locals: { now: bool },
  },
  (k, _, l) => [
    step(
      'fold_ubc(luf_ubc)',
      when(
        k.on_flushing.isnt(0).or(k.luf_on_flushing).or(k.ubc(me).cpus.isSome()),
        [l.now.set(true)],
        [
          emit('debt.record', { cpus: k.task(me).luf }),
          k.luf_ubc.add(k.task(me).luf),
          k.luf_gen.set(k.luf_gen_next.plus(1)),
        ],
      ),
    ),
    branch(l.now, [try_to_unmap_flush(k, {})]),
  ],
);
