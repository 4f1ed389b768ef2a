import { emit } from '../../events/emit.ts';
import { type Bool, type Id, me, no, type SetOf, theId, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  leave,
  loop,
  path,
  pickStep,
  type Stmts,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import { tlbDrop, tlbFill } from '../hardware.ts';
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

/**
 * The same in the may-hold form: the step goes by any translation that the CPU may hold (`goesBy`),
 * or does without: it walks, or faults. Afterwards more is known of what the CPU holds.
 */
function userChoice(
  k: Kernel,
  label: string,
  cpu: Id<'cpu'>,
  held: SetOf<'frame'>,
  choice: {
    readonly walkable: (frame: Id<'frame'>) => Bool;
    readonly without: Bool;
    readonly goesBy: (frame: Id<'frame'>) => Stmts;
    readonly does: Stmts;
  },
): Code {
  const by = theId('way', 0);
  const { switching } = k;
  // Whoever is switched away waits, which a step that has no choice does not.
  const any = (frame: Id<'frame'>): Bool =>
    switching === undefined ? held.has(frame) : held.has(frame).or(held.isEmpty());
  return pickStep(label, {
    pick: ['way', 'frame'],
    among: ({ way, frame }) =>
      way
        .is(by)
        .and(held.has(frame).or(choice.walkable(frame)))
        .or(way.isnt(by).and(choice.without).and(any(frame))),
    ...(switching === undefined
      ? { otherwise: choice.does }
      : { when: () => switching.curr(cpu).is(me) }),
    does: ({ way, frame }) => [when(way.is(by), choice.goesBy(frame), choice.does)],
  });
}

function loadStep(k: Kernel, { cpu, mm, va }: Access): Code {
  const pte = k.pte(mm, va);
  const use = (frame: Id<'frame'>): Stmts => [
    emit('tlb.use', { cpu, mm, va, frame, store: no, thread: me }),
    leave('access'),
  ];
  if (k.mayTlb === undefined) {
    const entry = k.tlb(cpu, mm, va);
    return userStep(
      k,
      'load',
      cpu,
      when(entry.frame.isSome(), use(entry.frame.the())),
      when(pte.frame.isSome(), [tlbFill(k, cpu, mm, va), use(entry.frame.the())]),
    );
  }
  const held = k.mayTlb.of(cpu, mm, va);
  return userChoice(k, 'load', cpu, held.read, {
    walkable: (frame) => pte.frame.is(frame),
    without: pte.frame.isNone(),
    goesBy: (frame) => [
      held.read.set(frame.only()),
      held.write.set(held.write.meet(frame.only())),
      use(frame),
    ],
    does: tlbDrop(k, cpu, mm, va),
  });
}

function storeStep(k: Kernel, { cpu, mm, va }: Access): Code {
  const pte = k.pte(mm, va);
  const dirty = k.pteDirty(mm, va).bit;
  const walks = pte.frame.isSome().and(pte.writable);
  const use = (frame: Id<'frame'>): Stmts => [
    emit('tlb.use', { cpu, mm, va, frame, store: yes, thread: me }),
    leave('access'),
  ];
  if (k.mayTlb === undefined) {
    const entry = k.tlb(cpu, mm, va);
    return userStep(
      k,
      'store',
      cpu,
      when(entry.frame.isSome().and(entry.writable).and(entry.dirty), use(entry.frame.the())),
      tlbDrop(k, cpu, mm, va),
      when(walks, [dirty.set(true), tlbFill(k, cpu, mm, va), use(entry.frame.the())]),
    );
  }
  const held = k.mayTlb.of(cpu, mm, va);
  const goesBy = (frame: Id<'frame'>): Stmts => [
    held.read.set(frame.only()),
    held.write.set(frame.only()),
    use(frame),
  ];
  return userChoice(k, 'store', cpu, held.write, {
    walkable: (frame) => pte.frame.is(frame).and(pte.writable).and(dirty),
    without: walks.and(dirty).not(),
    goesBy,
    // The walk for a store is a step that the kernel sees: it sets the dirty bit.
    does: [when(walks, [dirty.set(true), goesBy(pte.frame.the())], tlbDrop(k, cpu, mm, va))],
  });
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
    return [
      loop(
        'access',
        loadStep(k, { cpu, mm, va }),
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
    return [
      loop(
        'access',
        storeStep(k, { cpu, mm, va }),
        handle_mm_fault(k, { mm, va, write: true, segv: l.segv }),
        branch(l.segv, [leave('access')]),
      ),
    ];
  },
);
