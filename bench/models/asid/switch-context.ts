// check_and_switch_context(): what a CPU does to run another task, with the fast path that takes no
// lock and races with a rollover on another CPU.

import { type Id, me } from '../../../src/lang/expr.ts';
import {
  block,
  each,
  leave,
  path,
  pickStep,
  type Stmts,
  step,
  waitStep,
  when,
} from '../../../src/lang/program.ts';
import { type IdSort, id } from '../../../src/lang/sorts.ts';
import { tellInvariants } from './invariants.ts';
import { newContext, newContextWrites } from './new-context.ts';
import { type AsidState, copy, generations, isNull, MAPPED, same } from './state.ts';

const writes = [
  ...newContextWrites,
  'tlb',
  'active_mm',
  'cpu_asid_lock',
  'mm_context_id',
  'in_sched_loop',
];

const locals = {
  asid: id('asid'),
  generation: generations,
  oldAsid: id('asid'),
  oldGeneration: generations,
};

const checkAndSwitchContext = path<AsidState, { cpu: Id<'cpu'>; task: Id<'task'> }, typeof locals>(
  {
    name: 'check_and_switch_context',
    source: 'arch/arm64/mm/context.c',
    leavesOut: 'what asidalloc.tla leaves out; CnP is false',
    reads: ['pte'],
    writes,
    locals,
  },
  (k, { cpu, task }, l) => {
    const was = { asid: l.oldAsid, generation: l.oldGeneration };
    const active = k.active(cpu);
    return [
      block(
        'fast_path',
        step('check_and_switch_context', copy(l, k.mm(task)), copy(was, active)),
        block(
          'slow_path',
          step(
            'check_current_generation',
            when(isNull(was).or(l.generation.isnt(k.generation)), [leave('slow_path')]),
          ),
          step('cmpxchg_active_asids', when(same(active, was), copy(active, l), copy(was, active))),
          step('check_roll_over', when(isNull(was).not(), [leave('fast_path')])),
        ),
        block(
          'current',
          waitStep(
            'slow_path',
            k.lock.isNone(),
            k.lock.set(me),
            copy(l, k.mm(task)),
            when(l.generation.is(k.generation), [leave('current')]),
          ),
          newContext(k, { cpu, task }),
          step(
            'check_and_switch_context_ret_new_context',
            copy(l, k.retNew(cpu)),
            copy(k.mm(task), l),
            tellInvariants(k),
          ),
        ),
        step(
          'tlb_flush_pending',
          when(k.flushPending.has(cpu), [
            k.flushPending.remove(cpu.only()),
            localFlushTlbAll(k, cpu),
          ]),
        ),
        step('set_active_asids', copy(active, l), k.lock.clear()),
      ),
      step(
        'fast_path',
        k.activeMm(cpu).task.set(task),
        k.activeMm(cpu).asid.set(l.asid),
        when(k.pte(task).is(MAPPED), [k.tlb(cpu, task).add(k.mm(task).asid.only())]),
        k.idle(cpu).set(true),
        tellInvariants(k),
      ),
    ];
  },
);

/** All but the running task's entries: those could be loaded again at once. */
function localFlushTlbAll(k: AsidState, cpu: Id<'cpu'>): Stmts {
  const { task } = k.activeMm(cpu);
  return [each('task', (one) => [when(task.isnt(one), [k.tlb(cpu, one).clear()])])];
}

/** One turn of a CPU's scheduler; picking the task that runs already changes nothing. */
export const sched = path<AsidState, { cpu: Id<'cpu'> }, { task: IdSort<'task'> }>(
  {
    name: 'sched',
    source: 'asidalloc.tla',
    leavesOut: 'that a task can end',
    reads: ['pte'],
    writes,
    locals: { task: id('task') },
  },
  (k, { cpu }, l) => [
    pickStep('sched_loop', {
      pick: ['task'],
      does: ({ task }) => [
        when(k.activeMm(cpu).task.is(task), [leave('sched')]),
        l.task.set(task),
        k.idle(cpu).set(false),
      ],
    }),
    checkAndSwitchContext(k, { cpu, task: l.task }),
  ],
);
