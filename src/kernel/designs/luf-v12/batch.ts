// Stamps and flushes of LUF v12: when a debt was made, when a CPU was flushed, and what follows.

import { emit } from '../../../events/emit.ts';
import { type Bool, exists, type Id, type Int, me, type SetRef } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, each, path, type Stmts, step, when } from '../../../lang/program.ts';
import { bool, int } from '../../../lang/sorts.ts';
import type { FlushPoint, PendingSite } from '../../kernel.ts';
import { arch_tlbbatch_flush, flush_tlb_mm_range } from '../../paths/tlb-flush.ts';
import type { Luf12State, LufBatch } from './state.ts';

const SOURCE = 'mm/rmap.c, LUF v12';

/** `new_luf_ugen`: one atomic increment. Afterwards `k.luf_ugen` is the new time. */
export function new_luf_ugen(k: Luf12State): Stmts {
  return [k.luf_ugen.set(k.luf_ugen.plus(1))];
}

/** `arch_tlbbatch_check_done`: every CPU of the set was flushed at `ugen` or later. */
export function check_done(k: Luf12State, cpus: SetRef<'cpu'>, ugen: Int): Bool {
  return exists('cpu', (cpu) => cpus.has(cpu).and(k.ugen_done(cpu).lt(ugen))).not();
}

/** `arch_tlbbatch_diet`: drops the CPUs that were flushed at `ugen` or later. */
export function diet(k: Luf12State, cpus: SetRef<'cpu'>, ugen: Int): Stmts {
  return [each('cpu', (cpu) => [when(k.ugen_done(cpu).ge(ugen), [cpus.remove(cpu.only())])])];
}

/**
 * `fold_luf_batch_mm`: the mm's CPUs join a debt, stamped now, after the entry was emptied. As posted
 * it does not set `flush_required`, so that nobody would ever pay the debt; the model takes that as
 * repaired. See docs/findings.md.
 */
export function fold_luf_batch_mm(k: Luf12State, into: LufBatch, mm: Id<'mm'>): Stmts {
  return [into.cpus.add(k.mmCpumask(mm)), new_luf_ugen(k), into.ugen.set(k.luf_ugen)];
}

/** `__fold_luf_batch`: before a debt gets a newer stamp, those already flushed since drop out. */
export function __fold_luf_batch(k: Luf12State, into: LufBatch, from: SetRef<'cpu'>): Stmts {
  return [
    new_luf_ugen(k),
    when(into.ugen.isnt(0), diet(k, into.cpus, into.ugen)),
    into.ugen.set(k.luf_ugen),
    into.cpus.add(from),
  ];
}

/** `arch_tlbbatch_mark_ugen`: never lowers a stamp. */
function mark(k: Luf12State, cpus: SetRef<'cpu'>, ugen: Int): Stmts {
  return [
    each('cpu', (cpu) => [
      when(cpus.has(cpu).and(k.ugen_done(cpu).lt(ugen)), [k.ugen_done(cpu).set(ugen)]),
    ]),
  ];
}

/** Flushes this task's batch with what it could have deferred, and stamps the CPUs. */
export const try_to_unmap_flush: (k: Luf12State, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush',
    source: `${SOURCE} patches 16 and 17`,
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['tlb_ubc', 'luf_task', 'luf_ugen', 'ugen_done'],
    locals: { needed: bool, ugen: int(31) },
  },
  (k, _, l) => [
    step(
      'fold_batch',
      k.ubc(me).cpus.add(k.task(me).ro),
      k.ubc(me).cpus.add(k.task(me).luf),
      when(k.task(me).roWritable.or(k.task(me).lufWritable), [k.ubc(me).writable.set(true)]),
      k.task(me).ro.clear(),
      k.task(me).roWritable.set(false),
      k.task(me).luf.clear(),
      k.task(me).lufWritable.set(false),
      l.needed.set(k.ubc(me).cpus.isSome()),
    ),
    branch(l.needed, [
      step('tlb_flush_start', new_luf_ugen(k), l.ugen.set(k.luf_ugen)),
      arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
      step(
        'tlb_flush_end',
        mark(k, k.ubc(me).cpus, l.ugen),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ]),
  ],
);

/** The same for what pages taken off the free lists owe. */
export const try_to_unmap_flush_takeoff: (k: Luf12State, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_takeoff',
    source: `${SOURCE} patches 9 and 17`,
    leavesOut: 'the other batches of the task that the same flush covers are not taken out of them',
    reads: [],
    writes: ['luf_task', 'luf_ugen', 'ugen_done'],
    locals: { needed: bool, ugen: int(31) },
  },
  (k, _, l) => [
    step('flush_required', l.needed.set(k.task(me).takeoff.isSome())),
    branch(l.needed, [
      step('tlb_flush_start', new_luf_ugen(k), l.ugen.set(k.luf_ugen)),
      arch_tlbbatch_flush(k, { cpus: k.task(me).takeoff }),
      step(
        'tlb_flush_end',
        emit('debt.pay', { point: 'luf_takeoff' }),
        mark(k, k.task(me).takeoff, l.ugen),
        k.task(me).takeoff.clear(),
      ),
    ]),
  ],
);

type Payer = (k: Luf12State, args: { batch: LufBatch; point: FlushPoint }) => Code;

/** Each pays one debt, if it is still open: an mm's, a file's, or that of one key. */
export const luf_flush_mm: Payer = payer('luf_flush_mm', 'mm_luf_batch');
export const luf_flush_mapping: Payer = payer('luf_flush_mapping', 'mapping_luf_batch');

function payer(name: string, table: string): Payer {
  return path(
    {
      name,
      source: `${SOURCE} patches 16, 19 and 20`,
      leavesOut: 'nothing that matters here',
      reads: [table, 'ugen_done'],
      writes: ['tlb_ubc'],
      locals: { needed: bool },
    },
    (k, { batch, point }, l) => [
      // The task's own batch goes on the diet with the debt, as in the patch.
      step(
        'arch_tlbbatch_diet',
        k.ubc(me).cpus.add(batch.cpus),
        diet(k, k.ubc(me).cpus, batch.ugen),
        l.needed.set(k.ubc(me).cpus.isSome()),
      ),
      branch(l.needed, [try_to_unmap_flush(k, {}), step(name, emit('debt.pay', { point }))]),
    ],
  );
}

/** As in mainline, and it stamps the CPUs of the mm. */
export const flush_tlb_batched_pending: (
  k: Luf12State,
  args: { mm: Id<'mm'>; site: PendingSite },
) => Code = path(
  {
    name: 'flush_tlb_batched_pending',
    source: `${SOURCE} patch 17`,
    leavesOut: 'the wrap of the two counters',
    reads: ['mm_cpumask'],
    writes: ['tlb_flush_batched', 'luf_ugen', 'ugen_done'],
    locals: { pending: int(15), needed: bool, ugen: int(31) },
  },
  (k, { mm }, l) => [
    step(
      'atomic_read(tlb_flush_batched)',
      l.pending.set(k.batched(mm).pending),
      l.needed.set(k.batched(mm).pending.is(k.batched(mm).flushed).not()),
    ),
    branch(l.needed, [
      step('tlb_flush_start', new_luf_ugen(k), l.ugen.set(k.luf_ugen)),
      flush_tlb_mm_range(k, { mm }),
      step(
        'tlb_flush_end',
        emit('debt.pay', { point: 'flush_tlb_batched_pending' }),
        mark(k, k.mmCpumask(mm), l.ugen),
        when(k.batched(mm).pending.is(l.pending), [k.batched(mm).flushed.set(l.pending)]),
      ),
    ]),
  ],
);
