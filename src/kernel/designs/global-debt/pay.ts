// Paying the machine's debt.

import { emit } from '../../../events/emit.ts';
import { type Int, me, yes } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { leave, loop, path, step, waitStep, when } from '../../../lang/program.ts';
import { int } from '../../../lang/sorts.ts';
import type { FlushPoint } from '../../kernel.ts';
import { try_to_unmap_flush } from './flush.ts';
import type { LufState } from './state.ts';

/** Pays the machine's debt if the generation asked for is still open; waits for another payer. */
export const check_luf_flush: (k: LufState, args: { ugen: Int; point: FlushPoint }) => Code = path(
  {
    name: 'check_luf_flush',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'the unlocked first look at luf_gen_done; its spin is a wait',
    reads: ['luf_task'],
    writes: [
      'tlb_ubc',
      'luf_ubc',
      'luf_gen_next_less_one',
      'luf_gen',
      'luf_gen_done',
      'luf_on_flushing',
    ],
    locals: { mine: int(15) },
  },
  (k, { ugen, point }, l) => {
    const open = k.luf_gen_done.plus(1).is(l.mine);
    return [
      step('ugen', l.mine.set(ugen), when(ugen.is(0), [leave('check_luf_flush')])),
      loop(
        'retry',
        waitStep(
          'spin_lock(luf_lock)',
          k.options.waitsForNobody === true ? yes : open.and(k.luf_on_flushing).not(),
          when(open.not().or(k.luf_ubc.isEmpty()), [leave('check_luf_flush')]),
          k.ubc(me).cpus.add(k.luf_ubc),
          k.luf_ubc.clear(),
          k.luf_gen_next.set(k.luf_gen),
          k.luf_on_flushing.set(true),
        ),
        try_to_unmap_flush(k, {}),
        step(
          'WRITE_ONCE(luf_gen_done)',
          emit('debt.pay', { point }),
          k.luf_on_flushing.set(false),
          k.luf_gen_done.set(l.mine),
        ),
        leave('retry'),
      ),
    ];
  },
);

/** Pays everything that is owed. */
export const luf_flush: (k: LufState, args: { point: FlushPoint }) => Code = path(
  {
    name: 'luf_flush',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'nothing that matters here',
    reads: ['luf_gen'],
    writes: [],
    locals: { ugen: int(15) },
  },
  (k, { point }, l) => [
    step('luf_flush', l.ugen.set(k.luf_gen)),
    check_luf_flush(k, { ugen: l.ugen, point }),
  ],
);

/** Before free pages are used: their tags, collected in the task, say whether to pay. */
export const check_flush_task_ugen: (k: LufState, args: { point: FlushPoint }) => Code = path(
  {
    name: 'check_flush_task_ugen',
    source: 'mm/internal.h, migrc v9 to LUF v11',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['luf_task'],
  },
  (k, { point }) => [
    check_luf_flush(k, { ugen: k.task(me).ugen, point }),
    step('current->ugen = 0', k.task(me).ugen.set(0)),
  ],
);
