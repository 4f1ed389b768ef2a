// LATR: munmap flushes its own CPU and leaves a state for the others, which each CPU sweeps at its
// next scheduler tick or context switch. Until all have swept, address and frame are withheld.

import { emit } from '../../events/emit.ts';
import {
  type Bool,
  boundId,
  exists,
  type Id,
  type MaybeRef,
  me,
  no,
  type SetRef,
} from '../../lang/expr.ts';
import type { Ambient } from '../../lang/machine.ts';
import type { Bound, Code } from '../../lang/nodes.ts';
import { branch, each, flatStmts, path, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { Design, FlushPoint, Gather, Hooks, Kernel } from '../kernel.ts';
import { folio_put } from '../paths/folio.ts';
import { flush_tlb_mm_range } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import { mainline } from './mainline.ts';

interface LatrState extends KernelState {
  /** The state left for an address: who must still sweep it, and the frame that waits for them. */
  readonly latr: (
    mm: Id<'mm'>,
    va: Id<'va'>,
  ) => {
    readonly cpus: SetRef<'cpu'>;
    readonly frame: MaybeRef<'frame'>;
  };
}

const SOURCE =
  'Mohan Kumar et al., LATR: Lazy Translation Coherence, ASPLOS 2018; its patch for Linux 4.10';

const latr_finish_mmu: (k: LatrState & Kernel, args: Gather & { withhold: boolean }) => Code = path(
  {
    name: 'latr_flush_tlb_mm_range',
    source: SOURCE,
    leavesOut:
      'the per-CPU rings of 256 states: one state for each address, and a second one in use counts as a full ring',
    reads: ['mm_cpumask', 'cpu_of'],
    writes: ['tlb', 'latr_state'],
    locals: { now: bool, owner: maybe('frame') },
  },
  (k, { mm, va, gathered, page, reuse, withhold }, l) => {
    const state = k.latr(mm, va);
    const self = k.cpuOf(me);
    const others = k.mmCpumask(mm).without(self);
    const lazy: Stmts = [
      when(
        others.isEmpty().or(state.cpus.isSome()),
        [l.now.set(true)],
        [
          emit('debt.record', { cpus: others, mm }),
          state.cpus.set(others),
          withhold ? when(page.isSome(), [state.frame.set(page.the())]) : [],
        ],
      ),
    ];
    return [
      branch(gathered, [
        step(
          'local_flush_tlb',
          emit('tlb.flush', { cpus: self.only(), mm, va }),
          tlbDrop(k, self, mm, va),
        ),
        step('latr_save_state', reuse ? l.now.set(true) : lazy),
        branch(l.now, [flush_tlb_mm_range(k, { mm, va })]),
      ]),
      withhold
        ? branch(page.isSome().and(l.now), [folio_put(k, page)])
        : branch(page.isSome(), [folio_put(k, page)]),
    ];
  },
);

/** A CPU sweeps everybody's states; the last one to do so lets the frame go. */
function sweep(k: LatrState): Ambient {
  const cpuBound: Bound & { of: 'cpu' } = { name: 'cpu', of: 'cpu' };
  const cpu = boundId(cpuBound);
  const due: Bool = exists('mm', (mm) => exists('va', (va) => k.latr(mm, va).cpus.has(cpu)));
  const one = (mm: Id<'mm'>, va: Id<'va'>): Stmts => {
    const { cpus, frame } = k.latr(mm, va);
    return [
      when(cpus.has(cpu), [
        emit('tlb.flush', { cpus: cpu.only(), mm, va }),
        tlbDrop(k, cpu, mm, va),
        cpus.remove(cpu.only()),
        when(cpus.isEmpty().and(frame.isSome()), [
          k.folio(frame.the()).refs.set(k.folio(frame.the()).refs.minus(1)),
          when(k.folio(frame.the()).mapping.is(k.anonOf(mm, va)), [
            emit('frame.free', { frame: frame.the() }),
            k.folio(frame.the()).mapping.clear(),
            k.free.set(k.free.with(frame.the())),
          ]),
          frame.clear(),
        ]),
      ]),
    ];
  };
  return {
    label: 'latr_sweep at a scheduler tick',
    params: [cpuBound],
    when: due.and(k.irqsOff(cpu).not()).node,
    body: flatStmts([each('mm', (mm) => [each('va', (va) => one(mm, va))])]),
  };
}

const points = [
  ...(mainline.points as readonly FlushPoint[]),
  'CONFIG_LAZY_MEM_FREE',
  'get_unmapped_area',
] as const satisfies readonly FlushPoint[];

export const latr: Design = {
  id: 'latr',
  says: 'munmap flushes its own CPU only; every other CPU sweeps at its next tick, and until then address and frame are withheld. By intent, other threads can use an unmapped address for a while. Reclaim is as in mainline.',
  source: SOURCE,
  points,
  defersIn: ['unmap_region'],
  returnsEarly:
    'munmap returns before other CPUs have swept; its authors hold that POSIX does not promise more',
  build: (state, has) => {
    const plain = mainline.build(state, has);
    const k: LatrState = {
      ...state,
      latr: state.declarations.table('latr_state', ['mm', 'va'], {
        cpus: setOf('cpu'),
        frame: maybe('frame'),
      }),
    };
    const withhold = has('CONFIG_LAZY_MEM_FREE');
    const hooks: Hooks = {
      ...plain,
      tlb_finish_mmu: (gather) => [
        latr_finish_mmu({ ...k, hooks, design: latr }, { ...gather, withhold }),
      ],
      va_withheld: (mm, va) => (has('get_unmapped_area') ? k.latr(mm, va).cpus.isSome() : no),
      ambient: [sweep(k)],
    };
    return hooks;
  },
};
