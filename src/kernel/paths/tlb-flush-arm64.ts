// Invalidation by broadcast, as on arm64. Nobody is interrupted; the CPU that asked must wait, and
// its waiting says nothing about what other CPUs asked for.

import { emit } from '../../events/emit.ts';
import { all, emptySet, type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, path, type Stmts, step, when } from '../../lang/program.ts';
import { tlbDrop, tlbHolds } from '../hardware.ts';
import type { KernelState } from '../state.ts';
import type { TlbiState } from '../tlbi-state.ts';

type Tlbi = KernelState & { readonly tlbi: TlbiState };
interface Range {
  readonly mm: Id<'mm'>;
  readonly va?: Id<'va'>;
}

/** A TLBI for one address: from now on it is underway to every CPU that has an entry. */
function tlbi(k: Tlbi, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  return [
    k.tlbi.issued(me, mm, va).set(true),
    each('cpu', (cpu) => [
      when(tlbHolds(k, cpu, mm, va), [k.tlbi.underway(me, mm, va).add(cpu.only())]),
    ]),
  ];
}
function tlbiRange(k: Tlbi, { mm, va }: Range): Stmts {
  return va === undefined ? [each('va', (one) => tlbi(k, mm, one))] : tlbi(k, mm, va);
}

/** DSB: everything this CPU issued is in effect everywhere. Nothing is said of other CPUs' TLBIs. */
export const dsb: (k: Tlbi, args: Record<never, never>) => Code = path(
  {
    name: 'dsb(ish)',
    source: 'the Arm architecture; arch/arm64/include/asm/tlbflush.h, 6.12',
    leavesOut:
      'waiting: the step brings the invalidations to their end, which may also come earlier',
    reads: [],
    writes: ['tlb', 'tlbi_underway', 'tlbi_issued'],
  },
  (k) => [
    step(
      'dsb(ish)',
      each('mm', (mm) => [
        each('va', (va) => [
          when(k.tlbi.issued(me, mm, va), [
            emit('tlb.flush', { cpus: all('cpu'), mm, va }),
            each('cpu', (cpu) => [
              when(k.tlbi.underway(me, mm, va).has(cpu), [tlbDrop(k, cpu, mm, va)]),
            ]),
          ]),
          k.tlbi.underway(me, mm, va).set(emptySet('cpu')),
          k.tlbi.issued(me, mm, va).set(false),
        ]),
      ]),
    ),
  ],
);

export const arm64_flush_tlb_range: (k: Tlbi, args: Range) => Code = path(
  {
    name: '__flush_tlb_range',
    source: 'arch/arm64/include/asm/tlbflush.h, 6.12',
    leavesOut: 'the barrier before the TLBI (memory is sequentially consistent), range operations',
    reads: ['tlb'],
    writes: ['tlbi_underway', 'tlbi_issued'],
  },
  (k, range) => [step('__flush_tlb_range_nosync', tlbiRange(k, range)), dsb(k, {})],
);

/** An entry joins a batch: the invalidation is broadcast at once, only the waiting is left. */
export const arm64_add_pending: (k: Tlbi, args: Range) => Code = path(
  {
    name: 'arch_tlbbatch_add_pending',
    source: 'arch/arm64/include/asm/tlbflush.h, 6.12',
    leavesOut: 'the same as __flush_tlb_range',
    reads: ['tlb'],
    writes: ['tlbi_underway', 'tlbi_issued'],
  },
  (k, range) => [step('__flush_tlb_page_nosync', tlbiRange(k, range))],
);
