// A reference, not a kernel: what would a design be that does only what Dave Hansen asked for? It
// defers the flush of everything that was mapped read-only and clean, keeps its debts exactly (which
// CPU may hold which old translation), and pays where his two rules would be broken, besides where a
// frame is about to be used.

import { emit } from '../../events/emit.ts';
import {
  type Bool,
  exists,
  type Id,
  type MaybeRef,
  no,
  type SetRef,
  yes,
} from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, loopWhile, path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import { maybe, setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { Design, EmptiedEntry, FlushPoint, Hooks, Kernel } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { answers } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import {
  type BatchState,
  declareBatch,
  flush_tlb_batched_pending,
  flushDirty,
  mainline,
  notePending,
  try_to_unmap_flush,
} from './mainline.ts';
import { freeAtOnce } from './no-hooks.ts';

export interface StrictState extends BatchState {
  /** The CPUs that may hold the old translation of the address to the frame. */
  readonly owed: (frame: Id<'frame'>, mm: Id<'mm'>, va: Id<'va'>) => SetRef<'cpu'>;
  /** The slot that a frame in debt was unmapped from. */
  readonly home: (frame: Id<'frame'>) => MaybeRef<'slot'>;
}

export function declareStrict(state: KernelState): StrictState {
  const k = declareBatch(state);
  return {
    ...k,
    owed: k.declarations.column('strict_owed', ['frame', 'mm', 'va'], setOf('cpu')),
    home: k.declarations.column('strict_home', ['frame'], maybe('slot')),
  };
}

/** Which debts: those of a frame, of an address, of a slot. */
type Which = (frame: Id<'frame'>, mm: Id<'mm'>, va: Id<'va'>) => Bool;

function everyDebt(k: StrictState, which: Which, then: (owed: SetRef<'cpu'>) => Stmts): Stmts {
  return [
    each('frame', (frame) => [
      each('mm', (mm) => [
        each('va', (va) => [when(which(frame, mm, va), then(k.owed(frame, mm, va)))]),
      ]),
    ]),
  ];
}

/**
 * Flushes the CPUs that owe, and goes on when all have answered. A CPU leaves every debt in the very
 * step in which its TLB is emptied, so two payers cannot mislead each other.
 */
export const pay: (k: StrictState, args: { which: Which; point: FlushPoint }) => Code = path(
  {
    name: 'strict_pay',
    source: 'a reference design, in no kernel',
    leavesOut: 'how the debts would be kept cheaply',
    reads: ['strict_home', 'irqs_off', 'cpu_of'],
    writes: ['strict_owed', 'tlb'],
    locals: { todo: setOf('cpu') },
  },
  (k, { which, point }, l) => [
    step(
      'owed',
      everyDebt(k, which, (owed) => [l.todo.add(owed)]),
      when(l.todo.isSome(), [emit('debt.pay', { point })]),
    ),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        when: ({ cpu }) => answers(k, cpu),
        does: ({ cpu }) => [
          emit('tlb.flush', { cpus: cpu.only() }),
          each('mm', (mm) => [each('va', (va) => tlbDrop(k, cpu, mm, va))]),
          everyDebt(
            k,
            (frame, mm, va) => k.owed(frame, mm, va).has(cpu),
            (owed) => [owed.remove(cpu.only())],
          ),
          l.todo.remove(cpu.only()),
        ],
      }),
    ),
  ],
);

/** An entry emptied by reclaim: owed if it was read-only and clean, else in mainline's batch. */
export function defer(k: StrictState, entry: EmptiedEntry): Stmts {
  const { mm, va, folio, slot, writable, dirty } = entry;
  return [
    when(
      writable.or(dirty),
      [notePending(k, mm, dirty)],
      [
        emit('debt.record', { cpus: k.mmCpumask(mm), mm }),
        k.owed(folio, mm, va).add(k.mmCpumask(mm)),
        k.home(folio).set(slot),
        k.batched(mm).pending.set(k.batched(mm).pending.plus(1)),
      ],
    ),
  ];
}

const points: readonly FlushPoint[] = [
  ...mainline.points,
  'prep_new_page',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'take_page_off_buddy',
  'free_pages_prepare',
  'set_pte',
  '__filemap_add_folio',
];

/** Everything but the two rules; `before_pte_change` and the slot's hooks come on top. */
export function onDemand(
  k: StrictState,
  has: (point: FlushPoint) => boolean,
  kernel: () => StrictState & Kernel,
): Hooks {
  const payFor = (which: Which, point: FlushPoint): Code[] =>
    has(point) ? [pay(k, { which, point })] : [];
  return {
    ...freeAtOnce((folio) => [
      has('try_to_unmap_flush') ? try_to_unmap_flush(k, {}) : [],
      free_unref_folio(kernel(), { folio }),
    ]),
    defers: true,
    migrate_flush: () => (has('try_to_unmap_flush') ? [try_to_unmap_flush(k, {})] : []),
    set_tlb_ubc_flush_pending: (entry) => defer(k, entry),
    try_to_unmap_flush_dirty: () => (has('try_to_unmap_flush_dirty') ? [flushDirty(k, {})] : []),
    // What cannot be deferred is flushed before the slot is empty for others.
    before_remove_mapping: () =>
      has('__filemap_add_folio') || has('__remove_mapping') ? [try_to_unmap_flush(k, {})] : [],
    flush_tlb_batched_pending: (mm, site) =>
      has(`flush_tlb_batched_pending@${site}`) ? [flush_tlb_batched_pending(k, { mm, site })] : [],
    // Where nobody can be waited for, only what owes nothing is taken.
    may_take: (frame, context) =>
      context === 'atomic'
        ? exists('mm', (mm) => exists('va', (va) => k.owed(frame, mm, va).isSome())).not()
        : yes,
    prep_new_page: (frame, exit) =>
      payFor((f) => f.is(frame), exit === 'rmqueue' ? 'prep_new_page' : exit),
    free_pages_prepare: (folio) => payFor((f) => f.is(folio), 'free_pages_prepare'),
  };
}

export const strict: Design = {
  id: 'strict',
  says: "A reference: what was read-only and clean is freed unflushed; a location, a slot and a frame pay before they are set, filled and used: Hansen's two rules, enforced, and frame reuse.",
  source: 'in no kernel; after Dave Hansen, linux-mm, 3 June 2024, rules 1 and 2',
  points,
  defersIn: ['try_to_unmap', 'try_to_migrate'],
  build: (state, has) => {
    const k = declareStrict(state);
    const owes =
      (slot: Id<'slot'>): Which =>
      (frame) =>
        k.home(frame).is(slot);
    const hooks: Hooks = {
      ...onDemand(k, has, () => ({ ...k, hooks, design: strict })),
      before_pte_change: (mm, va) =>
        has('set_pte')
          ? [pay(k, { which: (_, m, v) => m.is(mm).and(v.is(va)), point: 'set_pte' })]
          : [],
      before_filemap_add: (slot) =>
        has('__filemap_add_folio')
          ? [pay(k, { which: owes(slot), point: '__filemap_add_folio' })]
          : [],
      slot_withheld: (slot) => (has('__filemap_add_folio') ? slotOwes(k, slot) : no),
    };
    return hooks;
  },
};

function slotOwes(k: StrictState, slot: Id<'slot'>): Bool {
  return exists('frame', (frame) =>
    k
      .home(frame)
      .is(slot)
      .and(exists('mm', (mm) => exists('va', (va) => k.owed(frame, mm, va).isSome()))),
  );
}
