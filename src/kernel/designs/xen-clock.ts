// Xen's way to owe a flush: a freed page carries the time at which its last mapping went, each CPU the
// time of its last flush, and whoever is given the page flushes the CPUs whose time is not later.

import { type Id, type IntRef, me, type SetRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, path, step, when } from '../../lang/program.ts';
import { bool, int, setOf } from '../../lang/sorts.ts';
import type { Design, Hooks, Kernel } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { arch_tlbbatch_flush } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import { freeAtOnce } from './no-hooks.ts';

interface ClockState extends KernelState {
  readonly clock: IntRef;
  /** `tlbflush_time` of a CPU. */
  readonly time: (cpu: Id<'cpu'>) => IntRef;
  readonly page: (frame: Id<'frame'>) => { readonly stamp: IntRef; readonly cpus: SetRef<'cpu'> };
  /** What a task has read of the clock and not written to the page yet. */
  readonly read: (t: Id<'thread'>) => IntRef;
}

function declareClock(k: KernelState): ClockState {
  const d = k.declarations;
  const time = int(k.world.generations ?? 7);
  return {
    ...k,
    clock: d.scalar('tlbflush_clock', time),
    time: d.column('tlbflush_time', ['cpu'], time),
    page: d.table('tlbflush_timestamp', ['frame'], { stamp: time, cpus: setOf('cpu') }),
    read: d.column('clock_read', ['thread'], time),
  };
}

/** Before a page is used: flushes those of its CPUs that have not been flushed since its stamp. */
const filtered_flush: (k: ClockState, args: { page: Id<'frame'> }) => Code = path(
  {
    name: 'filtered_flush_tlb_mask',
    source: 'xen/common/page_alloc.c, xen/arch/x86/flushtlb.c',
    leavesOut:
      'the wrap of the clock; each CPU advances it for itself, here the caller does for all',
    reads: [],
    writes: ['tlbflush_timestamp', 'tlbflush_clock', 'tlbflush_time'],
    locals: { todo: setOf('cpu'), needed: bool, now: int(15) },
  },
  (k, { page }, l) => [
    step(
      'tlbflush_filter',
      each('cpu', (cpu) => [
        when(
          k
            .page(page)
            .cpus.has(cpu)
            .and(k.page(page).stamp.lt(k.time(cpu)).not()),
          [l.todo.add(cpu.only())],
        ),
      ]),
      k.page(page).cpus.clear(),
      l.needed.set(l.todo.isSome()),
    ),
    branch(l.needed, [
      step('pre_flush', k.clock.set(k.clock.plus(1)), l.now.set(k.clock)),
      arch_tlbbatch_flush(k, { cpus: l.todo }),
      step(
        'post_flush',
        each('cpu', (cpu) => [when(l.todo.has(cpu), [k.time(cpu).set(l.now)])]),
      ),
    ]),
  ],
);

export const xenClock: Design = xenClockWith({
  id: 'xen-clock',
  says: 'Freed pages carry a time; who is given one flushes the CPUs that were not flushed since.',
  stamp: 'when the page is free',
});

/** `stamp`: when the clock is read; it is written to the page when that is freed. */
export function xenClockWith({
  id,
  says,
  stamp,
}: {
  readonly id: string;
  readonly says: string;
  readonly stamp: 'when the page is free' | 'before its last mapping goes';
}): Design {
  const early = stamp === 'before its last mapping goes';
  const design: Design = {
    id,
    says,
    source:
      'xen/common/page_alloc.c, xen/include/asm-x86/flushtlb.h; the mappings are those of Linux',
    points: [],
    build: (state) => {
      const k = declareClock(state);
      const read = k.read(me).set(k.clock);
      const kernel = (): Kernel => ({ ...k, hooks, design });
      const hooks: Hooks = {
        ...freeAtOnce((folio) => [
          step(
            'page_set_tlbflush_timestamp',
            early ? [] : read,
            k.page(folio).stamp.set(k.read(me)),
            k.read(me).set(0),
          ),
          free_unref_folio(kernel(), { folio }),
        ]),
        defers: true,
        try_to_unmap_start: () => (early ? [step('tlbflush_current_time', read)] : []),
        set_tlb_ubc_flush_pending: ({ mm, folio }) => [k.page(folio).cpus.add(k.mmCpumask(mm))],
        prep_new_page: (page) => [filtered_flush(k, { page })],
      };
      return hooks;
    },
  };
  return design;
}
