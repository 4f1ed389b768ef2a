import { emit } from '../../events/emit.ts';
import { type Id, me, no, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import { tlbDrop, tlbFill, translates } from '../hardware.ts';
import { hugeLoad, hugeStore, hugeStoreHit, walksTo } from '../huge-hardware.ts';
import type { Kernel } from '../kernel.ts';
import { handle_mm_fault } from './fault.ts';

/** A thread runs its instructions only while its CPU runs it. */
function userStep(k: Kernel, label: string, cpu: Id<'cpu'>, ...body: Stmts): Code {
  if (k.switching === undefined) return step(label, ...body);
  return waitStep(label, k.switching.curr(cpu).is(me), ...body);
}

interface Access {
  readonly cpu: Id<'cpu'>;
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** A user load: by the TLB entry if there is one, else by a walk, else by a fault. */
export const load: (k: Kernel, args: Access) => Code = path(
  {
    name: 'load',
    source: 'a user instruction; x86 translation as the manuals allow it',
    leavesOut:
      'speculative loads: they leave a TLB entry, which the hardware may make at any time anyway',
    reads: ['pte', 'pte_dirty'],
    writes: ['tlb'],
    locals: { segv: bool },
  },
  (k, { cpu, mm, va }, l) => {
    const entry = k.tlb(cpu, mm, va);
    const use = [
      emit('tlb.use', { cpu, mm, va, frame: entry.frame.the(), store: no, thread: me }),
      leave('access'),
    ];
    return [
      loop(
        'access',
        userStep(
          k,
          'load',
          cpu,
          when(entry.frame.isSome(), use),
          k.huge === undefined ? [] : hugeLoad(k, k.huge, { cpu, mm, va }, leave('access')),
          when(translates(k, mm, va), [tlbFill(k, cpu, mm, va), use]),
        ),
        handle_mm_fault(k, { mm, va, write: false, segv: l.segv }),
        branch(l.segv, [leave('access')]),
      ),
    ];
  },
);

/**
 * A user store. Only a writable and dirty entry is used as it is; any other makes the CPU walk, and
 * the walk sets the PTE's dirty bit if the PTE is present and writable, and faults if not. A
 * read-only PTE can thus hide a writable, dirty entry in another CPU, never a clean one.
 */
export const store: (k: Kernel, args: Access) => Code = path(
  {
    name: 'store',
    source: 'a user instruction; x86 translation as the manuals allow it',
    leavesOut: 'store buffers: a store reaches memory as it is executed',
    reads: ['pte'],
    writes: ['tlb', 'pte_dirty'],
    locals: { segv: bool },
  },
  (k, { cpu, mm, va }, l) => {
    const entry = k.tlb(cpu, mm, va);
    const pte = k.pte(mm, va);
    const use = [
      emit('tlb.use', { cpu, mm, va, frame: entry.frame.the(), store: yes, thread: me }),
      leave('access'),
    ];
    return [
      loop(
        'access',
        userStep(
          k,
          'store',
          cpu,
          when(entry.frame.isSome().and(entry.writable).and(entry.dirty), use),
          k.huge === undefined ? [] : hugeStoreHit(k.huge, { cpu, mm, va }, leave('access')),
          tlbDrop(k, cpu, mm, va),
          when(walksTo(k, mm, va).and(pte.writable), [
            k.pteDirty(mm, va).bit.set(true),
            tlbFill(k, cpu, mm, va),
            use,
          ]),
          k.huge === undefined ? [] : hugeStore(k.huge, { cpu, mm, va }, leave('access')),
        ),
        handle_mm_fault(k, { mm, va, write: true, segv: l.segv }),
        branch(l.segv, [leave('access')]),
      ),
    ];
  },
);
