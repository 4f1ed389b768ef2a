// new_context() and what it calls: an ASID for a task whose own is of an old generation. All of it
// runs under cpu_asid_lock; what races with it are the fast paths of other CPUs.

import { all, type Id } from '../../../src/lang/expr.ts';
import {
  again,
  block,
  type Codes,
  leave,
  loop,
  path,
  type Stmts,
  step,
  when,
} from '../../../src/lang/program.ts';
import { bool, id } from '../../../src/lang/sorts.ts';
import { eachCpu } from './each-cpu.ts';
import {
  type AsidState,
  type Context,
  context,
  copy,
  findEmptySlot,
  GENERATIONS,
  generations,
  isNull,
  nullAsid,
  same,
} from './state.ts';

const source = 'arch/arm64/mm/context.c';
const leavesOut = 'what asidalloc.tla leaves out';

/** Forgets every ASID but those that CPUs are using right now, which stay reserved for them. */
const flushContext = path<AsidState, object, typeof context>(
  {
    name: 'flush_context',
    source,
    leavesOut,
    reads: [],
    writes: ['asid_map', 'active_asids', 'reserved_asids', 'tlb_flush_pending'],
    locals: context,
  },
  (k, _, l) => [
    step('flush_context', k.map.clear()),
    eachCpu(
      k,
      'flush_context_for_each_cpu',
      (cpu) => [copy(l, k.active(cpu)), copy(k.active(cpu), nullAsid)],
      (cpu) => [
        step(
          'flush_context_asid0_check',
          when(isNull(l), copy(l, k.reserved(cpu))),
          k.map.add(l.asid.only()),
          copy(k.reserved(cpu), l),
        ),
      ],
    ),
    step('flush_context_for_each_cpu', k.flushPending.set(all('cpu'))),
  ],
);

/** Whether a CPU has the ASID reserved; if so it gets the one of the new generation. */
function checkUpdateReservedAsid(
  k: AsidState,
  cpu: Id<'cpu'>,
  old: Context,
  fresh: Context,
): Codes {
  const label = 'check_update_reserved_asid_for_each_cpu';
  return [
    step('check_update_reserved_asid', k.retCheck(cpu).set(false)),
    eachCpu(k, label, (one) => [
      when(same(k.reserved(one), old), [k.retCheck(cpu).set(true), copy(k.reserved(one), fresh)]),
    ]),
    step(label),
  ];
}

const locals = {
  asid: id('asid'),
  asidGeneration: generations,
  newAsid: id('asid'),
  newGeneration: generations,
  generation: generations,
  old: bool,
};

export const newContextWrites = [
  'asid_generation',
  'asid_map',
  'active_asids',
  'reserved_asids',
  'tlb_flush_pending',
  'cur_idx',
  'ret_check_update_reserved_asid',
  'ret_new_context',
];

export const newContext = path<AsidState, { cpu: Id<'cpu'>; task: Id<'task'> }, typeof locals>(
  {
    name: 'new_context',
    source,
    leavesOut,
    reads: ['mm_context_id'],
    writes: newContextWrites,
    locals,
  },
  (k, { cpu, task }, l) => {
    const own = { asid: l.asid, generation: l.asidGeneration };
    const fresh = { asid: l.newAsid, generation: l.newGeneration };
    const take = (slot: Id<'asid'>): Stmts => [l.asid.set(slot), leave('set_asid')];
    return [
      block(
        'take_own',
        step(
          'new_context',
          copy(own, k.mm(task)),
          l.generation.set(k.generation),
          when(isNull(own), [leave('take_own')]),
          copy(fresh, { asid: l.asid, generation: l.generation }),
        ),
        checkUpdateReservedAsid(k, cpu, own, fresh),
        step(
          'new_context_ret_from_check_update_reserved_asid',
          when(k.retCheck(cpu), [copy(k.retNew(cpu), fresh), leave('new_context')]),
        ),
        step(
          'new_context_ret_from_check_update_reserved_asid_end',
          l.old.set(k.map.has(l.asid)),
          k.map.add(l.asid.only()),
          when(l.old, [leave('take_own')], copy(k.retNew(cpu), fresh)),
        ),
        step('new_context_return', leave('new_context')),
      ),
      block(
        'set_asid',
        step('new_context_allocate_free_asid', findEmptySlot(k.map, k.curIdx, take)),
        loop(
          'out_of_asids',
          step(
            'new_context_out_of_asids',
            // The next generation is beyond the bound. Going round here counts the transition that
            // TLC generates and throws away.
            when(k.generation.is(GENERATIONS), [again('out_of_asids')]),
            k.generation.set(k.generation.plus(1)),
            l.generation.set(k.generation),
            leave('out_of_asids'),
          ),
        ),
        flushContext(k, {}),
        step('new_context_ret_flush_context', findEmptySlot(k.map, undefined, take)),
      ),
      step(
        'set_asid',
        k.map.add(l.asid.only()),
        k.curIdx.set(l.asid),
        copy(k.retNew(cpu), { asid: l.asid, generation: l.generation }),
      ),
    ];
  },
);
