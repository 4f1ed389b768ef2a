// Nadav Amit's proposal, carried over to LUF: a generation for each page table. It lets a frame go
// unflushed as LUF does, and pays for the frame at the allocator; for an address, whoever changes
// its entry next pays before.

import { emit } from '../../events/emit.ts';
import type { Id, IntRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, when } from '../../lang/program.ts';
import { bool, int } from '../../lang/sorts.ts';
import type { Design, FlushPoint, Hooks } from '../kernel.ts';
import { flush_tlb_mm_range } from '../paths/tlb-flush.ts';
import { mainline } from './mainline.ts';
import { declareStrict, onDemand, type StrictState } from './strict.ts';

interface GenState extends StrictState {
  /** One page table in each mm. */
  readonly gen: (mm: Id<'mm'>) => {
    /** `tlb_gen` of the mm. */
    readonly mm: IntRef;
    /** The newest generation that every CPU has flushed. */
    readonly completed: IntRef;
    /** The generation at which an entry of the page table was last emptied unflushed. */
    readonly table: IntRef;
  };
}

/** Page-table lock held: an entry of the page table is about to change. */
const check_pte_gen: (k: GenState, args: { mm: Id<'mm'> }) => Code = path(
  {
    name: 'check_pte_gen',
    source:
      'Nadav Amit, [RFC 00/20] TLB batching consolidation, 2021, and on migrc v3, November 2023',
    leavesOut: 'more than one page table in an mm',
    reads: [],
    writes: ['pte_gen'],
    locals: { needed: bool, upTo: int(15) },
  },
  (k, { mm }, l) => {
    const gen = k.gen(mm);
    return [
      step('pte_gen', l.needed.set(gen.completed.lt(gen.table)), l.upTo.set(gen.mm)),
      branch(l.needed, [
        flush_tlb_mm_range(k, { mm }),
        step(
          'completed_gen',
          emit('debt.pay', { point: 'pte_gen' }),
          when(gen.completed.lt(l.upTo), [gen.completed.set(l.upTo)]),
        ),
      ]),
    ];
  },
);

const points: readonly FlushPoint[] = [
  ...mainline.points.filter((point) => !point.startsWith('flush_tlb_batched_pending@')),
  'prep_new_page',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'take_page_off_buddy',
  'free_pages_prepare',
  'pte_gen',
];

export const nadavGen: Design = {
  id: 'nadav-gen',
  says: 'What was read-only and clean is freed unflushed; a frame pays before it is used, and whoever changes an entry pays first, by the generation of its page table. Nothing pays for a file.',
  source:
    'Nadav Amit, [RFC 00/20] TLB batching consolidation, linux-mm, January 2021; on migrc v3, November 2023',
  points,
  defersIn: ['try_to_unmap', 'try_to_migrate'],
  build: (state, has) => {
    const base = declareStrict(state);
    const count = int(state.world.generations ?? 7);
    const k: GenState = {
      ...base,
      gen: base.declarations.table('pte_gen', ['mm'], {
        mm: count,
        completed: count,
        table: count,
      }),
    };
    const check = (mm: Id<'mm'>): Code[] => (has('pte_gen') ? [check_pte_gen(k, { mm })] : []);
    const plain = onDemand(k, has, () => ({ ...k, hooks, design: nadavGen }));
    const hooks: Hooks = {
      ...plain,
      set_tlb_ubc_flush_pending: (entry) => [
        plain.set_tlb_ubc_flush_pending(entry),
        k.gen(entry.mm).mm.set(k.gen(entry.mm).mm.plus(1)),
        k.gen(entry.mm).table.set(k.gen(entry.mm).mm.plus(0)),
      ],
      before_pte_change: (mm) => check(mm),
      flush_tlb_batched_pending: (mm) => check(mm),
    };
    return hooks;
  },
};
