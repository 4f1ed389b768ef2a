// Stamps and flushes of LUF v12: when a debt was made, when a CPU was flushed, and what follows.

import { emit } from '../../../events/emit.ts';
import {
  type Bool,
  exists,
  type Id,
  type Int,
  type IntRef,
  me,
  type SetOf,
  type SetRef,
  yes,
} from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, type Codes, each, path, type Stmts, step, when } from '../../../lang/program.ts';
import { bool, int } from '../../../lang/sorts.ts';
import type { FlushPoint, PendingSite } from '../../kernel.ts';
import { arch_flush_tlb_batched_pending, arch_tlbbatch_flush } from '../../paths/tlb-flush.ts';
import { inc_mm_tlb_gen, type Switching } from '../../paths/tlb-flush-x86.ts';
import type { Luf12State, LufBatch } from './state.ts';

const SOURCE = 'mm/rmap.c, LUF v12';

/** `new_luf_ugen`: one atomic increment. Afterwards `k.luf_ugen` is the new time. */
export function new_luf_ugen(k: Luf12State): Stmts {
  return [k.luf_ugen.set(k.luf_ugen.plus(1))];
}

/** The stamp of a debt; `new` is what the kernel does, in the step that makes the debt. */
export function stampDebt(k: Luf12State): { readonly take: Stmts; readonly ugen: Int } {
  return k.options.stampsBeforeClear === true
    ? { take: [], ugen: k.task(me).early }
    : { take: new_luf_ugen(k), ugen: k.luf_ugen };
}

/** On arm64 every invalidation is broadcast at once: v12 asks nothing and marks nothing there. */
export function broadcasts(k: Luf12State): boolean {
  return k.world.arch === 'arm64';
}

/** `arch_tlbbatch_check_done`: every CPU of the set was flushed at `ugen` or later. */
export function check_done(k: Luf12State, cpus: SetRef<'cpu'>, ugen: Int): Bool {
  if (broadcasts(k)) return yes;
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
  const { take, ugen } = stampDebt(k);
  return [into.cpus.add(k.mmCpumask(mm)), take, into.ugen.set(ugen)];
}

/**
 * The same where CPUs come and go. As posted, it looks at the mask, and leaves the generation alone if
 * the debt has all of its CPUs already: `arch_tlbbatch_add_pending` raises it only later.
 */
export const fold_luf_batch_mm_switching: (
  k: Luf12State & Switching,
  args: { into: LufBatch; mm: Id<'mm'> },
) => Code = path(
  {
    name: 'fold_luf_batch_mm',
    source: `${SOURCE} patch 19`,
    leavesOut: 'that flush_required stays unset, unless the design is asked to forget it',
    reads: ['mm_cpumask'],
    writes: ['mm_luf_batch', 'mapping_luf_batch', 'luf_ugen', 'mm_tlb_gen', 'luf_task'],
    locals: { need: bool },
  },
  (k, { into, mm }, l) => {
    const { take, ugen } = stampDebt(k);
    const known = k.mmCpumask(mm).within(into.cpus);
    return [
      step(
        'arch_tlbbatch_need_fold',
        l.need.set(k.options.foldsAlways === true ? true : known.not()),
      ),
      branch(l.need, [
        step('inc_mm_tlb_gen', inc_mm_tlb_gen(k, mm)),
        step('cpumask_or', into.cpus.add(k.mmCpumask(mm))),
      ]),
      step('new_luf_ugen', take, into.ugen.set(ugen)),
    ];
  },
);

/** `__fold_luf_batch`: before a debt gets a newer stamp, those already flushed since drop out. */
export function __fold_luf_batch(k: Luf12State, into: LufBatch, from: SetRef<'cpu'>): Stmts {
  const { take, ugen } = stampDebt(k);
  return [
    take,
    when(into.ugen.isnt(0), diet(k, into.cpus, into.ugen)),
    into.ugen.set(ugen),
    into.cpus.add(from),
  ];
}

/** `tlb_flush_start` to `tlb_flush_end`: a stamp, a flush, and the stamp on every CPU it reached. */
function stamped(
  k: Luf12State,
  ugen: IntRef,
  cpus: SetOf<'cpu'>,
  flush: Codes,
  ...end: Stmts
): Codes {
  const start = step('tlb_flush_start', new_luf_ugen(k), ugen.set(k.luf_ugen));
  const finish = step('tlb_flush_end', mark(k, cpus, ugen), end);
  return k.options.stampsAfterFlush === true ? [flush, start, finish] : [start, flush, finish];
}

/** `arch_tlbbatch_mark_ugen`: never lowers a stamp. */
function mark(k: Luf12State, cpus: SetOf<'cpu'>, ugen: Int): Stmts {
  if (broadcasts(k)) return [];
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
    branch(
      l.needed,
      stamped(
        k,
        l.ugen,
        k.ubc(me).cpus,
        arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ),
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
    branch(
      l.needed,
      stamped(
        k,
        l.ugen,
        k.task(me).takeoff,
        arch_tlbbatch_flush(k, { cpus: k.task(me).takeoff }),
        emit('debt.pay', { point: 'luf_takeoff' }),
        k.task(me).takeoff.clear(),
      ),
    ),
  ],
);

type Payer = (k: Luf12State, args: { batch: LufBatch; point: FlushPoint }) => Code;

/** Each pays one debt, if it is still open: an mm's, a file's, or that of one key. */
export const luf_flush_mm: Payer = payer('luf_flush_mm', 'mm_luf_batch');
export const luf_flush_mapping: Payer = payer('luf_flush_mapping', 'mapping_luf_batch');
export const luf_flush: Payer = payer('luf_flush', 'luf_batch');

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
        k.options.forgetsFlushRequired === true ? [] : k.ubc(me).cpus.add(batch.cpus),
        diet(k, k.ubc(me).cpus, batch.ugen),
        l.needed.set(broadcasts(k) ? false : k.ubc(me).cpus.isSome()),
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
    branch(
      l.needed,
      stamped(
        k,
        l.ugen,
        k.mmCpumask(mm),
        arch_flush_tlb_batched_pending(k, { mm }),
        emit('debt.pay', { point: 'flush_tlb_batched_pending' }),
        when(k.batched(mm).pending.is(l.pending), [k.batched(mm).flushed.set(l.pending)]),
      ),
    ),
  ],
);
