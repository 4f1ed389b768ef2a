// The step in which an instruction reads or writes memory: by what the TLB holds, else by a walk. In
// the may-hold form (../may-hold.ts) it goes by any translation that the CPU may hold, or by none, and
// afterwards more is known of what it holds.

import { emit } from '../../events/emit.ts';
import { type Bool, type Id, me, no, type SetOf, theId, yes } from '../../lang/expr.ts';
import type { Code, Stmt } from '../../lang/nodes.ts';
import { leave, pickStep, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { type Found, foundBy, tlbDrop, tlbDropSmall, tlbFill, translates } from '../hardware.ts';
import { hugeLoad, hugeStore, hugeStoreHit, walksTo } from '../huge-hardware.ts';
import type { KernelState } from '../state.ts';

export interface Access {
  readonly cpu: Id<'cpu'>;
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

interface Load {
  readonly label: string;
  /** The stretch that a load which found its page leaves. */
  readonly leaves: string;
  /** What a walk finds, whether it comes to a small page, and how it goes into the TLB. */
  readonly found: Found;
  readonly translates?: Bool;
  readonly fill: () => Stmts;
  /** While it does not hold the thread waits: its CPU runs another. */
  readonly runs?: Bool | undefined;
}

/** A thread runs its instructions only while its CPU runs it. */
export function runsOf(k: KernelState, cpu: Id<'cpu'>): Bool | undefined {
  return k.switching?.curr(cpu).is(me);
}

/** Where it neither holds a translation nor finds one, the step goes on, to what the caller has next. */
export function loadStep(k: KernelState, at: Access, load: Load): Code {
  const { cpu, mm, va } = at;
  const { label, leaves, found, fill, runs } = load;
  const use = (frame: Id<'frame'>): Stmts => [
    emit('tlb.use', { cpu, mm, va, frame, store: no, thread: me }),
    leave(leaves),
  ];
  if (k.mayTlb === undefined) {
    const entry = k.tlb(cpu, mm, va);
    return stepWhile(
      runs,
      label,
      when(entry.frame.isSome(), use(entry.frame.the())),
      k.huge === undefined ? [] : hugeLoad(k, k.huge, at, leave(leaves)),
      when(load.translates ?? found.frame.isSome(), [fill(), use(entry.frame.the())]),
    );
  }
  const held = k.mayTlb.of(cpu, mm, va);
  return choiceStep(runs, label, held.read, {
    walkable: (frame) => found.frame.is(frame),
    without: found.frame.isNone(),
    goesBy: (frame) => [
      held.read.set(frame.only()),
      held.write.set(held.write.meet(frame.only())),
      use(frame),
    ],
    does: tlbDropSmall(k, cpu, mm, va),
  });
}

/** A user's load, through the page tables of its own address space. */
export function userLoadStep(k: KernelState, at: Access): Code {
  const { cpu, mm, va } = at;
  return loadStep(k, at, {
    ...{ label: 'load', leaves: 'access', found: foundBy(k, mm, va), runs: runsOf(k, cpu) },
    ...{ translates: translates(k, mm, va), fill: () => tlbFill(k, cpu, mm, va) },
  });
}

/** A user's store; the walk for one sets the dirty bit, and so is a step that the kernel sees. */
export function userStoreStep(k: KernelState, at: Access): Code {
  const { cpu, mm, va } = at;
  const runs = runsOf(k, cpu);
  const pte = k.pte(mm, va);
  const dirty = k.pteDirty(mm, va).bit;
  const done = leave('access');
  const use = (frame: Id<'frame'>): Stmts => [
    emit('tlb.use', { cpu, mm, va, frame, store: yes, thread: me }),
    done,
  ];
  const walks = walksTo(k, mm, va).and(pte.writable);
  if (k.mayTlb === undefined) {
    const entry = k.tlb(cpu, mm, va);
    return stepWhile(
      runs,
      'store',
      when(entry.frame.isSome().and(entry.writable).and(entry.dirty), use(entry.frame.the())),
      k.huge === undefined ? [] : hugeStoreHit(k.huge, at, done),
      tlbDrop(k, cpu, mm, va),
      when(walks, [dirty.set(true), tlbFill(k, cpu, mm, va), use(entry.frame.the())]),
      k.huge === undefined ? [] : hugeStore(k.huge, at, done),
    );
  }
  const held = k.mayTlb.of(cpu, mm, va);
  const found = foundBy(k, mm, va);
  const frame = found.frame.the();
  // What a walk finds need not be what the page table has: sparc64 has a table in between.
  const left =
    k.tsb === undefined
      ? [held.write.set(frame.only())]
      : [when(found.writable, [held.write.set(frame.only())], [held.write.clear()])];
  return choiceStep(runs, 'store', held.write, {
    walkable: (one) => found.frame.is(one).and(found.storable),
    without: walks.and(found.storable).not(),
    goesBy: (one) => [held.read.set(one.only()), held.write.set(one.only()), use(one)],
    does: [
      when(
        walks,
        [dirty.set(true), held.read.set(frame.only()), left, use(frame)],
        tlbDrop(k, cpu, mm, va),
      ),
    ],
  });
}

function stepWhile(runs: Bool | undefined, label: string, ...body: Stmts): Code {
  return runs === undefined ? step(label, ...body) : waitStep(label, runs, ...body);
}

interface Choice {
  /** The entry that the walk would make now: it could have been made before. */
  readonly walkable: (frame: Id<'frame'>) => Bool;
  /** Whether going without an entry is another thing than going by that one. */
  readonly without: Bool;
  readonly goesBy: (frame: Id<'frame'>) => Stmts;
  readonly does: Stmts;
}

function choiceStep(
  runs: Bool | undefined,
  label: string,
  held: SetOf<'frame'>,
  choice: Choice,
): Code {
  const by = theId('way', 0);
  // Whoever is switched away waits, which a step that has no choice does not.
  const any = (frame: Id<'frame'>): Bool =>
    runs === undefined ? held.has(frame) : held.has(frame).or(held.isEmpty());
  return pickStep(label, {
    pick: ['way', 'frame'],
    among: ({ way, frame }) =>
      way
        .is(by)
        .and(held.has(frame).or(choice.walkable(frame)))
        .or(way.isnt(by).and(choice.without).and(any(frame))),
    ...(runs === undefined ? { otherwise: choice.does } : { when: () => runs }),
    does: ({ way, frame }): readonly Stmt[] => [
      when(way.is(by), choice.goesBy(frame), choice.does),
    ],
  });
}
